import FoundationEssentials
public import Records

/// The state machine of one connection between two nodes, without any I/O: events in, effects out.
///
///     opened -> greeting -> matching -> established -> closed
///
/// Invariants:
/// 1. Nothing is sent that was not persisted before, and nothing is acknowledged that is not
///    durable.
/// 2. Bytes under way never exceed the peer's window by more than one batch.
/// 3. At most one batch is being prepared and at most one applied; received batches wait in order.
/// 4. After `.close` there are no more effects.
public struct Link: Sendable {
  /// How far the connection has come.
  public enum Phase: Hashable, Sendable { case idle, greeting, matching, established, closed }

  public private(set) var phase = Phase.idle
  let identity: LinkIdentity
  let limits: LinkLimits
  var outgoing = OutgoingStream()
  var incoming = IncomingStream()
  var quiescence = Quiescence()
  var reconciling = Reconciling()
  private var lastHeard: Duration = .zero
  private var lastPing: Duration = .zero
  private var auditWords: Int64 = 0

  /// A link that is not open yet.
  public init(identity: LinkIdentity, limits: LinkLimits = LinkLimits()) {
    self.identity = identity
    self.limits = limits
  }

  /// Takes an event at a time on the node's monotonic clock.
  public mutating func handle(_ event: LinkEvent, at now: Duration) -> [LinkEffect] {
    guard phase != .closed else { return [] }
    do {
      return try effects(of: event, at: now)
    } catch let failure as LinkFailure {
      return close(failure)
    } catch {
      return close(.storage("\(error)"))
    }
  }

  private mutating func effects(of event: LinkEvent, at now: Duration) throws -> [LinkEffect] {
    switch event {
    case .opened(let hello):
      phase = .greeting
      lastHeard = now
      return [.send(.hello(hello))]
    case .received(let message):
      lastHeard = now
      return try received(message)
    case .resumed(let positions): return resumed(positions)
    case .prepared(let batch): return try prepared(batch)
    case .applied(let position, let refusals): return try applied(position, refusals)
    case .changed:
      outgoing.mayHaveMore = true
      return pump()
    case .probe(let id): return probe(id)
    case .compare(let isOfMine): return compare(isOfMine: isOfMine)
    case .reconcile(let reconciliation): return begin(reconciliation)
    case .listed(let items): return try listed(items)
    case .answered(let answer): return answered(answer)
    case .reconciled(let wants): return reconciled(wants)
    case .audit(let exchange):
      return phase == .established ? [.send(.audit(AuditWord(exchange)))] : []
    case .tick: return try tick(now)
    case .close(let failure): return close(failure)
    }
  }

  private mutating func received(_ message: LinkMessage) throws -> [LinkEffect] {
    switch (phase, message) {
    case (_, .goodbye(let reason)): throw LinkFailure.peerClosed(reason)
    case (.greeting, .hello(let hello)):
      try check(hello)
      outgoing.window = hello.window
      phase = .matching
      return [.resume(hello)]
    case (.established, .batch(let batch)), (.matching, .batch(let batch)):
      return try receive(batch)
    case (.established, .ack(let ack)): return try receive(ack)
    case (.established, .probe(let id)), (.matching, .probe(let id)):
      guard quiescence.asked.count < Limits.Link.probes else {
        throw LinkFailure.malformed("more probes than may wait")
      }
      quiescence.asked.append(id)
      outgoing.mayHaveMore = true
      return pump()
    case (.established, .probeReply(let id)): return replied(to: id)
    case (.established, .ping(let id)), (.matching, .ping(let id)): return [.send(.pong(id))]
    case (.established, .pong): return []
    case (.established, .reconcile(let message)), (.matching, .reconcile(let message)):
      return try receive(message)
    case (.established, .want(let want)), (.matching, .want(let want)): return [.want(want)]
    case (.established, .audit(let word)), (.matching, .audit(let word)):
      return try receive(word)
    case (.established, .unknown), (.matching, .unknown): return []
    default: throw LinkFailure.unexpected(message.name)
    }
  }

