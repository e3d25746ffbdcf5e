import FoundationEssentials
import GRDB
import Records

extension LocalReplica {
  /// Opens the key ring of a replica, or makes one where nothing was ever sealed.
  static func ring(
    _ sealing: Sealing?, for pool: any DatabaseWriter, at path: String
  ) throws -> KeyRing? {
    let given = try pool.read { db in
      try Int64.fetchOne(
        db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [Store.nextDataKey])
    }
    guard let sealing else {
      guard given == nil else {
        throw ReplicaError.keyRing(
          "the values in \(path) are sealed: its ring.key is missing in keys/")
      }
      return nil
    }
    let ring = try KeyRing(sealing, creating: given == nil)
    guard try ring.last() >= (given ?? 1) - 1 else { throw ring.isOld }
    return ring
  }

  /// Seals with data keys what lies here in the open, some records at a time, and leaves nothing of it in the
  /// write-ahead log.
  /// - Returns: how many records.
  /// - Throws: `ReplicaError`; what was sealed by then stays so.
  public func sealRecords() throws(ReplicaError) -> Int {
    guard ring != nil else { throw .keyRing("this replica has no key ring") }
    var (count, part) = (0, 1)
    while part > 0 {
      part = try write { store in
        let open = try store.rows(
          "SELECT no FROM record WHERE key IS NULL LIMIT ?", [Limits.Storage.recordsAtOnce])
        for row in open { try store.sealAnew(row["no"]) }
        let held = try store.rows(
          "SELECT id, change, entry FROM quarantine WHERE key IS NULL AND is_held = 1")
        for row in held {
          let (entry, key) = try store.sealedEntry(row["entry"], of: row.id("change"))
          try store.run(
            "UPDATE quarantine SET entry = ?, key = ? WHERE id = ?",
            [entry, key, row["id"] as Int64])
        }
        return open.count
      }
      count += part
    }
    try checkpoint()
    return count
  }

  /// How many records lie here in the open; nothing where this replica seals none.
  public func unsealedRecords() throws(ReplicaError) -> Int? {
    guard ring != nil else { return nil }
    return try read { try $0.row("SELECT count(*) AS n FROM record WHERE key IS NULL")?["n"] }
  }

  /// Keeps the current copy of the key ring at a path from now on, if there is a ring.
  public func keepKeyRingCopy(at path: String) throws(ReplicaError) { try ring?.keepCopy(at: path) }

  /// Where copies of the key ring are kept, each beside a folder's backups.
  public func keyRingCopies() throws(ReplicaError) -> [String] { try ring?.copies() ?? [] }

  /// Copies of the key ring that still hold keys which were destroyed: they could not be reached since.
  public func staleKeyRingCopies() throws(ReplicaError) -> [String] {
    ring?.refreshCopies()
    return try ring?.staleCopies() ?? []
  }

  /// Whether a copy of a replica holds sealed values, for which its key ring is needed.
  public static func isSealed(copy path: String) throws(ReplicaError) -> Bool {
    do {
      let copy = try DatabaseQueue(path: path)
      defer { try? copy.close() }
      return try copy.read { db in
        try Int64.fetchOne(
          db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [Store.nextDataKey]) != nil
      }
    } catch {
      throw .wrapped(error, in: path)
    }
  }

  /// Makes the key ring beside a restored replica from the newest copy of it. The ring may know of erasures that
  /// the replica is older than.
  public static func restoreKeyRing(
    from copy: String, to ring: String, beside replica: String
  ) throws(ReplicaError) {
    do {
      let queue = try DatabaseQueue(path: replica)
      defer { try? queue.close() }
      let known = try queue.read { db in
        try Int64.fetchOne(
          db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [Store.destructions])
      }
      let last = try KeyRing.restore(copy, to: ring, destructions: (known ?? 0) + 1)
      try queue.write { db in
        try db.execute(
          sql: """
            INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, arguments: [Store.nextDataKey, last + 1])
      }
    } catch {
      throw .wrapped(error, in: replica)
    }
  }

  /// Where the ring knows of more erasures than the replica, as after a restore or a kill: what was erased can be
  /// read no more and stands nowhere, so that all is derived anew, once.
  func goOnAfterRestore() throws(ReplicaError) {
    guard let ring else { return }
    let destroyed = try ring.destructions()
    guard try read({ try $0.number(Store.destructions) }) != destroyed else { return }
    _ = try rebuild()
    try write { store in
      try store.destroySpentKeys()
      try store.setNumber(Store.destructions, to: ring.destructions())
    }
  }

  /// Destroys the keys of what was erased, where that could not be done at once.
  /// - Throws: `ReplicaError` where it still cannot: then nobody was told of the erasure yet.
  public func finishErasures() throws(ReplicaError) { try write { try $0.destroySpentKeys() } }

  /// How many keys of what was erased are still to be destroyed, as the key ring could not be written.
  public func unfinishedErasures() throws(ReplicaError) -> Int {
    try read { try $0.spentKeys().count }
  }
}
