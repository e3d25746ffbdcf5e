import Agreements
import Foundation
import Logging
import Records
import Replica
import SyncProtocol
import Transport

/// Feeds a link's state machine and carries out its effects, in order.
struct LinkDriver {
  let session: LinkSession
  let context: NodeContext
  private let opened: ContinuousClock.Instant = .now
  private var link: Link
  private var prepared: StreamPosition?
  private var isRelearning = false
  /// How far this node's audit had come when the peer was told last, and when that was.
  var told: (count: UInt64, at: ContinuousClock.Instant)?
  /// Whether the peer knows the key with which this node signs its audit.
  let knowsSigningKey: Bool
  private let wallAtStart: Instant
  var logger: Logger

  /// - Throws: where the replica cannot be read, or no card of the peer is pinned any more.
  init(_ session: LinkSession, _ context: NodeContext) async throws {
    self.session = session
    self.context = context
    wallAtStart = context.node.clock.now()
    let peer = session.peer
    let node = context.node
    let (peerKeys, own) = try await context.replica { replica, now in
      (try replica.partnership().keys(of: peer, at: now), try node.headKeys(towards: peer))
    }
    guard !peerKeys.isEmpty else {
      throw NodeError("\(peer.isDevice ? "\(peer)" : "\(peer.agency)") is no party any more")
    }
    let configuration = context.node.configuration
    knowsSigningKey = own.key.id == node.keys.signing.id
    link = Link(
      identity: LinkIdentity(
        federation: configuration.federation, me: configuration.node, peer: peer,
        key: own.key, formerKeys: own.former, peerKeys: peerKeys),
      limits: context.limits)
    logger = context.logger
    logger[metadataKey: "peer"] = peer.isDevice ? "\(peer)" : "\(peer.agency)"
  }

  /// Says hello.
  /// - Returns: why the link closes, once it does.
  mutating func start() async -> LinkFailure? {
    let (peer, context) = (session.peer, context)
    do {
      let hello = try await context.replica { replica, now in
        try replica.hello(
          to: peer, federation: context.node.configuration.federation,
          window: context.limits.windowBytes, now: now)
      }
      return await take(.opened(hello))
    } catch {
      return .storage("\(error)")
    }
  }

  /// Takes one event and all that follows from it.
  /// - Returns: why the link closes, once it does.
  mutating func take(_ event: LinkEvent) async -> LinkFailure? {
    if case .tick = event, isClockSet { return await close(.clockSet) }
    var effects = handle(event)
    if case .tick = event, isAuditDue { effects += (try? await tellAudit()) ?? [] }
    while !effects.isEmpty {
      let effect = effects.removeFirst()
      if case .close(let failure) = effect {
        log(failure)
        return failure
      }
      do {
        effects += try await carryOut(effect)
      } catch let failure as LinkFailure {
        effects = handle(.close(failure))
      } catch ReplicaError.linkBeginsAnew {
        effects = handle(.close(.beginsAnew))
      } catch {
        effects = handle(.close(.storage("\(error)")))
      }
    }
    return nil
  }

  /// Whether the wall clock has gone another way than time by more than a minute.
  private var isClockSet: Bool {
    let elapsed = opened.duration(to: .now).components.seconds * 1000
    let shown = context.node.clock.now().milliseconds - wallAtStart.milliseconds
    return abs(shown - elapsed) > 60_000
  }

  private mutating func close(_ failure: LinkFailure) async -> LinkFailure? {
    for effect in handle(.close(failure)) { _ = try? await carryOut(effect) }
    log(failure)
    return failure
  }

  mutating func handle(_ event: LinkEvent) -> [LinkEffect] {
    link.handle(event, at: opened.duration(to: .now))
  }

  private mutating func carryOut(_ effect: LinkEffect) async throws -> [LinkEffect] {
    switch effect {
    case .send(let message):
      guard session.send(message) else { throw TransportError.outgoingOverflow }
    case .resume(let hello): return try await resume(hello)
    case .prepare(let bytes): return try await prepare(bytes)
    case .apply(let batch): return try await apply(batch)
    case .acknowledged(let position, let refusals):
      try await acknowledged(position, refusals)
    case .established:
      session.established()
      logger.info("link established")
      return try await tellAudit()
    case .quiet(let probe):
      let peer = session.peer
      try await context.replica { replica, now in try replica.synced(with: peer, now: now) }
      let effects = try await tellAudit(isNow: true)
      session.quiet(probe)
      return effects
    case .keep(let fork):
      try await context.replica { replica, now in try replica.keep(fork, now: now) }
    case .audited(let exchange): try await keep(exchange)
    case .close: break
    case .relearned, .reconcile, .list, .answer, .reconciled, .want:
      return try await compare(effect)
    }
    return []
  }

