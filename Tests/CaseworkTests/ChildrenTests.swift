import Casework
import Foundation
import Records
import Simulation
import TestSupport
import Testing

/// What people say of two records of one child, and the file that follows a child.
@Suite struct ChildrenTests {
  private let police: AgencyID
  private let care: AgencyID
  private let school: AgencyID
  private let records: [RecordID]

  init() throws {
    police = try #require(AgencyID("police.here"))
    care = try #require(AgencyID("care.E08000019"))
    school = try #require(AgencyID("school.106982"))
    var generator = SeededGenerator(seed: 3)
    records = (0..<5).map { _ in RecordID(using: &generator) }.sorted()
  }

  private func judgement(
    _ one: Int, _ other: Int, _ verdicts: [(AgencyID, String)]
  ) -> CaseRecord {
    let now = Instant(milliseconds: 0)
    return CaseRecord(
      id: CaseIDs.sameChild(records[one], records[other]), type: "same_child",
      fields: [
        "children": [one, other].map { .init(.reference(records[$0]), by: police, at: now) },
        "verdict": verdicts.map { .init(.term($0.1), by: $0.0, at: now) },
      ])
  }

  @Test func oneIdWhoeverNamesWhichFirst() {
    #expect(
      CaseIDs.sameChild(records[0], records[1]) == CaseIDs.sameChild(records[1], records[0]))
    #expect(
      CaseIDs.sameChild(records[0], records[1]) != CaseIDs.sameChild(records[0], records[2]))
  }

  @Test func whatIsSaidOfTwoPairsHoldsForThree() {
    let said = SameChildren([
      judgement(0, 1, [(police, "same")]), judgement(1, 2, [(care, "same")]),
      judgement(3, 4, [(care, "different")]),
    ])
    for place in 0..<3 {
      #expect(Set(said.all(of: records[place])) == Set(records[0..<3]))
      #expect(said.all(of: records[place]).first == records[place])
    }
    #expect(said.all(of: records[3]) == [records[3]])
    #expect(said.verdict(records[4], records[3]) == .different)
  }

  @Test func whereAgenciesDifferTheTwoStayTwo() {
    let said = SameChildren([
      judgement(0, 1, [(police, "same"), (care, "different")]), judgement(1, 2, [(care, "same")]),
    ])
    #expect(said.verdict(records[0], records[1]) == .disputed)
    #expect(said.all(of: records[0]) == [records[0]])
    // Somebody said of the third pair that it is two children: no chain leads round that.
    let chain = SameChildren([
      judgement(0, 1, [(care, "same")]), judgement(1, 2, [(care, "same")]),
      judgement(0, 2, [(care, "different")]),
    ])
    #expect(chain.all(of: records[0]).count == 2)
    #expect(!chain.all(of: records[0]).contains(records[2]))
  }

  @Test func whatWasTakenBackSaysNothing() {
    let said = SameChildren([judgement(0, 1, [])])
    #expect(said.verdict(records[0], records[1]) == nil)
    #expect(said.all(of: records[0]) == [records[0]])
  }

  @Test func onlyPairsOfWhichNobodySaidAnythingAreProposed() {
    let children = records.prefix(3).map {
      ChildIdentity(
        record: $0, name: "Example Child", dateOfBirth: LocalDate("2016-03-04"), address: nil,
        nhsNumber: nil, upn: nil)
    }
    #expect(SameChildren([]).proposals(among: children).count == 3)
    let said = SameChildren([judgement(0, 1, [(care, "different")])])
    let left = said.proposals(among: children)
    #expect(left.map { Set([$0.first, $0.second]) }.count == 2)
    #expect(!left.contains { Set([$0.first, $0.second]) == Set(records.prefix(2)) })
    #expect(left.allSatisfy { ($0.weight ?? 0) >= ChildMatching.likelyFrom })
  }

  /// One of two children who share nothing but a number has somebody else's: that is looked at first.
  @Test func aSharedNumberComesFirstAndIsSaid() throws {
    func child(_ index: Int, _ name: String, _ born: String, nhs: String?) -> ChildIdentity {
      ChildIdentity(
        record: records[index], name: name, dateOfBirth: LocalDate(born), address: nil,
        nhsNumber: nhs, upn: nil)
    }
    let children = [
      child(0, "Example Child A", "2016-03-04", nhs: "9434765919"),
      child(1, "Another Person B", "2011-08-21", nhs: "9434765919"),
      child(2, "Example Child A", "2016-03-04", nhs: nil),
    ]
    let found = SameChildren([]).proposals(among: children)
    #expect(found.map(\.sharesNumber) == [true, false])
    #expect((found.first?.weight ?? 0) < 0)
  }

  @Test func aFileIsDueOnTheFifthSchoolDay() throws {
    func day(_ text: String) throws -> LocalDate { try #require(LocalDate(text)) }
    let data = try Data(
      contentsOf: repositoryRoot.appendingPathComponent("Protocol/data/sheffield-term-dates.json"))
    let calendar = try SchoolCalendar(data, named: "terms.json")
    // Early May bank holiday on Monday 3 May 2027.
    #expect(
      FileTransfer.due(after: try day("2027-04-30"), at: calendar) == (try day("2027-05-10")))
    // Half-term from 31 May.
    #expect(
      FileTransfer.due(after: try day("2027-05-27"), at: calendar) > (try day("2027-06-07")))
    // No calendar: weekdays.
    #expect(FileTransfer.due(after: try day("2027-04-30"), at: nil) == (try day("2027-05-07")))
  }

  @Test func aFileIsChasedUntilItHasCome() throws {
    func day(_ text: String) throws -> LocalDate { try #require(LocalDate(text)) }
    func file(chased: [String] = [], received: String? = nil) throws -> FileTransfer {
      let now = Instant(milliseconds: 0)
      func dates(_ texts: [String]) throws -> [CaseRecord.Entry] {
        try texts.map { .init(.date(try day($0)), by: care, at: now) }
      }
      return FileTransfer(
        CaseRecord(
          id: records[0], type: "file_transfer",
          fields: [
            "to_school": [.init(.agency(school), by: care, at: now)],
            "due_on": try dates(["2027-05-10"]), "chased_on": try dates(chased),
            "received_on": try dates(received.map { [$0] } ?? []),
          ]))
    }
    func days(_ agency: AgencyID, _ file: FileTransfer) throws -> [String] {
      try (7...25).map { "2027-05-" + ($0 < 10 ? "0\($0)" : "\($0)") }.filter {
        file.isToBeChased(by: agency, on: try day($0))
      }
    }
    // The council is a day later than the school, each time.
    #expect(try days(school, file()).first == "2027-05-11")
    #expect(try days(care, file()).first == "2027-05-12")
    #expect(try days(school, file(chased: ["2027-05-11"])).first == "2027-05-18")
    #expect(try days(care, file(chased: ["2027-05-11"])).first == "2027-05-19")
    #expect(try days(police, file()).isEmpty)
    #expect(try !file(received: "2027-05-20").isLate(on: day("2027-06-01")))
    #expect(try FileTransfer.waiting([file(), file(received: "2027-05-20")]).count == 1)
  }
}
