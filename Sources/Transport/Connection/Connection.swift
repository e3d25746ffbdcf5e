import NIOCore
import NIOSSL
public import Records
public import SyncProtocol

/// A TLS connection to a peer whose identity has been checked, carrying one message in each frame.
public struct Connection: Sendable {
  /// The node at the other end, as its certificate names it.
  public let peer: NodeName
  /// Whether this node dialled.
  public let isDialled: Bool
  let channel: NIOAsyncChannel<LinkMessage, LinkMessage>

  /// Lends the two directions to the body and closes the connection when it returns.
  ///
  /// Reading is back-pressured: what the body does not take stays with the peer.
  public func use(_ body: @Sendable (Reader, Writer) async throws -> Void) async throws {
    try await channel.executeThenClose { inbound, outbound in
      try await body(Reader(base: inbound), Writer(base: outbound))
    }
  }

  /// Ends the connection from anywhere.
  public func close() { channel.channel.close(promise: nil) }

  /// The messages that arrive, in order. Ends with the connection; throws where bytes are no
  /// message, or a frame breaks a limit.
  public struct Reader: Sendable {
    let base: NIOAsyncChannelInboundStream<LinkMessage>

    /// Hands each message to the body as it comes.
    public func forEach(_ body: (LinkMessage) async throws -> Void) async throws {
      for try await message in base { try await body(message) }
    }
  }

  /// Where messages go.
  public struct Writer: Sendable {
    let base: NIOAsyncChannelOutboundWriter<LinkMessage>

    /// Writes in order; waits while the peer reads slowly.
    public func write(_ message: LinkMessage) async throws { try await base.write(message) }
  }
}

/// Builds the pipeline of a connection on either side.
struct ConnectionPipeline: Sendable {
  let limits: LinkLimits
  let pins: Pins
  let expected: AgencyID?

  typealias Built = (
    channel: NIOAsyncChannel<LinkMessage, LinkMessage>, peer: EventLoopFuture<NodeName>
  )

  func build(_ channel: any Channel, tls: NIOSSLHandler) throws -> Built {
    let identity = channel.eventLoop.makePromise(of: NodeName.self)
    let pipeline = channel.pipeline.syncOperations
    let codec = FrameCodec(limits: limits)
    let timeout = TimeAmount.nanoseconds(limits.helloTimeout.nanoseconds)
    try pipeline.addHandler(tls)
    try pipeline.addHandler(
      PeerHandler(identity, pins: pins, expected: expected, timeout: timeout))
    try pipeline.addHandler(
      ByteToMessageHandler(
        FrameDecoder(codec: codec),
        maximumBufferSize: max(limits.frameBytes, Limits.Link.readAheadBytes)))
    try pipeline.addHandler(FrameEncoder(codec: codec))
    let wrapped = try NIOAsyncChannel<LinkMessage, LinkMessage>(
      wrappingChannelSynchronously: channel)
    return (wrapped, identity.futureResult)
  }
}

extension Duration {
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
