import Agreements
public import Casework
import Foundation
public import Records
import Replica

/// What an import came to.
public struct ImportOutcome: Sendable {
  /// Rows that were read.
  public internal(set) var rows = 0
  /// Notifications that were issued by it, or would be.
  public internal(set) var issued = 0
  /// Rows that had been imported before.
  public internal(set) var known = 0
  /// What is wrong, row by row. Where there is anything, nothing was imported.
  public internal(set) var problems: [ImportProblem] = []
  /// Rows whose notification waits for a person's choice.
  public internal(set) var waiting: [ImportProblem] = []
  /// Children that may be the same: a person decides, nothing was merged.
  public internal(set) var proposals: [Proposal] = []

  /// Two records that may mean one child.
  public struct Proposal: Hashable, Sendable {
    public let line: Int
    public let child: RecordID
    public let other: RecordID
    public let weight: Double
  }
}

extension CaseDesk {
  /// Takes in a records system's export. Every row is checked before anything is written; children and
  /// incidents are written in one transaction, then each row's notification is issued. Imported again,
  /// nothing is doubled, and what was cut off goes on.
  /// - Parameters:
  ///   - isDryRun: whether only to say what would happen.
  ///   - progress: told after every hundred notifications how many rows are done.
  /// - Throws: `ImportProblem` where the file is no export, `DocumentError` for the mapping, or
  ///   `ReplicaError`.
  public func importNotifications(
    _ path: String, by mapping: ImportMapping, isDryRun: Bool, person: String?,
    progress: (Int) -> Void = { _ in }
  ) throws -> ImportOutcome {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw NodeError("cannot read \(path)")
    }
    let table = try ImportTable(data, named: path, by: mapping)
    var outcome = ImportOutcome()
    outcome.rows = table.rows.count
    outcome.problems = table.problems
    let partnership = try replica.partnership()
    for row in table.rows { outcome.problems += problems(of: row, path, mapping, partnership) }
    guard outcome.problems.isEmpty else { return outcome }
    var importing = Importing(
      mapping: mapping, known: try caseRecords("child"), said: try sameChildren(),
      incidents: Set(try caseRecords("incident").map(\.id)),
      person: person)
    for row in table.rows { importing.take(row) }
    outcome.proposals = importing.proposals
    outcome.known = importing.before
    outcome.issued = table.rows.count - importing.before
    guard !isDryRun else { return outcome }
    if !importing.edits.isEmpty { _ = try put(importing.edits) }
    try issue(importing.rows, path, mapping, person, &outcome, progress)
    return outcome
  }

  private func issue(
    _ rows: [Importing.Imported], _ path: String, _ mapping: ImportMapping, _ person: String?,
    _ outcome: inout ImportOutcome, _ progress: (Int) -> Void
  ) throws {
    outcome.issued = 0
    let lists = try caseFiles.lists()
    for (number, imported) in rows.enumerated() {
      var request = NotifyRequest(child: imported.child)
      request.incident = imported.incident
      request.context = imported.row.values["notification"]?["context"]
      request.guidance = imported.row.values["notification"]?["guidance"]
      request.person = person
      do {
        if try notify(request, by: lists).isNew { outcome.issued += 1 }
      } catch let error as NodeError {
        outcome.waiting.append(
          ImportProblem(
            source: path, line: imported.row.line, column: "", problem: error.description))
      }
      if (number + 1).isMultiple(of: 100) { progress(number + 1) }
    }
  }

  /// What the profile says against a row.
  private func problems(
    of row: ImportTable.Row, _ source: String, _ mapping: ImportMapping,
    _ partnership: Partnership
  ) -> [ImportProblem] {
    var problems: [ImportProblem] = []
    for column in mapping.columns {
      guard let text = row.values[column.type]?[column.field] else { continue }
      func fail(_ problem: String) {
        problems.append(
          ImportProblem(
            source: source, line: row.line, column: column.column, problem: problem))
      }
      guard let (field, profile) = partnership.field(column.field, of: column.type) else {
        fail("\(column.type) has no field \(column.field)")
        continue
      }
      do {
        _ = try field.value(text, in: profile)
        if let expected = Plausibility.problem(
          with: text, in: column.field, of: column.type, at: now)
        {
          fail("expected \(expected)")
        }
      } catch {
        fail("\(error)")
      }
    }
    if row.values["incident"]?["occurred_at"] == nil {
      problems.append(
        ImportProblem(
          source: source, line: row.line, column: "",
          problem: "expected incident.occurred_at: no deadline follows without it"))
    }
    return problems
  }
}

/// Turns rows into edits, finding children that are here already.
private struct Importing {
  let mapping: ImportMapping
  private var children = ChildBlocks()
  private let known: [RecordID: CaseRecord]
  let said: SameChildren
  let incidents: Set<RecordID>
  let person: String?
  private(set) var edits: [Edit] = []
  private(set) var rows: [Imported] = []
  private(set) var proposals: [ImportOutcome.Proposal] = []
  /// Rows whose incident was here before.
  private(set) var before = 0
  private var written: Set<RecordID> = []

  init(
    mapping: ImportMapping, known: [CaseRecord], said: SameChildren, incidents: Set<RecordID>,
    person: String?
  ) {
    self.mapping = mapping
    self.known = Dictionary(known.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for child in known { children.add(ChildIdentity(child)) }
    self.said = said
    self.incidents = incidents
    self.person = person
  }

  struct Imported {
    let row: ImportTable.Row
    let child: RecordID
    let incident: RecordID
  }

  mutating func take(_ row: ImportTable.Row) {
    let incident = CaseIDs.imported("incident", from: mapping.name, key: row.key)
    let own = CaseIDs.imported("child", from: mapping.name, key: row.key)
    let child = child(of: row, own)
    rows.append(Imported(row: row, child: child, incident: incident))
    if incidents.contains(incident) {
      before += 1
      return
    }
    write(row.values["child"] ?? [:], of: "child", child)
    var assignments = Self.assignments(row.values["incident"] ?? [:])
    assignments.append(.add(field: "children", text: "\(child)"))
    edits.append(
      Edit(type: "incident", record: incident, assignments: assignments, person: person))
  }

  /// The child that is here already by a number of its own; else a new one, with whoever may be the same.
  private mutating func child(of row: ImportTable.Row, _ own: RecordID) -> RecordID {
    if children.contains(own) { return own }
    let fields = row.values["child"] ?? [:]
    let identity = ChildIdentity(
      record: own, name: fields["name"],
      dateOfBirth: fields["date_of_birth"].flatMap(LocalDate.init), address: fields["address"],
      nhsNumber: fields["nhs_number"]?.filter { $0 != " " }, upn: fields["upn"])
    for other in children.candidates(for: identity) where said.verdict(own, other.record) == nil {
      switch ChildMatching.compare(identity, other) {
      case .same: return other.record
      case .likely(let weight):
        proposals.append(
          .init(line: row.line, child: own, other: other.record, weight: weight))
      case .different: break
      }
    }
    children.add(identity)
    return own
  }

  /// Only what nobody has said yet is written: an export is no newer than what people entered.
  private mutating func write(_ fields: [String: String], of type: String, _ record: RecordID) {
    let there = known[record]
    let new = fields.filter { there?.entries($0.key).isEmpty ?? true }
    guard !new.isEmpty, written.insert(record).inserted else { return }
    edits.append(
      Edit(type: type, record: record, assignments: Self.assignments(new), person: person))
  }

  private static func assignments(_ fields: [String: String]) -> [Edit.Assignment] {
    fields.sorted { $0.key < $1.key }.map { .set(field: $0.key, text: $0.value) }
  }
}
