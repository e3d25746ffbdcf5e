import Agreements
public import Casework
public import Records
import Replica

/// The records of casework, as this node may see them.
extension LocalNode {
  /// Records of a type; none where the profile has no such type.
  /// - Throws: `ReplicaError`.
  public func caseRecords(_ type: String) throws -> [CaseRecord] {
    guard try replica.partnership().recordType(type) != nil else { return [] }
    return try replica.records(ofType: type).map(CaseRecord.init)
  }

  /// One record.
  /// - Throws: `ReplicaError.notFound`, and where it is of another type `NodeError`.
  public func caseRecord(_ id: RecordID, type: String) throws -> CaseRecord {
    let record = try replica.record(id)
    guard record.type == type else {
      throw NodeError("\(id) is no \(type) but of type \(record.type)")
    }
    return CaseRecord(record)
  }

  /// All notifications here, with their ledgers and responses.
  /// - Throws: `ReplicaError`.
  public func notifications() throws -> [NotificationCase] {
    let (deliveries, responses) = (try caseRecords("delivery"), try caseRecords("response"))
    return try caseRecords("notification").map {
      NotificationCase($0, deliveries: deliveries, responses: responses)
    }
  }

  /// One notification.
  /// - Throws: `ReplicaError.notFound`.
  public func notification(_ id: RecordID) throws -> NotificationCase {
    let record = try caseRecord(id, type: "notification")
    return NotificationCase(
      record, deliveries: try caseRecords("delivery"), responses: try caseRecords("response"))
  }

  /// How ready a school is, as far as this node may know.
  /// - Throws: `ReplicaError`.
  public func readiness(of school: AgencyID) throws -> Readiness {
    Readiness(
      of: school, keyAdults: try caseRecords("key_adult"), training: try caseRecords("training"),
      on: LondonTime(clock.now()).date)
  }
}

extension CaseRecord {
  /// What a snapshot shows.
  init(_ snapshot: RecordSnapshot) {
    let fields = snapshot.fields.map { field in
      (field.field.name, field.values.map { Entry($0.value, by: $0.by, at: $0.at) })
    }
    self.init(
      id: snapshot.id, type: snapshot.type,
      fields: Dictionary(fields, uniquingKeysWith: { first, _ in first }))
  }
}
