public import FoundationEssentials
import Records

/// What happens to a link.
public enum LinkEvent: Sendable {
  /// The transport is open and the peer's certificate has been checked.
  case opened(Hello)
  case received(LinkMessage)
  /// Both streams' positions have been matched with what the peer's hello says.
  case resumed(LinkPositions)
  /// What is to be sent next has been persisted; nothing where there is nothing to send.
  case prepared(PreparedBatch?)
  /// A batch is durable here.
  case applied(StreamPosition, refusals: [Refusal])
  /// Something was committed that this peer may have to hear of.
  case changed
  /// Somebody wants to know when both sides are quiet.
  case probe(UInt64)
  /// Somebody wants this node's stream, or the peer's, compared.
  case compare(isOfMine: Bool)
  /// This side's items of a stream are summed up: the peer is to be asked about them.
  case reconcile(Reconciliation)
  /// The items that a reconciliation has to know, in the order of the spans.
  case listed([[ReconciliationItem]])
  /// The answer to the peer's question.
  case answered(Reconcile)
  /// What the last reconciliation found has been taken in; these are wanted from the peer.
  case reconciled([Want])
  /// The peer is to be told how far this node's audit has come.
  case audit(AuditExchange)
  /// Time goes on.
  case tick
  case close(LinkFailure)
}

/// What a link wants done. Effects are carried out in their order.
public enum LinkEffect: Sendable {
  case send(LinkMessage)
  /// Match the stored positions with the peer's hello, then report `.resumed`.
  case resume(Hello)
  /// Persist the next entries for this peer, at most this many bytes, then report `.prepared`.
  case prepare(bytes: Int)
  /// Make this batch durable, then report `.applied`.
  case apply(CheckedBatch)
  /// The peer has made everything up to here durable.
  case acknowledged(StreamPosition, refusals: [Refusal])
  /// Hellos are exchanged and positions matched.
  case established
  /// Both sides are quiet; answers `.probe`.
  case quiet(UInt64)
  /// The peer has told all that this node had lost.
  case relearned
  /// Sum up this side's items of its own stream or the peer's, then report `.reconcile`.
  case reconcile(isOfMine: Bool)
  /// List this side's items with stamps of these spans, of the stream that is compared, then report `.listed`.
  case list([StampSpan], isOfMine: Bool)
  /// Answer the peer's question, then report `.answered`.
  case answer(Reconcile)
  /// A reconciliation has come to its end: note what it found, then report `.reconciled`.
  case reconciled(Reconciliation)
  /// The peer wants these again, where it may have them; then report `.changed`.
  case want(Want)
  /// Keep what the peer says of its audit, and of this node's.
  case audited(AuditExchange)
  /// Keep the proof that the peer signed two streams.
  case keep(StreamFork)
  case close(LinkFailure)
}

/// Where both streams go on from.
public struct LinkPositions: Hashable, Sendable {
  /// The last entry of this node's stream that the peer has made durable.
  public let acknowledged: StreamPosition
  /// The last entry of the peer's stream that is durable here.
  public let received: StreamPosition?
  /// The peer's signature over that, from the batch that ended there.
  public let receivedSignature: Data?
  /// Whether this node's stream could not be matched with what the peer has of it.
  public let mustReconcile: Bool
  /// Whether this node was restored from a backup and has to learn from its peers what it lost.
  public let isRelearning: Bool

  /// States the positions.
  public init(
    acknowledged: StreamPosition, received: StreamPosition?, receivedSignature: Data? = nil,
    mustReconcile: Bool = false, isRelearning: Bool = false
  ) {
    self.acknowledged = acknowledged
    self.received = received
    self.receivedSignature = receivedSignature
    self.mustReconcile = mustReconcile
    self.isRelearning = isRelearning
  }
}

/// Entries that are persisted with their sequence numbers and may now go.
public struct PreparedBatch: Hashable, Sendable {
  public let firstSequence: UInt64
  public let entries: [Entry]
  /// The position after the last entry.
  public let position: StreamPosition

  /// States a batch.
  public init(firstSequence: UInt64, entries: [Entry], position: StreamPosition) {
    self.firstSequence = firstSequence
    self.entries = entries
    self.position = position
  }
}

/// A batch whose chain and signature hold; its changes are not verified yet.
public struct CheckedBatch: Hashable, Sendable {
  public let batch: Batch
  /// The position after each entry.
  public let positions: [StreamPosition]

  /// States what a link has checked.
  package init(batch: Batch, positions: [StreamPosition]) {
    self.batch = batch
    self.positions = positions
  }
}
