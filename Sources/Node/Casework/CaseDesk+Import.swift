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
    /// How much speaks for it; nothing where they share a number that only one child has.
    public let weight: Double?
    /// The facts of which the row says another thing than that record does.
    public let differs: [String]
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
      incidents: try caseRecords("incident"), person: person)
    for row in table.rows { importing.take(row) }
    outcome.proposals = importing.proposals
    outcome.known = importing.before
    if isDryRun {
      try foresee(importing, path, &outcome)
      return outcome
    }
    if !importing.edits.isEmpty { _ = try put(importing.edits) }
    try issue(importing.rows, path, mapping, person, &outcome, progress)
    return outcome
  }

  /// Says whose notifications would wait for a person, without writing anything.
  private func foresee(
    _ importing: Importing, _ path: String, _ outcome: inout ImportOutcome
  ) throws {
    let routing = try routing(by: nil)
    for imported in importing.rows where imported.isNew {
      do {
        _ = try decided(
          routing.recipient(
            registered: importing.schools(of: imported.child),
            sealedFrom: try keptFrom(imported.child)))
        outcome.issued += 1
      } catch let error as NodeError {
        outcome.waiting.append(Self.waits(imported.row.line, path, error))
      }
    }
  }

  private static func waits(_ line: Int, _ path: String, _ error: NodeError) -> ImportProblem {
    ImportProblem(source: path, line: line, column: "", problem: error.description)
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
        outcome.waiting.append(Self.waits(imported.row.line, path, error))
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
