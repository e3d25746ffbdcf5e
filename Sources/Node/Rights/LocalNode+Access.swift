import Agreements
public import Casework
import Foundation
public import Records
public import Replica

/// What is held about a person who asked for it, with what becomes of each part.
public struct AccessHolding: Sendable {
  /// One value of it.
  public struct Item: Sendable {
    public let part: AccessPart
    public let verdict: AccessVerdict
    /// Who decided so; nobody where it is so by default.
    public let decision: AccessDecision?
  }

  public let record: RecordID
  public let type: String
  public let title: String
  public let items: [Item]
  public let sources: [SourceEntry]
  public let disclosures: [ExplainedDisclosure]
  public let corrections: [Correction]
}

/// A request with everything that is to be decided about it.
public struct AccessFile: Sendable {
  public let request: AccessRequest
  /// When it has to be answered.
  public let due: LocalDate
  public let holdings: [AccessHolding]
  /// Records about other people that lead here and are left out as a whole.
  public let others: Int
  /// What has to be decided about the request as a whole, with what was.
  public let tests: [(name: String, question: String, decision: AccessDecision?)]

  /// The parts that wait for a person.
  public var undecided: [AccessHolding.Item] {
    holdings.flatMap(\.items).filter { if case .undecided = $0.verdict { true } else { false } }
  }
}

/// Access by the person whose data it is (UK GDPR Art 15, Data Protection Act 2018 Sch 2 and 3).
extension LocalNode {
  /// Who may ask.
  public static let accessAskers = ["subject", "parent", "representative"]
  /// What is decided about a request as a whole before anything leaves.
  static let harmTest = "serious-harm"
  static let interestTest = "childs-interest"

  /// When a request has to be answered.
  /// - Throws: `CalendarError`.
  public func accessDue(_ request: AccessRequest) throws -> LocalDate {
    let holidays = try BankHolidaysFile(BundledTexts.bankHolidays, source: "bank-holidays.json")
    return AccessClock.due(
      received: request.received, bankHolidays: Set(holidays.days.keys),
      months: request.moreTime == nil ? 1 : 3)
  }

  /// Gives a request two months more, because it is complex or one of many; whoever asked is told within the first
  /// month, and why (UK GDPR Art 12(3)).
  /// - Throws: `NodeError` where the first month is over; `ReplicaError`.
  public func extendRequest(
    _ id: Int64, reason: String, by person: String?
  ) throws -> AccessRequest {
    let request = try replica.accessRequest(id)
    let (due, today) = (try accessDue(request), LondonTime(now).date)
    // A closed or an extended one is refused for that, whatever the day.
    guard request.closing != nil || request.moreTime != nil || today <= due else {
      throw NodeError(
        "request \(id) was to be answered or extended by \(due): answer it now, and tell whoever asked "
          + "why it is late")
    }
    try replica.extendRequest(id, reason: reason, by: Self.actor(person), now: now)
    return try replica.accessRequest(id)
  }

  /// Opens a request.
  /// - Throws: `NodeError` where it came tomorrow, or is about nobody; `ReplicaError`.
  public func openRequest(
    about subject: RecordID, askedBy: String, received: LocalDate?, by person: String?
  ) throws -> AccessRequest {
    let (record, today) = (try replica.record(subject), LondonTime(now).date)
    guard ["child", "adult"].contains(record.type) else {
      throw NodeError("\(subject) is a \(record.type): a request is about a child or an adult")
    }
    guard (received ?? today) <= today else {
      throw NodeError("--received \(received ?? today) is in the future")
    }
    let id = try replica.openRequest(
      about: subject, askedBy: askedBy, received: received ?? today, by: Self.actor(person),
      now: now)
    return try replica.accessRequest(id)
  }

  /// What is held about the person of a request, and what becomes of each part.
  /// - Throws: `ReplicaError.noRequest`.
  public func accessFile(_ id: Int64) throws -> AccessFile {
    let request = try replica.accessRequest(id)
    let decisions = try replica.accessDecisions(of: id)
    let (records, others) = try recordsAbout(request.subject)
    var types = Dictionary(records.map { ($0.id, $0.type) }, uniquingKeysWith: { $1 })
    for value in records.flatMap(\.fields).flatMap(\.values) {
      guard case .reference(let target) = value.value, types[target] == nil else { continue }
      types[target] = (try? replica.record(target))?.type
    }
    let review = AccessReview(subject: request.subject, types: types)
    let partnership = try replica.partnership()
    let holdings = try records.map { record in
      AccessHolding(
        record: record.id, type: record.type,
        title: partnership.recordType(record.type)?.title ?? record.type,
        items: Self.items(record, review, decisions), sources: try replica.sources(of: record.id),
        disclosures: try disclosures(of: record.id),
        // Another one of the family may have said the others.
        corrections: record.id == request.subject && request.askedBy == "subject"
          ? try replica.corrections(of: record.id) : [])
    }
    var tests = [
      (
        name: Self.harmTest,
        question:
          "Would what is given do serious harm to anybody (Data Protection Act 2018, Schedule 3)?",
        decision: decisions[Self.harmTest]
      )
    ]
    if request.askedBy != "subject" {
      tests.append(
        (
          name: Self.interestTest,
          question:
            "Is it in the child's interest that whoever asks for them gets it (Schedule 3)?",
          decision: decisions[Self.interestTest]
        ))
    }
    return AccessFile(
      request: request, due: try accessDue(request), holdings: holdings, others: others,
      tests: tests)
  }

