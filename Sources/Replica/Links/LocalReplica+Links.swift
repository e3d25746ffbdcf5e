import Agreements
import FoundationEssentials
import GRDB
public import Records
public import SyncProtocol

extension LocalReplica {
  /// What this node says first to a peer.
  public func hello(
    to peer: NodeName, federation: String, window: UInt64, now: Instant
  ) throws(ReplicaError) -> Hello {
    try read { store in
      let digests = store.partnership.terms(at: now).map(\.agreement.digest).sorted()
      return Hello(
        federation: federation, node: store.me, clock: now, agreements: digests,
        sending: try store.sending(to: peer)?.last, received: try store.received(from: peer),
        window: window)
    }
  }

  /// Matches the stored positions with what a peer's hello says, and starts a new epoch where they
  /// do not match: then all that the peer may see is sent again, which it takes in idempotently.
  public func resume(
    _ hello: Hello, from peer: NodeName, using generator: inout some RandomNumberGenerator
  ) throws(ReplicaError) -> LinkPositions {
    let epoch = Epoch(using: &generator)
    return try write { store in
      let received = try store.received(from: peer)
      if let sending = try store.sending(to: peer) {
        let nothingYet = hello.received == nil && sending.last.sequence == 0
        if nothingYet { return LinkPositions(acknowledged: sending.last, received: received) }
        if let position = hello.received,
          try store.isKnown(position, of: sending, to: peer)
        {
          try store.acknowledge(position, by: peer)
          return LinkPositions(acknowledged: position, received: received)
        }
      }
      let start = StreamName(from: store.me, to: peer).start(of: epoch)
      try store.forgetSending(to: peer)
      try store.setSending(
        OutgoingPosition(last: start, acknowledged: start, cursor: 0, terms: Data()), to: peer)
      return LinkPositions(acknowledged: start, received: received)
    }
  }

  /// Notes that a peer has made everything up to a position durable.
  public func acknowledged(
    _ position: StreamPosition, by peer: NodeName, now: Instant
  ) throws(ReplicaError) {
    try write { store in
      try store.acknowledge(position, by: peer)
      try store.noteSync(with: peer, at: now)
    }
  }

  /// Notes that this node and a peer had nothing more for each other.
  public func synced(with peer: NodeName, now: Instant) throws(ReplicaError) {
    try write { try $0.noteSync(with: peer, at: now) }
  }
}

extension Store {
  func acknowledge(_ position: StreamPosition, by peer: NodeName) throws {
    guard var sending = try sending(to: peer), position.epoch == sending.last.epoch,
      position.sequence >= sending.acknowledged.sequence
    else { return }
    sending.acknowledged = position
    try setSending(sending, to: peer)
    try run(
      "DELETE FROM outgoing WHERE peer = ? AND sequence <= ?",
      [peer.description, Int64(clamping: position.sequence)])
  }

  fileprivate func noteSync(with peer: NodeName, at now: Instant) throws {
    try run(
      "UPDATE link_out SET last_sync = max(coalesce(last_sync, 0), ?) WHERE peer = ?",
      [now.milliseconds, peer.description])
  }

  fileprivate func forgetSending(to peer: NodeName) throws {
    for table in ["outgoing", "sent_document", "backfill"] {
      try run("DELETE FROM \(table) WHERE peer = ?", [peer.description])
    }
  }
}
