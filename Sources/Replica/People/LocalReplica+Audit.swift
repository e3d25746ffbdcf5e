import FoundationEssentials
import GRDB
public import Records

/// What somebody did that has to be answered for (Data Protection Act 2018 s.62): consultation, search,
/// override, alteration by a page.
public struct AuditEntry: Hashable, Sendable {
  public let at: Instant
  /// The account's name.
  public let account: String
  public let role: String
  /// What was done: `viewed`, `searched`, `overrode`, `wrote`, `printed`, `signed-in`.
  public let action: String
  public let record: RecordID?
  /// Ids and counts; never a field's value. A reason stands where one was asked for.
  public let detail: String

  /// States an entry.
  public init(
    at: Instant, account: String, role: String, action: String, record: RecordID? = nil,
    detail: String = ""
  ) {
    self.at = at
    self.account = account
    self.role = role
    self.action = action
    self.record = record
    self.detail = detail
  }

  /// The digest that chains this entry to the one before.
  func head(after previous: Digest?) -> Digest {
    func data(_ text: String) -> Data { Data(text.utf8) }
    return TaggedHash.digest(
      "concord/v1/audit", previous?.bytes ?? Data(), data("\(at)"), data(account), data(role),
      data(action), record?.bytes ?? Data(), data(detail))
  }
}

extension LocalReplica {
  /// Appends entries; each is chained to the one before.
  /// - Throws: `ReplicaError.storage`.
  public func audit(_ entries: [AuditEntry]) throws(ReplicaError) {
    try write { store in
      var head: Digest? = try store.row("SELECT head FROM audit ORDER BY sequence DESC LIMIT 1")
        .map { try $0.id("head") }
      for entry in entries {
        let next = entry.head(after: head)
        try store.run(
          """
          INSERT INTO audit (at, account, role, action, record, detail, head)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """,
          [
            entry.at.milliseconds, entry.account, entry.role, entry.action, entry.record?.bytes,
            entry.detail, next.bytes,
          ])
        head = next
      }
    }
  }

  /// The entries about a record, or all; the newest first.
  /// - Throws: `ReplicaError.storage`.
  public func auditEntries(
    of record: RecordID? = nil, atMost limit: Int
  ) throws(ReplicaError) -> [AuditEntry] {
    try read { store in
      let rows =
        try record.map {
          try store.rows(
            "SELECT * FROM audit WHERE record = ? ORDER BY sequence DESC LIMIT ?",
            [$0.bytes, limit])
        } ?? store.rows("SELECT * FROM audit ORDER BY sequence DESC LIMIT ?", [limit])
      return try rows.map(AuditEntry.init)
    }
  }

  /// The newest entries of those that whoever asks may see: what they may not does not shorten the list.
  /// - Throws: `ReplicaError.storage`.
  public func auditEntries(
    atMost limit: Int, where isShown: (AuditEntry) -> Bool
  ) throws(ReplicaError) -> [AuditEntry] {
    try read { store in
      var found: [AuditEntry] = []
      var before = Int64.max
      while found.count < limit {
        let rows = try store.rows(
          "SELECT * FROM audit WHERE sequence < ? ORDER BY sequence DESC LIMIT ?", [before, limit])
        found += try rows.map(AuditEntry.init).filter(isShown)
        guard rows.count == limit, let last = rows.last else { break }
        before = last["sequence"]
      }
      return Array(found.prefix(limit))
    }
  }

  /// The first entry that does not follow from the one before; nothing where the chain holds.
  /// - Parameter newest: of how many, the newest; all, where nothing is said.
  /// - Throws: `ReplicaError.storage`.
  public func brokenAuditEntry(among newest: Int64? = nil) throws(ReplicaError) -> Int64? {
    try read { store in
      let last: Int64 = try store.row("SELECT max(sequence) AS last FROM audit")?["last"] ?? 0
      let from = newest.map { max(0, last - $0) } ?? 0
      var (head, next): (Digest?, Int64) = (
        try store.row("SELECT head FROM audit WHERE sequence = ?", [from]).map {
          try $0.id("head")
        },
        from + 1
      )
      for row in try store.rows("SELECT * FROM audit WHERE sequence > ? ORDER BY sequence", [from])
      {
        let stored: Digest = try row.id("head")
        let sequence: Int64 = row["sequence"]
        guard sequence == next, try AuditEntry(row).head(after: head) == stored else {
          return sequence
        }
        (head, next) = (stored, next + 1)
      }
      return nil
    }
  }
}

extension AuditEntry {
  fileprivate init(_ row: Row) throws {
    self.init(
      at: Instant(milliseconds: row["at"]), account: row["account"], role: row["role"],
      action: row["action"],
      record: row["record"] == nil ? nil : try row.id("record") as RecordID, detail: row["detail"])
  }
}