  private static func items(
    _ record: RecordSnapshot, _ review: AccessReview, _ decisions: [String: AccessDecision]
  ) -> [AccessHolding.Item] {
    record.fields.flatMap { field in
      field.values.map { value in
        let part = AccessPart(
          record: record.id, type: record.type, field: field.field, value: value.value,
          by: value.by,
          at: value.at, write: value.write)
        guard let decision = decisions[part.key] else {
          return AccessHolding.Item(part: part, verdict: review.byDefault(part), decision: nil)
        }
        return AccessHolding.Item(
          part: part,
          verdict: decision.decision == "disclose" ? .disclose : .redact(decision.reason),
          decision: decision)
      }
    }
  }

  /// The subject's record, and what leads to it: what is about another child of the same incident is not.
  private func recordsAbout(
    _ subject: RecordID
  ) throws -> (records: [RecordSnapshot], others: Int) {
    var (records, seen, others) = ([try replica.record(subject)], Set([subject]), 0)
    var edge = [subject]
    for _ in 0..<3 {
      var next: [RecordID] = []
      for id in try edge.flatMap({ try replica.recordIDs(referringTo: $0) })
      where seen.insert(id).inserted {
        guard let record = try? replica.record(id) else { continue }
        if ["child", "adult"].contains(record.type) {
          others += 1
        } else if try isAboutOthersOnly(record, than: subject) {
          continue
        } else {
          records.append(record)
          next.append(id)
        }
      }
      edge = next
    }
    return (records, others)
  }

  private func isAboutOthersOnly(_ record: RecordSnapshot, than subject: RecordID) throws -> Bool {
    let targets = record.fields.flatMap(\.values).compactMap { value -> RecordID? in
      if case .reference(let target) = value.value { target } else { nil }
    }
    if targets.contains(subject) { return false }
    return targets.contains { target in
      (try? replica.record(target)).map { ["child", "adult"].contains($0.type) } ?? false
    }
  }

  /// Decides about parts of a request.
  /// - Parameter part: a part's whole key, or what keys begin with: a record, or a record and field; or one
  ///   of the tests.
  /// - Returns: how many parts it was about.
  /// - Throws: `NodeError` where the request has no such part.
  public func decide(
    _ request: Int64, _ part: String, isDisclosed: Bool, reason: String, by person: String?
  ) throws -> Int {
    let file = try accessFile(request)
    let keys = file.tests.map(\.name) + file.holdings.flatMap(\.items).map(\.part.key)
    let named = keys.filter { $0 == part || $0.hasPrefix(part + "/") }
    guard !named.isEmpty else {
      throw NodeError(
        "request \(request) has no part \(part): expected a part, a record, RECORD/FIELD or one of "
          + "\(file.tests.map(\.name).joined(separator: ", ")) (concord access review DIR \(request))"
      )
    }
    try replica.decide(
      request, parts: named, decision: isDisclosed ? "disclose" : "redact", reason: reason,
      by: Self.actor(person), now: now)
    return named.count
  }

  /// What the person gets: refused while anything of it waits for a decision.
  /// - Throws: `NodeError` that says what has to be decided first.
  public func accessExport(_ request: Int64, by person: String?) throws -> AccessExport {
    let file = try accessFile(request)
    guard file.request.closing == nil else { throw ReplicaError.requestClosed(request) }
    for test in file.tests {
      guard let decision = test.decision else {
        throw NodeError(
          "nothing was written: decide first: \(test.question) (concord access decide DIR \(request) "
            + "\(test.name) --disclose|--redact --reason TEXT)")
      }
      guard decision.decision == "disclose" else {
        throw NodeError(
          "nothing was written: \(test.name) was decided against giving it, by \(decision.person): close "
            + "the request as refused (concord access close DIR \(request) --outcome refused)")
      }
    }
    let waiting = file.undecided
    if let first = waiting.first {
      throw NodeError(
        "nothing was written: \(waiting.count) parts wait for a decision, the first \(first.part.key) "
          + "(concord access review DIR \(request) --undecided)")
    }
    let export = AccessExport(file, at: self)
    try audit(
      "exported", of: file.request.subject, by: person,
      detail:
        "request \(request): \(export.givenCount) values given, \(export.redactedCount) redacted")
    return export
  }
}