  private func check(_ hello: Hello) throws(LinkFailure) {
    guard hello.major == Hello.version.major else {
      throw .wrongVersion(theirs: hello.major, ours: Hello.version.major)
    }
    guard hello.federation == identity.federation else { throw .wrongFederation }
    guard hello.node == identity.peer else { throw .wrongIdentity }
    guard let received = hello.received else { return }
    // A node that is shown more of its own stream than it knows was restored from a backup, and
    // stops until it has learnt what it lost: nobody may bring that about without proof.
    let message = identity.sending.sentMessage(received)
    guard identity.isMine(hello.receivedSignature, over: message) else {
      throw .badSignature("what it received")
    }
  }

  /// A few words of its audit at first, then one in ten seconds: each costs a signature and a transaction, and
  /// a peer has no more to say.
  private mutating func receive(_ word: AuditWord) throws -> [LinkEffect] {
    guard auditWords < 4 + lastHeard.components.seconds / 10 else { return [] }
    auditWords += 1
    let exchange: AuditExchange
    do {
      exchange = try word.read(from: identity.peer, to: identity.me)
    } catch {
      throw LinkFailure.malformed("\(error)")
    }
    if let mine = exchange.mine, !identity.peerKeys.contains(mine.key) || !mine.holds {
      throw LinkFailure.badSignature("how far its audit has come")
    }
    return [.audited(exchange)]
  }

  private mutating func resumed(_ positions: LinkPositions) -> [LinkEffect] {
    phase = .established
    outgoing.acknowledged = positions.acknowledged
    incoming.durable = positions.received
    incoming.checked = positions.received
    incoming.trail.resume(at: positions.received, signature: positions.receivedSignature)
    outgoing.mayHaveMore = true
    if positions.mustReconcile { reconciling.wanted = [true] }
    if positions.isRelearning { quiescence.wanted.append(Quiescence.relearning) }
    return [.established] + applyNext() + nextReconciliation() + pump()
  }

  private mutating func tick(_ now: Duration) throws -> [LinkEffect] {
    let silence = now - lastHeard
    switch phase {
    case .greeting where silence > limits.helloTimeout: throw LinkFailure.helloTimeout
    case .established where silence > limits.silenceTimeout: throw LinkFailure.silence
    case .established where silence > limits.pingAfter && now - lastPing > limits.pingAfter:
      lastPing = now
      return [.send(.ping(UInt64(now.components.seconds)))]
    default: return []
    }
  }

  private mutating func close(_ failure: LinkFailure) -> [LinkEffect] {
    phase = .closed
    let goodbye: [LinkEffect] = [.send(.goodbye(failure.description)), .close(failure)]
    switch failure {
    case .peerClosed: return [.close(failure)]
    case .forkedStream(let fork): return [.keep(fork)] + goodbye
    default: return goodbye
    }
  }
}

/// Who is at the two ends, and with which keys they sign heads.
public struct LinkIdentity: Sendable {
  public let federation: String
  public let me: NodeName
  public let peer: NodeName
  let key: SigningKey
  /// The keys with which this node signed heads before: the peer may still show a signature of one.
  let formerKeys: [VerifyingKey]
  let peerKeys: [VerifyingKey]

  /// States the two ends.
  /// - Parameter peerKeys: each that the peer has signed heads with, or does.
  public init(
    federation: String, me: NodeName, peer: NodeName, key: SigningKey,
    formerKeys: [VerifyingKey] = [], peerKeys: [VerifyingKey]
  ) {
    self.federation = federation
    self.me = me
    self.peer = peer
    self.key = key
    self.formerKeys = formerKeys
    self.peerKeys = peerKeys
  }

  /// Whether this node signed something.
  func isMine(_ signature: Data, over message: Data) -> Bool {
    key.publicKey.isValid(signature, for: message)
      || formerKeys.contains { $0.isValid(signature, for: message) }
  }

  /// Whether the peer signed something.
  func isPeers(_ signature: Data, over message: Data) -> Bool {
    peerKeys.contains { $0.isValid(signature, for: message) }
  }

  /// What this node sends.
  public var sending: StreamName { StreamName(from: me, to: peer) }
  /// What the peer sends.
  public var receiving: StreamName { StreamName(from: peer, to: me) }
}

extension LinkMessage {
  var name: String {
    switch self {
    case .hello: "hello"
    case .batch: "batch"
    case .ack: "ack"
    case .probe: "probe"
    case .probeReply: "probe reply"
    case .ping: "ping"
    case .pong: "pong"
    case .goodbye: "goodbye"
    case .reconcile: "reconcile"
    case .want: "want"
    case .audit: "audit"
    case .unknown: "a message of an unknown kind"
    }
  }
}
