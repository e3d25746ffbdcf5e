import Agreements
public import Casework
public import Records
public import Replica

/// The records of casework, as this node may see them.
extension CaseDesk {
  /// Records of a type; none where the profile has no such type.
  /// - Throws: `ReplicaError`.
  public func caseRecords(_ type: String) throws -> [CaseRecord] {
    guard try replica.partnership().recordType(type) != nil else { return [] }
    return try reader.records(ofType: type).map(CaseRecord.init)
  }

  /// One record.
  /// - Throws: `ReplicaError.notFound`, and where it is of another type `.otherType`.
  public func caseRecord(_ id: RecordID, type: String) throws -> CaseRecord {
    let record = try reader.record(id)
    guard record.type == type else {
      throw ReplicaError.otherType(id, type: record.type)
    }
    return CaseRecord(record)
  }

  /// All notifications here, with their ledgers and responses.
  /// - Throws: `ReplicaError`.
  public func notifications() throws -> [NotificationCase] {
    let (deliveries, responses) = (
      Self.byNotification(try caseRecords("delivery")),
      Self.byNotification(try caseRecords("response"))
    )
    return try caseRecords("notification").map {
      NotificationCase(
        $0, deliveries: deliveries[$0.id] ?? [], responses: responses[$0.id] ?? [])
    }
  }

  private static func byNotification(_ records: [CaseRecord]) -> [RecordID: [CaseRecord]] {
    records.reduce(into: [:]) { found, record in
      for notification in record.references("notification") {
        found[notification, default: []].append(record)
      }
    }
  }

  /// One notification.
  /// - Throws: `ReplicaError.notFound`.
  public func notification(_ id: RecordID) throws -> NotificationCase {
    let record = try caseRecord(id, type: "notification")
    return NotificationCase(
      record, deliveries: try caseRecords("delivery", about: id),
      responses: try caseRecords("response", about: id))
  }

  /// The records of a type that refer to a record; none where the profile has no such type.
  /// - Throws: `ReplicaError`.
  public func caseRecords(_ type: String, about target: RecordID) throws -> [CaseRecord] {
    guard try replica.partnership().recordType(type) != nil else { return [] }
    return try reader.records(ofType: type, referringTo: target).map(CaseRecord.init)
  }

  /// The records of a type that name an agency in a routing field of their own; none where the profile has
  /// no such type.
  private func caseRecords(_ type: String, naming agency: AgencyID) throws -> [CaseRecord] {
    guard try replica.partnership().recordType(type) != nil else { return [] }
    return try reader.records(ofType: type, naming: agency).map(CaseRecord.init)
  }

  /// How ready a school is, as far as this node may know.
  /// - Throws: `ReplicaError`.
  public func readiness(of school: AgencyID) throws -> Readiness {
    Readiness(
      of: school, keyAdults: try caseRecords("key_adult", naming: school),
      training: try caseRecords("training", naming: school),
      on: LondonTime(now).date)
  }
}

extension CaseRecord {
  /// What a snapshot shows.
  public init(_ snapshot: RecordSnapshot) {
    let fields = snapshot.fields.map { field in
      (field.field.name, field.values.map { Entry($0.value, by: $0.by, at: $0.at) })
    }
    self.init(
      id: snapshot.id, type: snapshot.type,
      fields: Dictionary(fields, uniquingKeysWith: { first, _ in first }))
  }
}
