import Foundation
import Records
import SyncProtocol

/// An established link, fed what an input says: a peer's messages from bytes, batches and
/// acknowledgements that are signed as they should be, time, and its own node's answers.
struct LinkConversation {
  private static let me = NodeName(agency: FuzzKeys.police)
  private static let peer = NodeName(agency: FuzzKeys.care)
  private static let key = FuzzKeys.key(1)
  private static let peerKey = FuzzKeys.key(2)
  private static let sending = StreamName(from: me, to: peer)
  private static let receiving = StreamName(from: peer, to: me)
  private static let epoch: Epoch = {
    guard let epoch = Epoch(Data(repeating: 5, count: Epoch.byteCount)) else {
      preconditionFailure("a fixed epoch is malformed")
    }
    return epoch
  }()

  private var link: Link
  private var now: Duration = .zero
  private var isPreparing = false
  private var applying: CheckedBatch?
  private var isClosed = false
  /// Where the honest peer's stream stands, and this node's own.
  private var theirs = Self.receiving.start(of: Self.epoch)
  private var ours = Self.sending.start(of: Self.epoch)
  private var underWay: [StreamPosition] = []
  /// The peer's questions, and this side's, that wait for an answer.
  private var questions: [Reconcile] = []
  private var asked: Reconcile?

  private init() {
    link = Link(
      identity: LinkIdentity(
        federation: "example", me: Self.me, peer: Self.peer, key: Self.key,
        peerKeys: [Self.peerKey.publicKey]))
  }

  static func run(_ bytes: Data) throws(FuzzFinding) {
    var input = FuzzInput(bytes)
    var conversation = LinkConversation()
    try conversation.handle(.opened(hello(from: me)))
    try conversation.handle(.received(.hello(hello(from: peer))))
    var steps = 0
    while !input.isEmpty, steps < 200 {
      try conversation.step(&input)
      steps += 1
    }
  }

  private static func hello(from node: NodeName) -> Hello {
    Hello(
      federation: "example", node: node, clock: Instant(milliseconds: 0), agreements: [],
      sending: nil, received: nil, window: 4096)
  }

  private mutating func step(_ input: inout FuzzInput) throws(FuzzFinding) {
    switch input.byte() % 11 {
    case 0:
      guard let message = try? LinkMessage(input.chunk()) else { return }
      try handle(.received(message))
    case 1: try receiveBatch(&input)
    case 2: try acknowledge(&input)
    case 3:
      now += .seconds(Int64(input.byte() % 64))
      try handle(.tick)
    case 4: try handle(.changed)
    case 5: try prepare(&input)
    case 6: try apply(&input)
    case 7: try handle(.compare(isOfMine: input.byte().isMultiple(of: 2)))
    case 8: try answer(&input)
    case 9: try askFor(&input)
    default: try handle(.probe(UInt64(input.byte())))
    }
  }

  /// A batch from an honest peer's key, with whatever entries.
  private mutating func receiveBatch(_ input: inout FuzzInput) throws(FuzzFinding) {
    let first = theirs.sequence + 1
    var entries: [Entry] = []
    for _ in 0...(input.byte() % 4) {
      let bytes = input.chunk()
      let entry = (try? Entry(encoded: bytes)) ?? .void(TaggedHash.digest("fuzz", bytes))
      entries.append(entry)
      theirs = Self.receiving.position(after: theirs, entry: entry.digest)
    }
    guard let signature = try? Self.peerKey.sign(Self.receiving.sentMessage(theirs)) else { return }
    let batch = Batch(
      epoch: theirs.epoch, firstSequence: first, entries: entries, head: theirs.head,
      signature: signature)
    try handle(.received(.batch(batch)))
  }

  private mutating func acknowledge(_ input: inout FuzzInput) throws(FuzzFinding) {
    guard let position = underWay.randomElement(at: input.byte()),
      let signature = try? Self.peerKey.sign(Self.sending.acknowledgedMessage(position))
    else { return }
    underWay.removeAll { $0.sequence <= position.sequence }
    try handle(.received(.ack(Ack(position: position, signature: signature, refusals: []))))
  }

  private mutating func prepare(_ input: inout FuzzInput) throws(FuzzFinding) {
    guard isPreparing else { return }
    isPreparing = false
    let count = Int(input.byte() % 4)
    guard count > 0 else { return try handle(.prepared(nil)) }
    let first = ours.sequence + 1
    let entries = (0..<count).map { Entry.void(TaggedHash.digest("fuzz", Data([UInt8($0)]))) }
    for entry in entries { ours = Self.sending.position(after: ours, entry: entry.digest) }
    underWay.append(ours)
    try handle(.prepared(PreparedBatch(firstSequence: first, entries: entries, position: ours)))
  }

