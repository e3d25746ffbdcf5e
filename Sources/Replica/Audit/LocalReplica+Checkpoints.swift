import Agreements
import FoundationEssentials
import GRDB
public import Records
public import SyncProtocol

/// Two checkpoints of one node that no audit which only grows can have been at.
public struct RewrittenAudit: Hashable, Sendable {
  public let node: NodeName
  public let first: AuditCheckpoint
  public let second: AuditCheckpoint
  public let foundAt: Instant
}

/// A checkpoint of a peer's audit, and when it came.
public struct HeldCheckpoint: Hashable, Sendable {
  public let checkpoint: AuditCheckpoint
  public let receivedAt: Instant
}

/// Signed words on how far audits have come: this node's own, and those that peers hold of each other.
extension LocalReplica {
  /// After how many entries, and after how many milliseconds, the next checkpoint is signed.
  public static let auditCheckpointEvery = (entries: Int64(1_000), milliseconds: Int64(600_000))

  /// Signs how far the audit has come, where that is due.
  /// - Parameter isNow: whether it is due in any case.
  /// - Returns: the latest checkpoint; nothing while there is no entry.
  /// - Throws: `ReplicaError.storage`.
  @discardableResult
  public func signAudit(
    with key: SigningKey, now: Instant, isNow: Bool = false
  ) throws(ReplicaError) -> AuditCheckpoint? {
    let isDue = try read { try isNow || $0.isCheckpointDue(key.publicKey, now: now, isNow: false) }
    guard isDue else { return try read { try $0.ownCheckpoint() } }
    return try write { store in
      guard try store.isCheckpointDue(key.publicKey, now: now, isNow: isNow),
        let last = try store.auditHead()
      else { return try store.ownCheckpoint() }
      // A clock that was set back must not make this node's audit look rewritten.
      let time = max(now, try store.ownCheckpoint()?.at ?? now)
      let checkpoint = try AuditCheckpoint(
        of: store.me, count: UInt64(clamping: last.sequence), head: last.head, at: time,
        signedBy: key)
      try store.run(
        "INSERT OR REPLACE INTO audit_checkpoint VALUES (?, ?, ?, ?, ?)",
        [
          last.sequence, checkpoint.head.bytes, time.milliseconds, checkpoint.key.bytes,
          checkpoint.signature,
        ])
      return checkpoint
    }
  }

  /// What this node tells a peer of its audit, and of the peer's.
  /// - Throws: `ReplicaError.storage`.
  public func auditExchange(with peer: NodeName) throws(ReplicaError) -> AuditExchange {
    try read { store in
      AuditExchange(
        mine: try store.ownCheckpoint(),
        yours: try store.row(
          "SELECT * FROM peer_checkpoint WHERE node = ? ORDER BY count DESC LIMIT 1",
          [peer.description]
        ).flatMap { try AuditCheckpoint($0, of: peer) })
    }
  }

  /// Keeps what a peer says. The link has checked that its own checkpoint is signed by it.
  /// - Returns: proof that the peer's audit was rewritten, or set back, where this says so for the first
  ///   time.
  /// - Throws: `ReplicaError.storage`.
  @discardableResult
  public func keep(
    _ exchange: AuditExchange, from peer: NodeName, now: Instant
  ) throws(ReplicaError) -> RewrittenAudit? {
    try write { store in
      if let yours = exchange.yours, yours.holds, store.ownKeys().contains(yours.key) {
        try store.keep(told: yours, by: peer, now: now)
      }
      return try exchange.mine.flatMap { try store.keep($0, now: now) }
    }
  }

  /// The checkpoints that are held of peers' audits, by node, oldest first.
  /// - Throws: `ReplicaError.storage`.
  public func heldCheckpoints() throws(ReplicaError) -> [HeldCheckpoint] {
    try read { try $0.checkpoints(in: "peer_checkpoint") }
  }

  /// What peers say that they hold of this node's audit, by peer.
  /// - Throws: `ReplicaError.storage`.
  public func toldCheckpoints() throws(ReplicaError) -> [(peer: NodeName, held: HeldCheckpoint)] {
    try read { try $0.told() }
  }

  /// Proof that peers' audits were rewritten or set back, oldest first.
  /// - Throws: `ReplicaError.storage`.
  public func rewrittenAudits() throws(ReplicaError) -> [RewrittenAudit] {
    try read { store in
      try store.rows("SELECT * FROM rewritten_audit ORDER BY found_at, node").compactMap { row in
        guard let node = NodeName(row["node"] as String),
          let first = try AuditCheckpoint(row, of: node),
          let second = try AuditCheckpoint(row, of: node, prefix: "other_")
        else { return nil }
        return RewrittenAudit(
          node: node, first: first, second: second,
          foundAt: Instant(milliseconds: row["found_at"]))
      }
    }
  }
}

