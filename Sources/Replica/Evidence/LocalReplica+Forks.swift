public import FoundationEssentials
import GRDB
public import Records
public import SyncProtocol

/// A stream that a peer has signed in two ways.
public struct ForkEntry: Hashable, Sendable {
  /// The proof: whoever has it can check it without this node.
  public let fork: StreamFork
  public let foundAt: Instant

  /// Who signed two streams, and to whom.
  public var sender: NodeName { fork.stream.sender }
  public var receiver: NodeName { fork.stream.receiver }
  /// The first number known to have two heads.
  public var sequence: UInt64 { fork.first.sequence }
  public var heads: [Digest] { [fork.first.head, fork.secondHead] }
  /// `StreamFork` as it is encoded.
  public var proof: Data { fork.encoded() }
}

extension LocalReplica {
  /// Keeps proof that a peer forked its stream: one for each sequence number.
  public func keep(_ fork: StreamFork, now: Instant) throws(ReplicaError) {
    try write { store in
      let peer = fork.stream.sender.description
      let kept = try store.row(
        "SELECT count(*) AS n FROM forked_stream WHERE peer = ?", [peer])
      guard kept?["n"] ?? 0 < Limits.Storage.evidence else { return }
      try store.run(
        "INSERT INTO forked_stream VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
          peer, fork.first.epoch.bytes, Int64(clamping: fork.first.sequence), fork.encoded(),
          now.milliseconds,
        ])
    }
  }

  /// Proof of forked streams that is here, oldest first.
  public func forks() throws(ReplicaError) -> [ForkEntry] {
    try read { store in
      try store.rows("SELECT * FROM forked_stream ORDER BY found_at, peer, sequence")
        .compactMap { row in
          guard let fork = try? StreamFork(encoded: row["evidence"]) else { return nil }
          return ForkEntry(fork: fork, foundAt: Instant(milliseconds: row["found_at"]))
        }
    }
  }
}
