import Agreements
public import FoundationEssentials
public import Records

/// What two nodes say to each other, one message in each frame.
public enum LinkMessage: Hashable, Sendable {
  case hello(Hello)
  case batch(Batch)
  case ack(Ack)
  case probe(UInt64)
  case probeReply(UInt64)
  case ping(UInt64)
  case pong(UInt64)
  case goodbye(String)
  case reconcile(Reconcile)
  case want(Want)
  /// How far audits have come.
  case audit(AuditWord)
  /// A kind that a later minor version knows; it is ignored.
  case unknown
}

/// The first message in each direction.
public struct Hello: Hashable, Sendable {
  /// The protocol version that this code speaks. Nodes with different major versions part.
  public static let version = (major: UInt32(1), minor: UInt32(2))
  /// The first minor version that knows delegations, revocations and admissions.
  public static let minorWithDevices: UInt32 = 1
  /// The first minor version that knows rotations.
  public static let minorWithRotations: UInt32 = 2

  public var major = Hello.version.major
  public var minor = Hello.version.minor
  public let federation: String
  public let node: NodeName
  public let clock: Instant
  /// Digests of the agreement versions in use.
  public let agreements: [Digest]
  /// Where the speaker's own stream stands; nothing before it ever sent.
  public let sending: StreamPosition?
  /// How much of the listener's stream the speaker has made durable.
  public let received: StreamPosition?
  /// The listener's signature over `received`, from the batch that ended there; empty without one.
  public let receivedSignature: Data
  /// Bytes of unacknowledged batches that the speaker is willing to be sent.
  public let window: UInt64

  /// Puts a hello together.
  public init(
    federation: String, node: NodeName, clock: Instant, agreements: [Digest],
    sending: StreamPosition?, received: StreamPosition?, receivedSignature: Data = Data(),
    window: UInt64
  ) {
    self.federation = federation
    self.node = node
    self.clock = clock
    self.agreements = agreements
    self.sending = sending
    self.received = received
    self.receivedSignature = receivedSignature
    self.window = window
  }
}

/// Consecutive entries of one stream, with the signed head after the last of them.
public struct Batch: Hashable, Sendable {
  public let epoch: Epoch
  public let firstSequence: UInt64
  public let entries: [Entry]
  public let head: Digest
  public let signature: Data

  /// Bytes that count against the window.
  public var cost: Int { entries.reduce(Limits.Link.batchCost) { $0 + $1.cost } }

  /// Puts a batch together.
  public init(
    epoch: Epoch, firstSequence: UInt64, entries: [Entry], head: Digest, signature: Data
  ) {
    self.epoch = epoch
    self.firstSequence = firstSequence
    self.entries = entries
    self.head = head
    self.signature = signature
  }
}

/// "Everything up to here is durable with me."
public struct Ack: Hashable, Sendable {
  public let position: StreamPosition
  public let signature: Data
  public let refusals: [Refusal]

  /// Puts an acknowledgement together.
  public init(position: StreamPosition, signature: Data, refusals: [Refusal]) {
    self.position = position
    self.signature = signature
    self.refusals = refusals
  }
}

/// What a receiver kept aside and did not apply, told to the sender.
public struct Refusal: Hashable, Sendable {
  public let sequence: UInt64
  public let change: ChangeID
  /// A code, as `bad-signature`; never a value.
  public let reason: String

  /// States a refusal.
  public init(sequence: UInt64, change: ChangeID, reason: String) {
    self.sequence = sequence
    self.change = change
    self.reason = reason
  }
}
