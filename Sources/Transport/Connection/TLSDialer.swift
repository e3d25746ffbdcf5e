public import Foundation
public import NIOCore
import NIOPosix
import NIOSSL
public import Records
public import SyncProtocol

/// Dials peers.
public struct TLSDialer: Sendable {
  private let identity: TLSIdentity
  private let federation: String
  private let limits: LinkLimits
  private let group: any EventLoopGroup

  /// Dials as one node.
  public init(
    identity: TLSIdentity, federation: String, limits: LinkLimits = LinkLimits(),
    group: any EventLoopGroup
  ) {
    self.identity = identity
    self.federation = federation
    self.limits = limits
    self.group = group
  }

  /// Connects to an agency's node, trusting only the CAs (DER) that are pinned for that agency.
  /// - Throws: `PeerError` where somebody else answers; NIO's errors where nobody does.
  public func connect(
    to endpoint: Endpoint, agency: AgencyID, authorities: [Data]
  ) async throws -> Connection {
    let context = try TLSContexts.client(identity, agency: agency, authorities: authorities)
    let pins = Pins(federation: federation, authorities: [agency: authorities])
    let pipeline = ConnectionPipeline(limits: limits, pins: pins, expected: agency)
    let built = try await ClientBootstrap(group: group)
      .connectTimeout(.nanoseconds(limits.helloTimeout.nanoseconds))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .connect(host: endpoint.host, port: endpoint.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try pipeline.build(
            channel, tls: try NIOSSLClientHandler(context: context, serverHostname: nil))
        }
      }
    do {
      let peer = try await built.peer.get()
      return Connection(peer: peer, isDialled: true, channel: built.channel)
    } catch {
      try? await built.channel.executeThenClose { _, _ in }
      throw error
    }
  }
}
