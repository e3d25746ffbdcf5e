import Foundation
public import Logging
public import NIOCore
import NIOPosix
import NIOSSL
import Records
public import SyncProtocol
import Synchronization

/// Accepts peers. One that is not let in costs one logged line and disturbs nobody else.
public final class TLSListener: Sendable {
  private let server: NIOAsyncChannel<ConnectionPipeline.Built, Never>
  private let logger: Logger
  private let handshakes = Mutex(0)

  /// How many handshakes may be under way at once: each costs about a millisecond of a core.
  private static let handshakeLimit = 64

  /// Where the listener really listens.
  public var port: Int { server.channel.localAddress?.port ?? 0 }

  /// Binds.
  /// - Parameter pins: asked anew for each connection, since agreements change.
  /// - Throws: NIO's error where the address is taken or not this machine's.
  public init(
    on endpoint: Endpoint, identity: TLSIdentity, limits: LinkLimits = LinkLimits(),
    group: any EventLoopGroup, logger: Logger, pins: @escaping @Sendable () throws -> Pins
  ) async throws {
    self.logger = logger
    server = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.backlog, value: 256)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .bind(host: endpoint.host, port: endpoint.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          let pins = try pins()
          let context = try TLSContexts.server(identity, pins)
          return try ConnectionPipeline(limits: limits, pins: pins, expected: nil)
            .build(channel, tls: NIOSSLServerHandler(context: context))
        }
      }
  }

  /// Serves every peer that is let in, each in a task of its own, until the task is cancelled.
  public func run(_ serve: @escaping @Sendable (Connection) async -> Void) async throws {
    try await server.executeThenClose { inbound in
      try await withThrowingDiscardingTaskGroup { tasks in
        for try await built in inbound {
          tasks.addTask { await self.greet(built, serve) }
        }
      }
    }
  }

  private func greet(
    _ built: ConnectionPipeline.Built, _ serve: @Sendable (Connection) async -> Void
  ) async {
    let address = built.channel.channel.remoteAddress?.description ?? "unknown address"
    do {
      let peer = try await checked(built)
      await serve(Connection(peer: peer, isDialled: false, channel: built.channel))
    } catch {
      logger.warning(
        "connection refused", metadata: ["from": "\(address)", "reason": "\(error)"])
      try? await built.channel.executeThenClose { _, _ in }
    }
  }

  private func checked(_ built: ConnectionPipeline.Built) async throws -> NodeName {
    guard handshakes.withLock({ begin(&$0) }) else { throw TransportError.tooManyHandshakes }
    defer { handshakes.withLock { $0 -= 1 } }
    return try await built.peer.get()
  }

  private func begin(_ count: inout Int) -> Bool {
    guard count < Self.handshakeLimit else { return false }
    count += 1
    return true
  }
}
