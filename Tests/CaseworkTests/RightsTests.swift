import Agreements
import Casework
import Foundation
import Records
import Simulation
import TestSupport
import Testing

/// Periods, retention and the clock of a request for access, by the calendar.
@Suite struct RightsTests {
  private func day(_ text: String) throws -> LocalDate { try #require(LocalDate(text)) }

  @Test(arguments: [
    ("P25Y", "2016-03-04", "2041-03-04"), ("P1Y", "2024-02-29", "2025-02-28"),
    ("P18M", "2026-08-31", "2028-02-29"), ("P6W", "2026-12-01", "2027-01-12"),
    ("P90D", "2026-01-01", "2026-04-01"), ("P1M", "2027-01-31", "2027-02-28"),
  ])
  func periods(text: String, start: String, end: String) throws {
    let period = try #require(Period(text))
    #expect(try period.end(from: day(start)) == day(end))
    #expect(period.description == text)
  }

  @Test(arguments: ["", "P", "25Y", "P0Y", "P-1Y", "P1.5Y", "P201Y", "P1Y6M", "PT1H"])
  func whatIsNoPeriod(text: String) { #expect(Period(text) == nil) }

  /// One calendar month; the last day of a shorter one; the next working day after Easter, Christmas and
  /// weekends (ICO's guidance on the right of access).
  @Test(arguments: [
    ("2027-05-04", "2027-06-04"), ("2027-01-31", "2027-03-01"), ("2027-02-26", "2027-03-30"),
    ("2026-11-25", "2026-12-29"), ("2027-04-05", "2027-05-05"),
  ])
  func oneMonth(received: String, due: String) throws {
    let data = try Data(
      contentsOf: repositoryRoot.appendingPathComponent("Protocol/data/bank-holidays.json"))
    let holidays = try BankHolidaysFile(data, source: "bank-holidays.json").days
    let found = AccessClock.due(received: try day(received), bankHolidays: Set(holidays.keys))
    #expect(try found == day(due))
  }

  private func child(_ born: String?, _ id: RecordID) throws -> CaseRecord {
    let agency = try #require(AgencyID("school.106982"))
    let at = Instant(milliseconds: 1_700_000_000_000)
    let entry = try born.map { CaseRecord.Entry(.date(try day($0)), by: agency, at: at) }
    return CaseRecord(
      id: id, type: "child", fields: entry.map { ["date_of_birth": [$0]] } ?? [:])
  }

  @Test func whatIsDueAndWhatSomebodyDecided() throws {
    var generator = SeededGenerator(seed: 1)
    let (id, changed) = (RecordID(using: &generator), Instant(milliseconds: 1_700_000_000_000))
    let policy = try RetentionPolicy(
      try repositoryText("Protocol/policies/retention.yaml"), source: "retention.yaml")
    let rule = try #require(policy.rule(for: "child", at: .school))
    let due = RetentionDue(
      try child("2016-03-04", id), lastChange: changed, rule: rule, decision: nil)
    #expect(try due.due == day("2041-03-04") && due.sinceWhat == "date_of_birth")
    #expect(try !due.isDue(on: day("2041-03-03")) && due.isDue(on: day("2041-03-04")))
    // Without a date of birth the last change counts; police have another rule than schools.
    let unknown = RetentionDue(try child(nil, id), lastChange: changed, rule: rule, decision: nil)
    #expect(try unknown.sinceWhat == "last change" && unknown.due == day("2048-11-14"))
    #expect(policy.rule(for: "child", at: .police)?.keep == Period(7, .years))
    #expect(policy.rule(for: "voice", at: .police)?.keep == Period(7, .years))
    #expect(policy.rule(for: "training", at: .police) == nil)
    let kept = RetentionDue(
      try child("2016-03-04", id), lastChange: changed, rule: rule,
      decision: RetentionDecision(
        keptUntil: try day("2050-01-01"), reason: "an inquiry", person: "head"))
    #expect(try kept.due == day("2050-01-01"))
  }

  @Test(arguments: [
    "retention: x\nversion: 2\n", "retention: x\nversion: 1\nrecords: {child: {keep: 25}}\n",
    "retention: x\nversion: 1\nkinds: {army: {child: {keep: P1Y}}}\n",
    "retention: x\nversion: 1\nrecords: {child: {keep: P1Y, sinse: name}}\n", "[]", "",
  ])
  func aPolicyThatIsNoneIsRefusedByLine(text: String) throws {
    let error = #expect(throws: DocumentError.self) {
      try RetentionPolicy(text, source: "retention.yaml")
    }
    #expect(error?.description.contains("retention.yaml") == true)
  }
}

/// What a person gets who asks, before anybody decides: their own facts, and nobody else's.
@Suite struct AccessReviewTests {
  private let ids: [RecordID]
  private let review: AccessReview

  init() throws {
    var generator = SeededGenerator(seed: 2)
    ids = (0..<5).map { _ in RecordID(using: &generator) }
    review = AccessReview(
      subject: ids[0],
      types: [ids[0]: "child", ids[1]: "child", ids[2]: "adult", ids[3]: "incident"])
  }

  private func verdict(
    _ record: RecordID, _ type: String, _ name: String, _ value: Value
  ) throws -> AccessVerdict {
    let profile = try ProfileFile(
      SignedDocument(
        kind: .profile, body: Data(try repositoryText("Protocol/profiles/core.yaml").utf8)),
      source: "core.yaml")
    let fields = try Profile(base: profile).recordTypes[type]?.fields
    let field = try #require(fields?.first { $0.name == name })
    let write = try #require(WriteID(Data(repeating: 1, count: WriteID.byteCount)))
    return review.byDefault(
      AccessPart(
        record: record, type: type, field: field, value: value,
        by: try #require(AgencyID("police.south-yorkshire")), at: Instant(milliseconds: 0),
        write: write))
  }

  @Test func ownFactsAreGivenAndOtherPeoplesAreNot() throws {
    #expect(try verdict(ids[0], "child", "name", .text("Example Child")) == .disclose)
    #expect(try verdict(ids[0], "child", "address", .text("1 Example Street")) == .disclose)
    #expect(
      try verdict(ids[2], "adult", "name", .text("Example Parent"))
        == .redact(AccessReview.thirdParty))
    #expect(
      try verdict(ids[3], "incident", "children", .reference(ids[1]))
        == .redact(AccessReview.thirdParty))
    #expect(try verdict(ids[3], "incident", "children", .reference(ids[0])) == .disclose)
    // Of whom nothing is known here nobody can say that they are not somebody else.
    #expect(
      try verdict(ids[3], "incident", "children", .reference(ids[4]))
        == .redact(AccessReview.thirdParty))
  }

  @Test func whatMayNameOthersOrDoHarmWaitsForAPerson() throws {
    for (type, field, value) in [
      ("incident", "circumstances", Value.text("words")), ("incident", "risk_grade", .term("high")),
      ("incident", "child_words", .text("words")), ("notification", "context", .text("words")),
      ("response", "actions", .text("words")), ("safe_contact", "number", .text("000")),
      ("restriction", "reason", .text("words")), ("voice", "words", .text("words")),
    ] {
      guard case .undecided = try verdict(ids[3], type, field, value) else {
        Issue.record("\(type) \(field) would go without anybody's decision")
        continue
      }
    }
  }
}
