public import Records
public import Replica

/// One whole node without sockets or tasks: the real replica and the real link machine, on a clock
/// and a randomness that are passed in.
public final class SimulatedNode {
  public let replica: LocalReplica
  public let key: SigningKey
  public let federation: String
  /// The node's wall clock, which the simulation moves.
  public var now: Instant

  /// A node over a replica.
  public init(replica: LocalReplica, key: SigningKey, federation: String, now: Instant) {
    self.replica = replica
    self.key = key
    self.federation = federation
    self.now = now
  }

  /// The node's name.
  public var name: NodeName { replica.me }

  /// Writes edits as a person of this agency.
  /// - Throws: `ReplicaError`.
  public func put(
    _ edits: [Edit], using generator: inout some RandomNumberGenerator
  ) throws -> [ChangeID] {
    var signer = Signer(key: key, now: now, generator: generator)
    defer { generator = signer.generator }
    return try replica.put(edits, &signer)
  }
}
