import Agreements
import FoundationEssentials
public import Records
public import Replica
public import SyncProtocol

/// One end of a simulated connection: a whole node, its link machine, and what it has sent.
///
/// What the machine wants done is done at once, by the same replica as in a real node.
public struct SimulatedEnd {
  public let node: SimulatedNode
  public let peer: NodeName
  private var link: Link
  private var prepared: StreamPosition?
  /// Messages on their way to the other end, oldest first.
  public var sent: [LinkMessage] = []
  /// Why this end closed, where it did.
  public private(set) var failure: LinkFailure?
  /// What the peer kept aside of what this end sent, as the peer reported.
  public private(set) var refusals: [Refusal] = []
  /// How many changes of the peer were kept aside here.
  public private(set) var kept = 0
  public private(set) var isClosed = false
  /// What each comparison of a stream that this end asked for came to.
  public private(set) var comparisons: [(found: Reconciliation, settled: SettledReconciliation)] =
    []
  private var isRelearning = false
  /// Whether hellos were exchanged and positions matched.
  public private(set) var isEstablished = false
  /// Probes that were answered: neither side had anything more for the other.
  public private(set) var quiet: Set<UInt64> = []
  /// How many batches were applied here, and how many of them brought documents.
  public private(set) var applied = (batches: 0, withDocuments: 0)
  /// How long the connection has been open on this node's monotonic clock.
  public var elapsed: Duration = .zero

  /// An end at a node, towards a peer with its keys.
  /// - Throws: `ReplicaError`.
  public init(
    at node: SimulatedNode, towards peer: NodeName, keys: [VerifyingKey],
    limits: LinkLimits = LinkLimits()
  ) throws {
    self.node = node
    self.peer = peer
    let identity = LinkIdentity(
      federation: node.federation, me: node.name, peer: peer, key: node.key,
      formerKeys: Array(try node.replica.partnership().signingKeys(of: node.name.agency)),
      peerKeys: keys)
    link = Link(identity: identity, limits: limits)
    self.limits = limits
  }

  private let limits: LinkLimits

  /// Opens the connection: says hello.
  /// - Throws: `ReplicaError`.
  public mutating func open(using generator: inout some RandomNumberGenerator) throws {
    let hello = try node.replica.hello(
      to: peer, federation: node.federation, window: limits.windowBytes, now: node.now)
    try handle(.opened(hello), using: &generator)
  }

  /// Takes an event, and does all that the machine then wants done.
  /// - Throws: `ReplicaError`, where the node could not store or read.
  public mutating func handle(
    _ event: LinkEvent, using generator: inout some RandomNumberGenerator
  ) throws {
    var effects = link.handle(event, at: elapsed)
    while !effects.isEmpty {
      let effect = effects.removeFirst()
      if let next = try carryOut(effect, using: &generator) {
        effects += link.handle(next, at: elapsed)
      }
    }
  }

  private mutating func carryOut(
    _ effect: LinkEffect, using generator: inout some RandomNumberGenerator
  ) throws -> LinkEvent? {
    switch effect {
    case .send(let message): sent.append(message)
    case .resume(let hello):
      let positions = try node.replica.resume(
        hello, from: peer, now: node.now, using: &generator)
      prepared = positions.acknowledged
      isRelearning = positions.isRelearning
      return .resumed(positions)
    case .prepare:
      guard let position = prepared else { return .prepared(nil) }
      // The node has begun or ended relearning on another link: this one has to begin anew.
      guard try node.replica.relearning().isEmpty != isRelearning else {
        return .close(.superseded)
      }
      let batch = try node.replica.prepare(
        for: peer, after: position, limits: limits, isRelearning: isRelearning, now: node.now)
      prepared = batch?.position ?? position
      return .prepared(batch)
    case .apply(let batch):
      let applied = try node.replica.apply(
        batch, from: peer, admittingWith: node.key, now: node.now)
      self.applied.batches += 1
      if applied.documentsChanged { self.applied.withDocuments += 1 }
      kept += applied.refusals.count
      return .applied(applied.position, refusals: applied.refusals)
    case .acknowledged(let position, let refusals):
      try node.replica.acknowledged(position, refusals: refusals, by: peer, now: node.now)
      self.refusals += refusals
    case .relearned:
      isRelearning = try node.replica.relearned(from: peer, now: node.now)
      return .changed
    case .reconcile(let isOfMine):
      return .reconcile(
        try node.replica.reconciliation(with: peer, isOfMine: isOfMine, using: &generator))
    case .list(let spans, let isOfMine):
      return .listed(try node.replica.items(of: spans, with: peer, isOfMine: isOfMine))
    case .answer(let question):
      return .answered(try node.replica.answer(question, from: peer, limits: limits))
    case .reconciled(let found):
      let settled = try node.replica.settle(found, with: peer)
      comparisons.append((found, settled))
      return .reconciled(settled.wants)
    case .want(let want):
      try node.replica.want(want, from: peer)
      return .changed
    case .keep(let fork): try node.replica.keep(fork, now: node.now)
    case .established:
      isEstablished = true
      try node.replica.signAudit(with: node.key, now: node.now)
      return .audit(try node.replica.auditExchange(with: peer))
    case .audited(let exchange): try node.replica.keep(exchange, from: peer, now: node.now)
    case .quiet(let probe): quiet.insert(probe)
    case .close(let failure):
      isClosed = true
      self.failure = failure
    }
    return nil
  }
}
