import FoundationEssentials
public import Records
public import SyncProtocol

/// A peer that holds a valid certificate and key and keeps to no other rule: it sends whatever
/// entries it is told to, in batches that are chained and signed as they should be.
public struct HostilePeer<Generator: RandomNumberGenerator> {
  private var victim: SimulatedEnd
  private let stream: StreamName
  private let key: SigningKey
  /// Up to where this peer has sent.
  public private(set) var position: StreamPosition
  private var generator: Generator

  /// Connects to a victim under a name, with that agency's key.
  /// - Parameter received: how much of the victim's stream it claims to have.
  /// - Throws: `ReplicaError`.
  public init(
    named name: NodeName, key: SigningKey, against node: SimulatedNode,
    claiming received: StreamPosition? = nil, generator: Generator
  ) throws {
    self.key = key
    self.generator = generator
    stream = StreamName(from: name, to: node.name)
    position = stream.start(of: Epoch(using: &self.generator))
    victim = try SimulatedEnd(at: node, towards: name, keys: [key.publicKey])
    try victim.open(using: &self.generator)
    let hello = Hello(
      federation: node.federation, node: name, clock: node.now, agreements: [], sending: nil,
      received: received, receivedSignature: Data(count: 64), window: LinkLimits().windowBytes)
    try victim.handle(.received(.hello(hello)), using: &self.generator)
  }

  /// Why the victim closed the link, where it did.
  public var failure: LinkFailure? { victim.failure }

  /// What the victim reported as kept aside.
  public var refusals: [Refusal] {
    victim.sent.flatMap { message in
      guard case .ack(let ack) = message else { return [Refusal]() }
      return ack.refusals
    }
  }

  /// All that the victim has sent so far.
  public var received: [LinkMessage] { victim.sent }

  /// Sends another batch under the sequence numbers of the one before.
  /// - Throws: `ReplicaError`.
  public mutating func fork(_ entries: [Entry], from earlier: StreamPosition) throws {
    position = earlier
    try send(entries)
  }

  /// Sends entries in one batch.
  /// - Parameter spoil: may change the batch after it was put together and signed.
  /// - Throws: `ReplicaError`.
  public mutating func send(
    _ entries: [Entry], spoil: (Batch) -> Batch = { $0 }
  ) throws {
    let first = position.sequence + 1
    for entry in entries { position = stream.position(after: position, entry: entry.digest) }
    let batch = Batch(
      epoch: position.epoch, firstSequence: first, entries: entries, head: position.head,
      signature: try key.sign(stream.sentMessage(position)))
    try send(.batch(spoil(batch)))
  }

  /// Sends any message.
  /// - Throws: `ReplicaError`.
  public mutating func send(_ message: LinkMessage) throws {
    try victim.handle(.received(message), using: &generator)
  }
}
