import Agreements
import Casework
import Foundation
import Node
import Records
import Replica

/// A node's records as one program may see them: as its role does on the pages, without what is kept from anybody,
/// and without what a notification says that nobody has opened.
struct ViewedProgram: Sendable {
  let desk: ViewedDesk
  let index: CaseIndex.State
  let hidden: Hidden

  var role: RolePolicy.Role { desk.viewer.role }

  /// Refuses what the role does not do.
  func require(_ duty: Duty) throws {
    guard role.may(duty) else {
      throw Refusal.role("The role \(role.name) does not have the duty \(duty.rawValue).")
    }
  }

  /// Whether its role reads records of a type: what has a page for a duty only is not in a list for others.
  func reads(_ type: String) -> Bool {
    switch type {
    case "restriction", "override": role.may(.restrict)
    case "plan", "action": role.may(.plan)
    default: true
    }
  }

  /// One record.
  /// - Throws: `ReplicaError.notFound`, whether it does not exist or is hidden.
  func record(_ id: RecordID) throws -> RecordSnapshot {
    let record = try desk.reader.record(id)
    guard reads(record.type) else { throw ReplicaError.notFound(id) }
    return shown(record)
  }

  /// The ids of records of a type, in order.
  /// - Throws: `ReplicaError.unknownType`.
  func recordIDs(ofType type: String) throws -> [RecordID] {
    let ids = try desk.reader.recordIDs(ofType: type)
    return reads(type) ? ids : []
  }

  /// What people said of a record, as far as the fields show that it is about.
  func corrections(of record: RecordSnapshot) throws -> [CorrectionFacts] {
    try desk.replica.corrections(of: record.id).filter { record.field($0.field) != nil }
      .map(CorrectionFacts.init)
  }

  /// A record's history, without whatever leads to a record that is kept from the program.
  func history(of id: RecordID) throws -> [HistoryEntry] {
    let record = try record(id)
    let unopened = isUnopened(record) ? Self.saidOnceOpened : []
    return try desk.shownHistory(of: id).compactMap { entry in
      let writes = entry.writes.filter { !unopened.contains($0.field) }
      return writes.isEmpty ? nil : entry.showing(writes)
    }
  }

  /// What of a conflict may be seen: what refers to a record that is kept from the program is not there.
  func shown(_ conflict: ConflictSnapshot) -> ConflictFacts {
    let values = conflict.field.values.filter { value in
      guard case .reference(let target) = value.value else { return true }
      return !hidden.records.contains(target)
    }
    return ConflictFacts(conflict.showing(values))
  }

  /// What a notification tells once somebody has opened it, and not before (domain rule 5).
  private static let saidOnceOpened: Set<String> = ["context", "guidance"]

  private func shown(_ record: RecordSnapshot) -> RecordSnapshot {
    guard isUnopened(record) else { return record }
    return record.showing(
      record.fields.filter { !Self.saidOnceOpened.contains($0.field.name) })
  }

  private func isUnopened(_ record: RecordSnapshot) -> Bool {
    guard record.type == "notification", let found = try? desk.notification(record.id) else {
      return false
    }
    return found.school == desk.agency && found.state < .opened
  }
}

extension ViewedDesk {
  /// A record's history, without whatever leads to a record that is kept from whoever reads, and without who
  /// acted where their role does not see that.
  func shownHistory(of id: RecordID) throws -> [HistoryEntry] {
    let showsPerson = viewer.role.sees(Field.person.label)
    return try reader.history(of: id).compactMap { entry in
      let writes = entry.writes.filter { write in
        guard write.field != Field.person.name else { return false }
        guard case .reference(let target)? = write.value else { return true }
        return (try? reader.record(target)) != nil
      }
      return writes.isEmpty ? nil : entry.showing(writes, person: showsPerson)
    }
  }
}
