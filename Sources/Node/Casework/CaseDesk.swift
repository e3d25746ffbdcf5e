public import Records
public import Replica

/// Where an agency does its casework: a replica, a clock, and the public data about schools. A node's
/// folder is one; what is done there needs no more than this, so that a simulation does the same.
public protocol CaseDesk {
  /// Whose casework it is.
  var agency: AgencyID { get }
  var replica: LocalReplica { get }
  /// What is read here: the replica as a whole, unless somebody may not see all of it.
  var reader: any RecordReader { get }
  /// What the wall clock shows.
  var now: Instant { get }
  /// Calendars and lists of schools.
  var caseFiles: CaseFiles { get }

  /// A new record's id.
  func newRecordID() -> RecordID

  /// Writes edits and durably signs them, as sound as `checkPlausible` finds them.
  /// - Returns: the changes' ids.
  /// - Throws: `ReplicaError`, or `NodeError` that names the field.
  func put(_ edits: [Edit]) throws -> [ChangeID]
}

extension CaseDesk {
  public var reader: any RecordReader { replica }
}

extension LocalNode: CaseDesk {
  public var now: Instant { clock.now() }
  public var caseFiles: CaseFiles { CaseFiles(folder.path) }
  public func newRecordID() -> RecordID { Self.newRecordID() }
}
