import FoundationEssentials
import GRDB
public import Records

extension LocalReplica {
  /// Appends entries; each is chained to the one before.
  /// - Throws: `ReplicaError.storage`.
  public func audit(_ entries: [AuditEntry]) throws(ReplicaError) {
    try write { try $0.audit(entries) }
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
      return try rows.map { try ChainedEntry($0).entry }
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
        found += try rows.map { try ChainedEntry($0).entry }.filter(isShown)
        guard rows.count == limit, let last = rows.last else { break }
        before = last["sequence"]
      }
      return Array(found.prefix(limit))
    }
  }

  /// Who has to do with a record, oldest first: what was done with it, searches that returned it, and the
  /// batches in which it came and went.
  /// - Throws: `ReplicaError.storage`.
  public func auditEntries(concerning record: RecordID) throws(ReplicaError) -> [ChainedEntry] {
    try read { store in
      try store.rows(
        """
        SELECT * FROM audit WHERE record = ?1
        OR (record IS NULL AND action = 'searched' AND instr(detail, ?2) > 0) ORDER BY sequence
        """, [record.bytes, record.description]
      ).map(ChainedEntry.init)
    }
  }

  /// The first among the newest entries that does not follow from the one before; nothing where the chain
  /// holds. A quick look; `verifyAudit` looks at all of it.
  /// - Throws: `ReplicaError.storage`.
  public func brokenAuditEntry(among newest: Int64) throws(ReplicaError) -> Int64? {
    try read { store in
      let last = try store.auditHead()?.sequence ?? 0
      let from = max(0, last - newest)
      let before: Digest? = try store.row("SELECT head FROM audit WHERE sequence = ?", [from]).map {
        try $0.id("head")
      }
      let entries = try store.rows(
        "SELECT * FROM audit WHERE sequence > ? ORDER BY sequence", [from]
      ).map(ChainedEntry.init)
      return AuditChain(entries, after: (from, before)).broken.first?.sequence
    }
  }
}

extension ChainedEntry {
  init(_ row: Row) throws {
    self.init(
      sequence: row["sequence"],
      entry: AuditEntry(
        at: Instant(milliseconds: row["at"]), account: row["account"], role: row["role"],
        action: row["action"],
        record: row["record"] == nil ? nil : try row.id("record") as RecordID,
        detail: row["detail"],
        changes: row["changes_digest"] == nil ? nil : try row.id("changes_digest") as Digest),
      head: try row.id("head"))
  }
}
