import Agreements
import FoundationEssentials
import Records
import Replica
public import SyncProtocol

/// A connection between two simulated nodes: real frames, carried one at a time in an order that
/// the generator draws, and cut wherever the caller says.
public struct SimulatedLink<Generator: RandomNumberGenerator> {
  private var ends: [SimulatedEnd]
  private let codec: FrameCodec
  private var generator: Generator

  /// What came of a connection.
  public struct Outcome: Sendable {
    /// Frames that were delivered.
    public let frames: Int
    /// Why each end closed, where it did.
    public let failures: [LinkFailure?]
    /// What each end's peer kept aside, as it reported.
    public let refusals: [[Refusal]]
  }

  /// Connects two nodes that know each other's keys.
  /// - Returns: nothing where one is no party to what the other has agreed.
  /// - Throws: `ReplicaError`.
  public init?(
    _ left: SimulatedNode, _ right: SimulatedNode, limits: LinkLimits = LinkLimits(),
    generator: Generator
  ) throws {
    let rightKeys = try left.replica.partnership().keys(of: right.name, at: left.now)
    let leftKeys = try right.replica.partnership().keys(of: left.name, at: right.now)
    guard !rightKeys.isEmpty, !leftKeys.isEmpty else { return nil }
    ends = [
      try SimulatedEnd(at: left, towards: right.name, keys: rightKeys, limits: limits),
      try SimulatedEnd(at: right, towards: left.name, keys: leftKeys, limits: limits),
    ]
    codec = FrameCodec(limits: limits)
    self.generator = generator
  }

  /// Runs until nothing moves any more, or until this many frames have been delivered: then the
  /// connection is cut, and what was on its way is lost.
  /// - Parameter tamper: may change a message on its way from an end.
  /// - Throws: `ReplicaError`, `FrameError` or `MessageError`.
  public mutating func run(
    cutAfter limit: Int = .max, tamper: (Int, LinkMessage) -> LinkMessage = { $1 }
  ) throws -> Outcome {
    for index in ends.indices { try ends[index].open(using: &generator) }
    var frames = 0
    while frames < limit {
      let ready = ends.indices.filter { !ends[$0].sent.isEmpty && !ends[1 - $0].isClosed }
      guard let from = ready.randomElement(using: &generator) else { break }
      let message = try carried(ends[from].sent.removeFirst())
      try ends[1 - from].handle(.received(tamper(from, message)), using: &generator)
      frames += 1
    }
    return Outcome(
      frames: frames, failures: ends.map(\.failure), refusals: ends.map(\.refusals))
  }

  /// A message as it comes out of its frame at the other end.
  private func carried(_ message: LinkMessage) throws -> LinkMessage {
    let frame = try codec.frame(message.encoded())
    let length = try codec.length(frame) ?? 0
    return try LinkMessage(try codec.payload(Data(frame.dropFirst(4).prefix(length))))
  }
}
