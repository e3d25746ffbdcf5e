import FoundationEssentials
import GRDB
public import Records
import SyncProtocol

/// Why a record, and what refers to it, may not be erased for now.
public struct Hold: Hashable, Sendable {
  public let record: RecordID
  public let reason: String
  public let person: String
  public let at: Instant
  /// When, by whom and why it was released; nothing while it stands.
  public let release: Release?

  /// The end of a hold.
  public struct Release: Hashable, Sendable {
    public let at: Instant
    public let person: String
    public let reason: String
  }
}

/// Legal hold: while it stands nothing of a record is erased here, whoever asks for it.
extension LocalReplica {
  /// Puts a record, and all that refers to it, under a hold.
  /// - Throws: `ReplicaError.notFound`.
  public func hold(
    _ record: RecordID, reason: String, by actor: Edit.Actor, now: Instant
  ) throws(ReplicaError) {
    try write { store in
      guard try store.isShown(record) else { throw ReplicaError.notFound(record) }
      try store.run(
        "INSERT INTO hold (record, reason, person, at) VALUES (?, ?, ?, ?)",
        [record.bytes, reason, actor.account, now.milliseconds])
      try store.audit([
        AuditEntry(
          at: now, account: actor.account, role: actor.role, action: "held", record: record,
          detail: reason)
      ])
    }
  }

  /// Releases all holds on a record. What peers took back meanwhile is erased now, and confirmed.
  /// - Returns: how many values were erased.
  /// - Throws: `ReplicaError.noHold`.
  public func releaseHold(
    _ record: RecordID, reason: String, by actor: Edit.Actor, now: Instant
  ) throws(ReplicaError) -> Int {
    try write { store in
      try store.run(
        """
        UPDATE hold SET released_at = ?, released_by = ?, release_reason = ?
        WHERE record = ? AND released_at IS NULL
        """, [now.milliseconds, actor.account, reason, record.bytes])
      guard store.db.changesCount > 0 else { throw ReplicaError.noHold(record) }
      let erased = try store.eraseReleased()
      try store.audit([
        AuditEntry(
          at: now, account: actor.account, role: actor.role, action: "released", record: record,
          detail: "\(reason); \(erased) values that had been taken back were erased")
      ])
      return erased
    }
  }

  /// All holds, those that were released too, oldest first.
  /// - Throws: `ReplicaError.storage`.
  public func holds() throws(ReplicaError) -> [Hold] {
    try read { store in
      try store.rows("SELECT * FROM hold ORDER BY id").map { row in
        let released: Int64? = row["released_at"]
        return Hold(
          record: try row.id("record"), reason: row["reason"], person: row["person"],
          at: Instant(milliseconds: row["at"]),
          release: released.map {
            Hold.Release(
              at: Instant(milliseconds: $0), person: row["released_by"],
              reason: row["release_reason"])
          })
      }
    }
  }

  /// Whether a hold keeps a record from being erased.
  /// - Throws: `ReplicaError.storage`.
  public func isOnHold(_ record: RecordID) throws(ReplicaError) -> Bool {
    try read { try $0.isOnHold(record) }
  }
}

extension Store {
  /// Whether a record, or one that it leads to, is under a hold: a hold on a child keeps its notifications,
  /// and what was answered to them.
  func isOnHold(_ record: RecordID) throws -> Bool {
    guard try exists("SELECT 1 FROM hold WHERE released_at IS NULL LIMIT 1", []) else {
      return false
    }
    var (seen, edge): (Set<RecordID>, [RecordID]) = ([record], [record])
    for _ in 0...Self.holdReach where !edge.isEmpty {
      var next: [RecordID] = []
      for record in edge {
        if try exists(
          "SELECT 1 FROM hold WHERE record = ? AND released_at IS NULL", [record.bytes])
        {
          return true
        }
        for row in try rows("SELECT DISTINCT target FROM mention WHERE record = ?", [record.bytes])
        {
          let target: RecordID = try row.id("target")
          if seen.insert(target).inserted { next.append(target) }
        }
      }
      edge = next
    }
    return false
  }

  /// A response leads to its notification, and that to its child.
  private static let holdReach = 3

  fileprivate func eraseReleased() throws -> Int {
    var erased = 0
    for row in try rows("SELECT DISTINCT change, place FROM owed_receipt") {
      guard let logged = try loggedChange(row["change"])?.write(at: row["place"]),
        try !isOnHold(logged.header.record), try !isHeld(logged)
      else { continue }
      if try erase(logged, basis: .retracted) { erased += 1 }
    }
    return erased
  }
}
