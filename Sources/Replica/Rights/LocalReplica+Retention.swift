import FoundationEssentials
import GRDB
public import Records

/// When something was last written about a record.
public struct LastChange: Hashable, Sendable {
  public let record: RecordID
  public let type: String
  /// Of the record itself, or of what refers to it.
  public let at: Instant
}

/// What somebody decided once a record's time was over.
public struct RetentionVerdict: Hashable, Sendable {
  public let record: RecordID
  /// The day up to which it is kept.
  public let keptUntil: LocalDate
  public let reason: String
  public let person: String
  public let at: Instant
}

/// Facts from which it follows whose time is over.
extension LocalReplica {
  /// Of every record that is shown here, when it was last written about.
  /// - Throws: `ReplicaError`.
  public func lastChanges() throws(ReplicaError) -> [LastChange] {
    try readLearned { store in
      var own: [RecordID: (type: String, at: Int64)] = [:]
      for row in try store.rows(
        """
        SELECT r.id, r.type, max(c.hlc) AS hlc FROM record r JOIN change c ON c.record = r.no
        GROUP BY r.no
        """)
      {
        own[try row.id("id")] = (row["type"], row.stamp("hlc").instant.milliseconds)
      }
      var latest = own.mapValues(\.at)
      for row in try store.rows("SELECT DISTINCT record, target FROM mention") {
        let (record, target): (RecordID, RecordID) = (try row.id("record"), try row.id("target"))
        if let known = latest[target], let other = own[record]?.at {
          latest[target] = max(known, other)
        }
      }
      return try own.sorted { $0.key < $1.key }.compactMap { record, known in
        guard try store.isShown(record) else { return nil }
        return LastChange(
          record: record, type: known.type,
          at: Instant(milliseconds: latest[record] ?? known.at))
      }
    }
  }

  /// Keeps a record although its time is over.
  /// - Throws: `ReplicaError.notFound`.
  public func keep(
    _ record: RecordID, until: LocalDate, reason: String, by actor: Edit.Actor, now: Instant
  ) throws(ReplicaError) {
    try write { store in
      guard try store.isShown(record) else { throw ReplicaError.notFound(record) }
      try store.run(
        """
        INSERT INTO retention_decision (record, decision, until, reason, person, at)
        VALUES (?, 'keep', ?, ?, ?, ?)
        """, [record.bytes, until.description, reason, actor.account, now.milliseconds])
      try store.audit([
        AuditEntry(
          at: now, account: actor.account, role: actor.role, action: "kept", record: record,
          detail: "until \(until): \(reason)")
      ])
    }
  }

  /// The latest decision about each record that was to be looked at.
  /// - Throws: `ReplicaError.storage`.
  public func retentionVerdicts() throws(ReplicaError) -> [RecordID: RetentionVerdict] {
    try read { store in
      var found: [RecordID: RetentionVerdict] = [:]
      for row in try store.rows(
        "SELECT * FROM retention_decision WHERE decision = 'keep' ORDER BY id")
      {
        guard let until = (row["until"] as String?).flatMap({ LocalDate($0) }) else { continue }
        let record: RecordID = try row.id("record")
        found[record] = RetentionVerdict(
          record: record, keptUntil: until, reason: row["reason"], person: row["person"],
          at: Instant(milliseconds: row["at"]))
      }
      return found
    }
  }
}
