import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// A stream to a peer, as it is stored.
struct OutgoingPosition {
  var last: StreamPosition
  var acknowledged: StreamPosition
  /// The last opening of the log that was looked at for this peer.
  var cursor: Int64
  /// What was agreed when the log was looked at: where that changes, it is looked at again.
  var terms: Data
}

extension Store {
  func received(from peer: NodeName) throws -> StreamPosition? {
    guard let row = try row("SELECT * FROM link_in WHERE peer = ?", [peer.description]) else {
      return nil
    }
    return StreamPosition(
      epoch: try row.id("epoch"), sequence: UInt64(clamping: row["sequence"] as Int64),
      head: try row.id("head"))
  }

  /// The peer's signature over the head that was received last: shown to it, it proves what it sent.
  func receivedSignature(from peer: NodeName) throws -> Data? {
    try row("SELECT signature FROM link_in WHERE peer = ?", [peer.description])?["signature"]
  }

  func setReceived(
    _ position: StreamPosition, signature: Data, from peer: NodeName
  ) throws {
    try run(
      """
      INSERT INTO link_in VALUES (?, ?, ?, ?, ?) ON CONFLICT (peer) DO UPDATE SET
      epoch = excluded.epoch, sequence = excluded.sequence, head = excluded.head,
      signature = excluded.signature
      WHERE epoch <> excluded.epoch OR sequence < excluded.sequence
      """,
      [
        peer.description, position.epoch.bytes, Int64(clamping: position.sequence),
        position.head.bytes, signature,
      ])
  }

  func sending(to peer: NodeName) throws -> OutgoingPosition? {
    let found = try row(
      """
      SELECT epoch, sequence, head, acknowledged, acknowledged_head, cursor, terms
      FROM link_out WHERE peer = ?
      """, [peer.description])
    guard let row = found else { return nil }
    let epoch: Epoch = try row.id(at: 0)
    return OutgoingPosition(
      last: StreamPosition(
        epoch: epoch, sequence: UInt64(clamping: row[1] as Int64), head: try row.id(at: 2)),
      acknowledged: StreamPosition(
        epoch: epoch, sequence: UInt64(clamping: row[3] as Int64), head: try row.id(at: 4)),
      cursor: row[5], terms: row[6])
  }

  func setSending(_ position: OutgoingPosition, to peer: NodeName) throws {
    memory.peers = nil
    try run(
      """
      INSERT INTO link_out
      (peer, epoch, sequence, head, acknowledged, acknowledged_head, cursor, terms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (peer) DO UPDATE SET
      epoch = excluded.epoch, sequence = excluded.sequence, head = excluded.head,
      acknowledged = excluded.acknowledged, acknowledged_head = excluded.acknowledged_head,
      cursor = excluded.cursor, terms = excluded.terms
      """,
      [
        peer.description, position.last.epoch.bytes, Int64(clamping: position.last.sequence),
        position.last.head.bytes, Int64(clamping: position.acknowledged.sequence),
        position.acknowledged.head.bytes, position.cursor, position.terms,
      ])
  }

  /// Moves a peer's cursor past what it has just sent, where it has looked at all that was here before: of that
  /// nothing goes back to it, and looking at each change again would find only that.
  /// - Parameter changes: how many were appended since that position, all of them new and from this peer.
  func passOver(from position: Int64, by changes: Int, for peer: NodeName) throws {
    let end = try lastPosition()
    guard end == position + Int64(changes) else { return }
    try run(
      "UPDATE link_out SET cursor = ? WHERE peer = ? AND cursor = ?",
      [end, peer.description, position])
  }

  /// Whether the stream to a peer has still to be compared, since it could not be matched once. The
  /// connection on which that was begun may have been cut.
  func mustReconcile(with peer: NodeName) throws -> Bool {
    try exists(
      "SELECT 1 FROM link_out WHERE peer = ? AND must_reconcile = 1", [peer.description])
  }

  func setMustReconcile(_ must: Bool, with peer: NodeName) throws {
    try run(
      "UPDATE link_out SET must_reconcile = ? WHERE peer = ?", [must, peer.description])
  }

  /// Whether a position that the peer names is one of this stream's, from the acknowledged one on.
  func isKnown(_ position: StreamPosition, of sending: OutgoingPosition, to peer: NodeName) throws
    -> Bool
  {
    if position == sending.acknowledged || position == sending.last { return true }
    guard position.epoch == sending.last.epoch else { return false }
    return try exists(
      "SELECT 1 FROM outgoing WHERE peer = ? AND sequence = ? AND head = ?",
      [peer.description, Int64(clamping: position.sequence), position.head.bytes])
  }
}
