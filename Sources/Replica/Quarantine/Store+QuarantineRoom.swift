import FoundationEssentials
import GRDB
public import Records
import SyncProtocol

/// How much may still be kept aside of one peer.
struct QuarantineRoom {
  var rows: Int
  var bytes: Int
  /// Write ids that are remembered for comparisons.
  var writes: Int

  func holds(_ entry: Data, writes count: Int) -> Bool {
    rows > 0 && bytes >= entry.count && writes >= count
  }

  mutating func take(_ entry: Data, writes count: Int) {
    rows -= 1
    bytes -= entry.count
    writes -= count
  }

  mutating func giveBack(_ entry: Data, writes count: Int) {
    rows += 1
    bytes += entry.count
    writes += count
  }
}

extension Refusal {
  /// Nothing of the change was kept: it may come again with the next connection.
  static let quarantineFull = "quarantine-full"
}

extension Store {
  func quarantineRoom(of peer: NodeName, within limits: ReplicaLimits) throws -> QuarantineRoom {
    let name = peer.description
    let kept = try row(
      """
      SELECT count(*) AS n, coalesce(sum(length(entry)), 0) AS bytes FROM quarantine
      WHERE peer = ?
      """, [name])
    let writes = try row("SELECT count(*) AS n FROM set_aside WHERE peer = ?", [name])
    return QuarantineRoom(
      rows: limits.quarantineRows - (kept?["n"] ?? 0),
      bytes: limits.quarantineBytes - (kept?["bytes"] ?? 0),
      writes: Limits.Storage.asideWrites - (writes?["n"] ?? 0))
  }

  /// Counts what there was no room to keep.
  func countOverflow(of peer: NodeName, now: Instant) throws {
    try run(
      """
      INSERT INTO quarantine_overflow VALUES (?1, 1, ?2, ?2) ON CONFLICT (peer) DO UPDATE SET
      changes = changes + 1, last = max(last, excluded.last)
      """, [peer.description, now.milliseconds])
  }
}

/// What a peer sent that would have been kept aside, had there been room.
public struct QuarantineOverflow: Hashable, Sendable {
  public let peer: NodeName
  /// How many times; the same change may have come more than once.
  public let changes: Int
  public let since: Instant
  public let last: Instant
}

extension LocalReplica {
  /// The peers of which more was set aside than is kept, by name.
  public func quarantineOverflow() throws(ReplicaError) -> [QuarantineOverflow] {
    try read { store in
      try store.rows("SELECT * FROM quarantine_overflow ORDER BY peer").compactMap { row in
        guard let peer = NodeName(row["peer"]) else { return nil }
        return QuarantineOverflow(
          peer: peer, changes: row["changes"], since: Instant(milliseconds: row["since"]),
          last: Instant(milliseconds: row["last"]))
      }
    }
  }

  /// Makes room again after a flood: what was set aside of a peer and can never be applied goes,
  /// signed headers included, and the counter with it. What is held for later stays.
  /// - Returns: how many entries went.
  public func clearQuarantine(of peer: NodeName) throws(ReplicaError) -> Int {
    try write { store in
      try store.run(
        "DELETE FROM quarantine WHERE peer = ? AND is_held = 0", [peer.description])
      let count = store.db.changesCount
      try store.run("DELETE FROM quarantine_overflow WHERE peer = ?", [peer.description])
      return count
    }
  }
}
