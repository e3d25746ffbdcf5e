import Agreements
import FoundationEssentials
import GRDB
public import Records

/// What a person says is not right about them, in their words. It stands beside the professional's text.
public struct Correction: Hashable, Sendable {
  public let id: Int64
  public let record: RecordID
  public let field: String
  public let words: String
  /// Whose words they are.
  public let askedBy: String
  /// Who recorded them.
  public let person: String
  public let at: Instant
  /// What was decided; nothing while it waits.
  public let decision: Decision?

  /// An answer to what a person says.
  public struct Decision: Hashable, Sendable {
    /// `accepted` or `declined`.
    public let outcome: String
    public let reason: String
    public let person: String
    public let at: Instant
  }
}

extension LocalReplica {
  /// Records what a person says of a field.
  /// - Returns: its number.
  /// - Throws: `ReplicaError.notFound`, `.unknownField`.
  public func addCorrection(
    of record: RecordID, _ field: String, words: String, askedBy: String, by actor: Edit.Actor,
    now: Instant
  ) throws(ReplicaError) -> Int64 {
    try write { store in
      guard let type = try store.type(of: record), try store.isShown(record) else {
        throw ReplicaError.notFound(record)
      }
      guard store.partnership.field(field, of: type) != nil else {
        let known = store.partnership.recordType(type)?.fields.map(\.name) ?? []
        throw ReplicaError.unknownField(field, type: type, known: known)
      }
      try store.run(
        """
        INSERT INTO correction (record, field, words, asked_by, person, at)
        VALUES (?, ?, ?, ?, ?, ?)
        """, [record.bytes, field, words, askedBy, actor.account, now.milliseconds])
      let id = store.db.lastInsertedRowID
      try store.audit([
        AuditEntry(
          at: now, account: actor.account, role: actor.role, action: "corrected", record: record,
          detail: "correction \(id) of \(field) asked for")
      ])
      return id
    }
  }

  /// Answers what a person said.
  /// - Throws: `ReplicaError.noCorrection` where none of this number waits.
  public func decideCorrection(
    _ id: Int64, outcome: String, reason: String, by actor: Edit.Actor, now: Instant
  ) throws(ReplicaError) {
    try write { store in
      guard
        let row = try store.row(
          "SELECT record FROM correction WHERE id = ? AND decision IS NULL", [id])
      else { throw ReplicaError.noCorrection(id) }
      try store.run(
        """
        UPDATE correction SET decision = ?, decided_reason = ?, decided_by = ?, decided_at = ?
        WHERE id = ?
        """, [outcome, reason, actor.account, now.milliseconds, id])
      try store.audit([
        AuditEntry(
          at: now, account: actor.account, role: actor.role, action: "decided",
          record: try row.id("record"), detail: "correction \(id) \(outcome): \(reason)")
      ])
    }
  }

  /// What people said of a record, or of all, oldest first.
  /// - Throws: `ReplicaError.storage`.
  public func corrections(of record: RecordID? = nil) throws(ReplicaError) -> [Correction] {
    try read { store in
      let rows =
        try record.map {
          try store.rows("SELECT * FROM correction WHERE record = ? ORDER BY id", [$0.bytes])
        } ?? store.rows("SELECT * FROM correction ORDER BY id")
      return try rows.map { row in
        Correction(
          id: row["id"], record: try row.id("record"), field: row["field"], words: row["words"],
          askedBy: row["asked_by"], person: row["person"], at: Instant(milliseconds: row["at"]),
          decision: (row["decision"] as String?).map {
            Correction.Decision(
              outcome: $0, reason: row["decided_reason"], person: row["decided_by"],
              at: Instant(milliseconds: row["decided_at"]))
          })
      }
    }
  }
}
