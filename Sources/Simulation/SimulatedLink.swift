import Agreements
import FoundationEssentials
import Records
import Replica
public import SyncProtocol

/// The bytes of one frame.
typealias FrameBytes = Data

/// A connection between two simulated nodes: real frames, carried one at a time in an order that
/// the generator draws, and cut wherever the caller says.
public struct SimulatedLink<Generator: RandomNumberGenerator> {
  private var sides: [SimulatedSide]
  private let codec: FrameCodec
  private let limits: LinkLimits
  private var generator: Generator

  /// What came of a connection.
  public struct Outcome: Sendable {
    /// Frames that were delivered.
    public let frames: Int
    /// Why each side closed, where it did.
    public let failures: [LinkFailure?]
    /// What each side's peer kept aside, as it reported.
    public let refusals: [[Refusal]]
  }

  /// Connects two nodes that know each other's keys.
  /// - Returns: nothing where one is no party to what the other has agreed.
  public init?(
    _ left: SimulatedNode, _ right: SimulatedNode, limits: LinkLimits = LinkLimits(),
    generator: Generator
  ) throws {
    guard let first = try Self.side(left, right, limits), let second = try Self.side(right, left, limits)
    else { return nil }
    sides = [first, second]
    codec = FrameCodec(limits: limits)
    self.limits = limits
    self.generator = generator
  }

  /// Runs until nothing moves any more, or until this many frames have been delivered: then the
  /// connection is cut, and what was on its way is lost.
  /// - Parameter tamper: may change a frame's payload on its way from a side.
  public mutating func run(
    cutAfter limit: Int = .max, tamper: (Int, LinkMessage) -> LinkMessage = { _, message in message }
  ) throws -> Outcome {
    for index in sides.indices { try open(index) }
    var frames = 0
    while frames < limit {
      let ready = sides.indices.filter { !sides[$0].sent.isEmpty && !sides[1 - $0].isClosed }
      guard let from = ready.randomElement(using: &generator) else { break }
      try deliver(from, tamper)
      frames += 1
    }
    return Outcome(
      frames: frames, failures: sides.map(\.failure), refusals: sides.map(\.refusals))
  }

  private static func side(
    _ node: SimulatedNode, _ peer: SimulatedNode, _ limits: LinkLimits
  ) throws -> SimulatedSide? {
    guard let card = try node.replica.partnership().card(of: peer.name.agency) else { return nil }
    let identity = LinkIdentity(
      federation: node.federation, me: node.name, peer: peer.name, key: node.key,
      peerKey: card.signingKey)
    return SimulatedSide(
      node: node, peer: peer.name, link: Link(identity: identity, limits: limits))
  }

  private mutating func open(_ index: Int) throws {
    let side = sides[index]
    let hello = try side.node.replica.hello(
      to: side.peer, federation: side.node.federation, window: limits.windowBytes,
      now: side.node.now)
    try handle(.opened(hello), at: index)
  }

  private mutating func deliver(
    _ from: Int, _ tamper: (Int, LinkMessage) -> LinkMessage
  ) throws {
    let frame = sides[from].sent.removeFirst()
    let length = try codec.length(frame) ?? 0
    let message = try LinkMessage(try codec.payload(Data(frame.dropFirst(4).prefix(length))))
    try handle(.received(tamper(from, message)), at: 1 - from)
  }

  private mutating func handle(_ event: LinkEvent, at index: Int) throws {
    var effects = sides[index].link.handle(event, at: .zero)
    while !effects.isEmpty {
      let effect = effects.removeFirst()
      if let next = try carryOut(effect, at: index) {
        effects += sides[index].link.handle(next, at: .zero)
      }
    }
  }

  private mutating func carryOut(_ effect: LinkEffect, at index: Int) throws -> LinkEvent? {
    let node = sides[index].node
    let peer = sides[index].peer
    switch effect {
    case .send(let message):
      sides[index].sent.append(try codec.frame(message.encoded()))
    case .resume(let hello):
      let positions = try node.replica.resume(hello, from: peer, using: &generator)
      sides[index].prepared = positions.acknowledged
      return .resumed(positions)
    case .prepare:
      guard let position = sides[index].prepared else { return .prepared(nil) }
      let batch = try node.replica.prepare(
        for: peer, after: position, limits: limits, now: node.now)
      sides[index].prepared = batch?.position ?? position
      return .prepared(batch)
    case .apply(let batch):
      let applied = try node.replica.apply(batch, from: peer, now: node.now)
      return .applied(applied.position, refusals: applied.refusals)
    case .acknowledged(let position, let refusals):
      try node.replica.acknowledged(position, by: peer, now: node.now)
      sides[index].refusals += refusals
    case .established, .quiet: break
    case .close(let failure):
      sides[index].isClosed = true
      sides[index].failure = failure
    }
    return nil
  }
}
