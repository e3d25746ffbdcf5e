public import Records
public import Replica

/// What casework reads: a replica, or what of it somebody may see.
public protocol RecordReader: Sendable {
  /// One record.
  /// - Throws: `ReplicaError.notFound`, whether it does not exist or is hidden.
  func record(_ id: RecordID) throws -> RecordSnapshot
  /// All records of a type, ordered by id.
  func records(ofType type: String) throws -> [RecordSnapshot]
  /// The ids of all records of a type, in order, without reading them.
  func recordIDs(ofType type: String) throws -> [RecordID]
  /// The records of a type with a field that refers to a record, ordered by id.
  func records(ofType type: String, referringTo target: RecordID) throws -> [RecordSnapshot]
  /// The records of a type whose own routing fields name an agency, ordered by id.
  func records(ofType type: String, naming agency: AgencyID) throws -> [RecordSnapshot]
  /// The fields that wait for a person of this agency to choose.
  func conflicts() throws -> [ConflictSnapshot]
  /// Those of one record.
  func conflicts(of id: RecordID) throws -> [ConflictSnapshot]
  /// Where they are, without what they hold: for whoever counts them.
  func conflictPlaces() throws -> [ConflictPlace]
  /// What happened to a record, oldest first.
  /// - Throws: `ReplicaError.notFound`.
  func history(of id: RecordID) throws -> [HistoryEntry]
}

extension LocalReplica: RecordReader {}