  /// Effects by which two nodes find out what one of them lacks.
  private mutating func compare(_ effect: LinkEffect) async throws -> [LinkEffect] {
    let (peer, limits) = (session.peer, context.limits)
    switch effect {
    case .relearned:
      isRelearning = try await context.replica { replica, now in
        try replica.relearned(from: peer, now: now)
      }
      logger.notice("the peer has told all that this node had lost")
      return handle(.changed)
    case .reconcile(let isOfMine):
      let reconciliation = try await context.replica { replica, _ in
        var generator = SystemRandomNumberGenerator()
        return try replica.reconciliation(with: peer, isOfMine: isOfMine, using: &generator)
      }
      return handle(.reconcile(reconciliation))
    case .list(let spans, let isOfMine):
      let items = try await context.replica { replica, _ in
        try replica.items(of: spans, with: peer, isOfMine: isOfMine)
      }
      return handle(.listed(items))
    case .answer(let question):
      let answer = try await context.replica { replica, _ in
        try replica.answer(question, from: peer, limits: limits)
      }
      return handle(.answered(answer))
    case .reconciled(let found):
      let settled = try await context.replica { replica, _ in
        try replica.settle(found, with: peer)
      }
      session.compared(found, settled)
      return handle(.reconciled(settled.wants))
    case .want(let want):
      try await context.replica { replica, _ in try replica.want(want, from: peer) }
      return handle(.changed)
    default: return []
    }
  }

  private mutating func resume(_ hello: Hello) async throws -> [LinkEffect] {
    let peer = session.peer
    session.noteClock(ahead: hello.clock.milliseconds - context.node.clock.now().milliseconds)
    let positions = try await context.replica { replica, now in
      var generator = SystemRandomNumberGenerator()
      return try replica.resume(hello, from: peer, now: now, using: &generator)
    }
    prepared = positions.acknowledged
    isRelearning = positions.isRelearning
    if isRelearning {
      logger.warning("this node was restored from a backup and learns what it lost")
    }
    return handle(.resumed(positions))
  }

  private mutating func prepare(_ bytes: Int) async throws -> [LinkEffect] {
    guard let position = prepared else { return handle(.prepared(nil)) }
    let (peer, limits, isRelearning) = (session.peer, context.limits, isRelearning)
    let batch = try await context.replica { replica, now in
      try replica.prepare(
        for: peer, after: position, limits: limits, isRelearning: isRelearning, now: now)
    }
    if let batch {
      prepared = batch.position
      let changes = batch.entries.filter { if case .change = $0 { true } else { false } }.count
      session.count { $0.sent += changes }
    }
    return handle(.prepared(batch))
  }

  private mutating func apply(_ batch: CheckedBatch) async throws -> [LinkEffect] {
    let (peer, key) = (session.peer, context.admitter)
    let applied = try await context.replica { replica, now in
      try replica.apply(batch, from: peer, admittingWith: key, now: now)
    }
    session.count {
      $0.received += applied.changes
      $0.quarantined += applied.refusals.count
    }
    for refusal in applied.refusals {
      logger.warning(
        "change kept aside",
        metadata: ["change": "\(refusal.change)", "reason": "\(refusal.reason)"])
    }
    if applied.changes > 0 || applied.documentsChanged {
      await session.applied(documents: applied.documentsChanged)
    }
    return handle(.applied(applied.position, refusals: applied.refusals))
  }

  private func acknowledged(_ position: StreamPosition, _ refusals: [Refusal]) async throws {
    let peer = session.peer
    try await context.replica { replica, now in
      try replica.acknowledged(position, refusals: refusals, by: peer, now: now)
    }
    for refusal in refusals {
      logger.warning(
        "the peer kept a change aside",
        metadata: [
          "change": "\(refusal.change)", "reason": "\(PrintableText.shown(refusal.reason))",
        ])
    }
  }

  private func log(_ failure: LinkFailure) {
    // A peer's goodbye is the peer's text: it must not make lines of its own.
    let reason = PrintableText.shown("\(failure)")
    switch failure {
    case .superseded, .stopping, .clockSet, .beginsAnew, .peerClosed:
      logger.info("link closed", metadata: ["reason": "\(reason)"])
    default: logger.warning("link closed", metadata: ["reason": "\(reason)"])
    }
  }
}