  private mutating func apply(_ input: inout FuzzInput) throws(FuzzFinding) {
    guard let batch = applying, let last = batch.positions.last else { return }
    applying = nil
    for case .change(let shared) in batch.batch.entries {
      _ = try? shared.change.verify(by: Self.peerKey.publicKey)
    }
    try handle(.applied(last, refusals: []))
  }

  /// The peer answers this side's question, from its own items or with any ranges; or this node
  /// answers the peer's.
  private mutating func answer(_ input: inout FuzzInput) throws(FuzzFinding) {
    let set = Self.items(&input, session: asked?.session ?? Self.epoch)
    if let question = asked {
      asked = nil
      try handle(.received(.reconcile(set.answer(question, limits: LinkLimits()))))
    } else if let question = questions.popLast() {
      try handle(.answered(set.answer(question, limits: LinkLimits())))
    }
  }

  /// The peer says anything under the session that is under way, as an answer or as a question.
  private mutating func askFor(_ input: inout FuzzInput) throws(FuzzFinding) {
    let isAnswer = input.byte().isMultiple(of: 2)
    guard case .reconcile(let said) = try? LinkMessage(input.chunk()) else { return }
    let message = Reconcile(
      session: isAnswer ? asked?.session ?? said.session : said.session,
      isOfAsker: said.isOfAsker, isAnswer: isAnswer, ranges: said.ranges)
    if isAnswer { asked = nil }
    try handle(.received(.reconcile(message)))
  }

  /// Up to 255 items that an input draws.
  private static func items(_ input: inout FuzzInput, session: Epoch) -> ReconciliationSet {
    ReconciliationSet(drawn(&input), of: sending, session: session)
  }

  private static func drawn(_ input: inout FuzzInput) -> [ReconciliationItem] {
    (0..<input.byte()).compactMap { number in
      WriteID(Data(repeating: number, count: WriteID.byteCount)).map {
        ReconciliationItem(time: HLC(rawValue: UInt64(input.byte())), write: $0)
      }
    }
  }

  private mutating func handle(_ event: LinkEvent) throws(FuzzFinding) {
    let effects = link.handle(event, at: now)
    try check(!isClosed || effects.isEmpty, "a closed link still does something")
    // One event answers at most what was asked, and what waits for quiet.
    try check(effects.count <= 100, "\(effects.count) effects of one event")
    for effect in effects {
      for event in try follow(effect) { try handle(event) }
    }
  }

  /// What an effect leads to at once; the rest waits for a step of the input.
  private mutating func follow(_ effect: LinkEffect) throws(FuzzFinding) -> [LinkEvent] {
    switch effect {
    case .prepare:
      try check(!isPreparing, "two preparations at once")
      isPreparing = true
    case .apply(let batch):
      try check(applying == nil, "two batches are applied at once")
      try check(batch.positions.count == batch.batch.entries.count, "a position is missing")
      applying = batch
    case .resume:
      return [.resumed(LinkPositions(acknowledged: ours, received: nil))]
    case .close:
      isClosed = true
      try check(link.phase == .closed, "a link says that it closes and does not")
    case .send(let message):
      try check((try? LinkMessage(message.encoded())) == message, "sends what cannot be read")
      if case .reconcile(let said) = message, !said.isAnswer { asked = said }
    case .reconcile(let isOfMine):
      var input = FuzzInput(Data([40]))
      let set = Self.items(&input, session: Self.epoch)
      return [.reconcile(Reconciliation(set, session: Self.epoch, isOfMine: isOfMine))]
    case .list(let spans, _):
      var input = FuzzInput(Data([40]))
      let items = Self.drawn(&input).sorted()
      return [
        .listed(
          spans.map { span in
            items.filter { item in
              item.time >= span.from && (span.to.map { item.time < $0 } ?? true)
            }
          })
      ]
    case .answer(let question): questions.append(question)
    case .reconciled(let found):
      return [.reconciled(found.missingHere.isEmpty ? [] : [Self.want(found)])]
    case .want: return [.changed]
    case .keep(let fork):
      let key = Self.peerKey.publicKey
      try check(fork.holds(by: key), "keeps a proof that does not hold")
      try check((try? StreamFork(encoded: fork.encoded())) == fork, "a kept proof is unreadable")
    case .acknowledged, .audited, .established, .quiet, .relearned: break
    }
    return []
  }

  private static func want(_ found: Reconciliation) -> Want {
    Want(writes: found.missingHere.sorted().prefix(1_024).map(\.write))
  }
}

extension Array {
  /// The element that a byte picks.
  fileprivate func randomElement(at byte: UInt8) -> Element? {
    isEmpty ? nil : self[Int(byte) % count]
  }
}