extension Store {
  fileprivate func isCheckpointDue(_ key: VerifyingKey, now: Instant, isNow: Bool) throws -> Bool {
    guard let last = try auditHead() else { return false }
    guard let known = try ownCheckpoint() else { return true }
    let further = last.sequence - Int64(clamping: known.count)
    // A new key vouches anew: peers know no other any more.
    if known.key != key { return true }
    guard further > 0 else { return false }
    let every = LocalReplica.auditCheckpointEvery
    return isNow || further >= every.entries
      || now.milliseconds - known.at.milliseconds >= every.milliseconds
  }

  func ownCheckpoint() throws -> AuditCheckpoint? {
    try row("SELECT * FROM audit_checkpoint ORDER BY count DESC LIMIT 1").flatMap {
      try AuditCheckpoint($0, of: me)
    }
  }

  func ownCheckpoints() throws -> [AuditCheckpoint] {
    try rows("SELECT * FROM audit_checkpoint ORDER BY count").compactMap {
      try AuditCheckpoint($0, of: me)
    }
  }

  /// The keys with which this node may have signed: by all that it ever agreed to.
  func ownKeys() -> Set<VerifyingKey> {
    var keys = partnership.signingKeys(of: me.agency)
    let devices = partnership.devices[me.agency] ?? Devices()
    keys.formUnion(devices.delegations.filter { $0.node == me }.map(\.key))
    return keys
  }

  func told() throws -> [(peer: NodeName, held: HeldCheckpoint)] {
    try rows("SELECT * FROM told_checkpoint ORDER BY node").compactMap { row in
      guard let peer = NodeName(row["node"] as String),
        let checkpoint = try AuditCheckpoint(row, of: me)
      else { return nil }
      let time = Instant(milliseconds: row["received_at"])
      return (peer, HeldCheckpoint(checkpoint: checkpoint, receivedAt: time))
    }
  }

  fileprivate func checkpoints(in table: String) throws -> [HeldCheckpoint] {
    try rows("SELECT * FROM \(table) ORDER BY node, count").compactMap { row in
      guard let node = NodeName(row["node"] as String),
        let checkpoint = try AuditCheckpoint(row, of: node)
      else { return nil }
      return HeldCheckpoint(
        checkpoint: checkpoint, receivedAt: Instant(milliseconds: row["received_at"]))
    }
  }

  fileprivate func keep(told checkpoint: AuditCheckpoint, by peer: NodeName, now: Instant) throws {
    try run(
      """
      INSERT INTO told_checkpoint VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (node) DO UPDATE SET
      count = excluded.count, head = excluded.head, at = excluded.at, key = excluded.key,
      signature = excluded.signature, received_at = excluded.received_at
      WHERE excluded.count > count
      """, [peer.description] + checkpoint.columns + [now.milliseconds])
  }

  fileprivate func keep(_ checkpoint: AuditCheckpoint, now: Instant) throws -> RewrittenAudit? {
    let node = checkpoint.node
    let held = try rows(
      "SELECT * FROM peer_checkpoint WHERE node = ? ORDER BY count", [node.description]
    ).compactMap { try AuditCheckpoint($0, of: node) }
    if let other = held.last(where: { $0.contradicts(checkpoint) }) {
      return try keep(other, against: checkpoint, now: now)
    }
    guard !held.contains(where: { $0.count == checkpoint.count }) else { return nil }
    try run(
      "INSERT INTO peer_checkpoint VALUES (?, ?, ?, ?, ?, ?, ?)",
      [node.description] + checkpoint.columns + [now.milliseconds])
    // Of older ones one a day stays: a rewritten day shows, and nobody fills this node up.
    let newest = (held + [checkpoint]).sorted { $0.count < $1.count }.suffix(3)
    if newest.count == 3, let first = newest.first, let last = newest.last,
      last.at.milliseconds - first.at.milliseconds < Self.day
    {
      try run(
        "DELETE FROM peer_checkpoint WHERE node = ? AND count = ?",
        [node.description, Int64(clamping: newest[newest.startIndex + 1].count)])
    }
    return nil
  }

  private static let day: Int64 = 86_400_000

  private func keep(
    _ first: AuditCheckpoint, against second: AuditCheckpoint, now: Instant
  ) throws -> RewrittenAudit? {
    let node = first.node.description
    // The first proof says it all: a node that was set back contradicts itself with every entry.
    guard try !exists("SELECT 1 FROM rewritten_audit WHERE node = ?", [node]) else { return nil }
    try run(
      "INSERT INTO rewritten_audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      [node] + first.columns + second.columns + [now.milliseconds])
    return RewrittenAudit(node: first.node, first: first, second: second, foundAt: now)
  }
}

extension AuditCheckpoint {
  fileprivate init?(_ row: Row, of node: NodeName, prefix: String = "") throws {
    guard let key = VerifyingKey(row["\(prefix)key"] as Data) else { return nil }
    self.init(
      node: node, count: UInt64(clamping: row["\(prefix)count"] as Int64),
      head: try row.id("\(prefix)head"), at: Instant(milliseconds: row["\(prefix)at"]), key: key,
      signature: row["\(prefix)signature"])
  }

  fileprivate var columns: StatementArguments {
    [Int64(clamping: count), head.bytes, at.milliseconds, key.bytes, signature]
  }
}
