import Agreements
import Casework
import Foundation
public import Records
public import Replica

/// A node's records as one person may see them: what is kept from them is not there, and fields whose
/// label their role does not see are not either.
public struct ViewedRecords: RecordReader {
  let replica: LocalReplica
  let viewer: Viewer
  let hidden: Hidden

  public func record(_ id: RecordID) throws -> RecordSnapshot {
    guard !hidden.records.contains(id) else {
      // Looked for in vain, as one that is absent is: the time that it takes must not tell.
      _ = try? replica.record(id.elsewhere)
      throw ReplicaError.notFound(id)
    }
    guard let shown = shown(try replica.record(id)) else { throw ReplicaError.notFound(id) }
    return shown
  }

  public func records(ofType type: String) throws -> [RecordSnapshot] {
    try replica.records(ofType: type).compactMap(unlessHidden)
  }

  public func recordIDs(ofType type: String) throws -> [RecordID] {
    try replica.recordIDs(ofType: type).filter { !hidden.records.contains($0) }
  }

  public func records(
    ofType type: String, referringTo target: RecordID
  ) throws -> [RecordSnapshot] {
    guard !hidden.records.contains(target) else { return [] }
    return try replica.records(ofType: type, referringTo: target).compactMap(unlessHidden)
  }

  public func records(ofType type: String, naming agency: AgencyID) throws -> [RecordSnapshot] {
    try replica.records(ofType: type, naming: agency).compactMap(unlessHidden)
  }

  public func conflicts() throws -> [ConflictSnapshot] {
    try replica.conflicts().filter { conflict in
      !hidden.records.contains(conflict.record) && sees(conflict.field, of: conflict.record)
    }
  }

  public func conflicts(of id: RecordID) throws -> [ConflictSnapshot] {
    guard !hidden.records.contains(id) else { return [] }
    return try replica.conflicts(of: id).filter { sees($0.field, of: id) }
  }

  public func conflictPlaces() throws -> [ConflictPlace] {
    try replica.conflictPlaces().filter { place in
      !hidden.records.contains(place.record) && sees(place.field, of: place.record)
    }
  }

  /// Whether something that came is any of their business.
  func sees(_ touched: TouchedField, in partnership: Partnership) -> Bool {
    guard !hidden.records.contains(touched.record),
      touched.target.map(hidden.records.contains) != true,
      let field = partnership.field(touched.field, of: touched.type)?.field
    else { return false }
    return sees(field, of: touched.record)
  }

  public func history(of id: RecordID) throws -> [HistoryEntry] {
    let seen = Set(try record(id).fields.map(\.field.name))
    return try replica.history(of: id).compactMap { entry in
      let writes = entry.writes.filter { seen.contains($0.field) }
      guard !writes.isEmpty else { return nil }
      return entry.showing(writes)
    }
  }

  private func unlessHidden(_ record: RecordSnapshot) -> RecordSnapshot? {
    hidden.records.contains(record.id) ? nil : shown(record)
  }

  /// The part that may be seen; a record of which nothing may be is not there.
  private func shown(_ record: RecordSnapshot) -> RecordSnapshot? {
    let fields = record.fields.compactMap { field -> FieldSnapshot? in
      guard sees(field, of: record.id) else { return nil }
      let values = field.values.filter { value in
        guard case .reference(let target) = value.value else { return true }
        return !hidden.records.contains(target)
      }
      return field.showing(values)
    }
    return fields.isEmpty ? nil : record.showing(fields)
  }

  private func sees(_ field: FieldSnapshot, of record: RecordID) -> Bool {
    sees(field.field, of: record)
  }

  private func sees(_ field: Field, of record: RecordID) -> Bool {
    viewer.role.sees(field.label) && hidden.fields[record]?.contains(field.name) != true
  }
}

/// A node's desk as one person works at it: everything is read through what they may see, and written
/// under their name.
public struct ViewedDesk: CaseDesk, Sendable {
  public let node: LocalNode
  public let viewer: Viewer
  private let hidden: Hidden

  /// Sits somebody down at a node.
  public init(_ node: LocalNode, viewer: Viewer, hidden: Hidden) {
    self.node = node
    self.viewer = viewer
    self.hidden = hidden
  }

  public var agency: AgencyID { node.agency }
  public var replica: LocalReplica { node.replica }
  public var now: Instant { node.now }
  public var caseFiles: CaseFiles { node.caseFiles }
  public var reader: any RecordReader { viewed }
  private var viewed: ViewedRecords {
    ViewedRecords(replica: node.replica, viewer: viewer, hidden: hidden)
  }

  /// Whether anything came since a position of the log that they may see; who acted is not shown by itself.
  /// - Throws: `ReplicaError`.
  public func hasNews(since position: Int64) throws -> Bool {
    let (partnership, viewed) = (try replica.partnership(), viewed)
    var (last, next) = (position, position)
    repeat {
      last = next
      let (fields, position) = try replica.fieldsTouched(since: last, atMost: 500)
      if fields.contains(where: {
        $0.field != Field.person.name && viewed.sees($0, in: partnership)
      }) {
        return true
      }
      next = position
    } while next != last
    return false
  }

  public func newRecordID() -> RecordID { node.newRecordID() }

  /// Who they are, for the audit.
  public var actor: Edit.Actor {
    Edit.Actor(account: viewer.account.name, role: viewer.role.name)
  }

  /// Writes edits in their name.
  /// - Throws: `ReplicaError.notFound` where they may not see a record, or as a node's.
  public func put(_ edits: [Edit]) throws -> [ChangeID] { try node.put(try signed(edits)) }

  /// Writes edits in a program's name, where what it asks for holds.
  /// - Throws: `ReplicaError.notFound` where it may not see a record, or as a node's.
  public func put(_ edits: [Edit], under conditions: WriteConditions) throws -> ProgramWrite {
    try node.put(try signed(edits), under: conditions)
  }

  private func signed(_ edits: [Edit]) throws -> [Edit] {
    // A record that is there and that they may not see is not there for them, to write in either.
    for edit in edits where (try? replica.record(edit.record)) != nil {
      _ = try reader.record(edit.record)
    }
    return edits.map { edit in
      Edit(
        type: edit.type, record: edit.record, assignments: edit.assignments,
        person: viewer.account.title, actor: actor)
    }
  }

  /// Settles a conflict in their name.
  /// - Throws: `ReplicaError`.
  public func resolve(_ record: RecordID, _ field: String, value: String, seen: [WriteID]) throws {
    _ = try reader.record(record)
    _ = try node.resolve(
      record, field, value: value, seen: seen, person: viewer.account.title, actor: actor)
    try audit("resolved", of: [record], detail: field)
  }

  /// Notes what they did.
  /// - Throws: `ReplicaError`.
  public func audit(_ action: String, of records: [RecordID], detail: String = "") throws {
    try replica.audit(
      records.map {
        AuditEntry(
          at: now, account: viewer.account.name, role: viewer.role.name, action: action, record: $0,
          detail: detail)
      })
  }

  /// Notes what they did that concerns no one record.
  /// - Throws: `ReplicaError`.
  public func audit(_ action: String, detail: String = "") throws {
    try replica.audit([
      AuditEntry(
        at: now, account: viewer.account.name, role: viewer.role.name, action: action,
        detail: detail)
    ])
  }
}

extension RecordID {
  /// An id at which nothing is.
  fileprivate var elsewhere: RecordID { RecordID(Data(bytes.map { ~$0 })) ?? self }
}
