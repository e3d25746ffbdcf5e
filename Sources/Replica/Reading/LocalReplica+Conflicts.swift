public import Agreements
import GRDB
public import Records

/// A field that waits for a person to choose, without what it holds.
public struct ConflictPlace: Hashable, Sendable {
  public let record: RecordID
  public let type: String
  public let field: Field
}

/// Fields that wait for a person of this agency to choose: all of them with their values, those of one
/// record, or only where they are, for whoever counts them or shows the first few.
extension LocalReplica {
  /// All of them, with their values.
  /// - Throws: `ReplicaError`.
  public func conflicts() throws(ReplicaError) -> [ConflictSnapshot] {
    try readLearned { store in try store.conflictPlaces().compactMap(store.conflict) }
  }

  /// Those of one record.
  /// - Throws: `ReplicaError`.
  public func conflicts(of id: RecordID) throws(ReplicaError) -> [ConflictSnapshot] {
    try readLearned { store in try store.conflictPlaces(of: id).compactMap(store.conflict) }
  }

  /// Where they are.
  /// - Throws: `ReplicaError`.
  public func conflictPlaces() throws(ReplicaError) -> [ConflictPlace] {
    try readLearned { store in
      // Of agencies' own values it has to be looked whose are in conflict.
      try store.conflictPlaces().filter { place in
        try place.field.rule != .eachAgency || store.conflict(place) != nil
      }
    }
  }
}

extension Store {
  fileprivate func conflictPlaces(of record: RecordID? = nil) throws -> [ConflictPlace] {
    let all = "SELECT c.record, c.field, r.type FROM conflict c JOIN record r ON r.id = c.record"
    let rows =
      try record.map {
        try self.rows("\(all) WHERE c.record = ? ORDER BY c.field", [$0.bytes])
      } ?? self.rows("\(all) ORDER BY r.type, c.record, c.field")
    return try rows.compactMap { row in
      let type: String = row["type"]
      guard let field = partnership.field(row["field"], of: type)?.field else { return nil }
      return ConflictPlace(record: try row.id("record"), type: type, field: field)
    }
  }

  fileprivate func conflict(_ place: ConflictPlace) throws -> ConflictSnapshot? {
    let (name, type) = (place.field.name, place.type)
    guard let view = try view(name, of: place.record, type: type),
      let field = fieldSnapshot(view, name, type: type), view.isConflict(for: me.agency)
    else { return nil }
    return ConflictSnapshot(record: place.record, type: type, field: field)
  }
}
