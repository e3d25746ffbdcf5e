import Foundation
public import Logging
public import NIOCore
import NIOPosix
import NIOSSL
import Records
public import SyncProtocol
import Synchronization

/// Accepts peers. One that is not let in costs a logged line and disturbs nobody else.
public final class TLSListener: Sendable {
  private let server: NIOAsyncChannel<Arrival, Never>
  private let refusals: RefusalLog
  private let gate: HandshakeGate

  /// Where the listener really listens.
  public var port: Int { server.channel.localAddress?.port ?? 0 }

  /// Binds.
  /// - Parameter pins: asked anew for each connection, since agreements change.
  /// - Throws: NIO's error where the address is taken or not this machine's.
  public convenience init(
    on endpoint: Endpoint, identity: TLSIdentity, limits: LinkLimits = LinkLimits(),
    group: any EventLoopGroup, logger: Logger, pins: @escaping @Sendable () throws -> Pins
  ) async throws {
    try await self.init(
      on: endpoint, identity: identity, limits: limits, group: group, logger: logger,
      refusals: RefusalLog(logger), pins: pins)
  }

  init(
    on endpoint: Endpoint, identity: TLSIdentity, limits: LinkLimits = LinkLimits(),
    group: any EventLoopGroup, logger: Logger, refusals: RefusalLog,
    pins: @escaping @Sendable () throws -> Pins
  ) async throws {
    self.refusals = refusals
    let gate = HandshakeGate()
    self.gate = gate
    let reception = Reception(identity: identity, limits: limits, logger: logger, pins: pins)
    server = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.backlog, value: 256)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .bind(host: endpoint.host, port: endpoint.port) { channel in
        channel.eventLoop.makeCompletedFuture { reception.receive(channel, gate) }
      }
  }

  /// Serves every peer that is let in, each in a task of its own, until the task is cancelled.
  public func run(_ serve: @escaping @Sendable (Connection) async -> Void) async throws {
    try await server.executeThenClose { inbound in
      try await withThrowingDiscardingTaskGroup { tasks in
        for try await arrival in inbound {
          tasks.addTask { await self.greet(arrival, serve) }
        }
      }
    }
  }

  private func greet(
    _ arrival: Arrival, _ serve: @Sendable (Connection) async -> Void
  ) async {
    do {
      let built = try arrival.built.get()
      let channel = built.channel.taken()
      let peer = try await checked(built, arrival.block)
      await serve(Connection(peer: peer, isDialled: false, channel: channel))
    } catch {
      if let built = try? arrival.built.get() {
        try? await built.channel.taken().executeThenClose { _, _ in }
      } else {
        arrival.channel.close(promise: nil)
      }
      await refusals.note("\(error)", from: arrival.address, in: arrival.block)
    }
  }

  private func checked(
    _ built: Arrival.Built, _ block: AddressBlock
  ) async throws -> NodeName {
    defer { gate.leave(block) }
    return try await built.peer.get()
  }
}

/// A connection that came in, ready for its handshake, or why there will be none.
///
/// The listener must never see an initialiser fail: it would neither close the connection nor go on
/// to the next.
private struct Arrival: Sendable {
  let channel: any Channel
  /// As it was on arrival: a closed connection no longer says where it came from.
  let address: String
  let block: AddressBlock
  let built: Result<Built, any Error>

  struct Built {
    let channel: UntakenChannel<LinkMessage, LinkMessage>
    let peer: EventLoopFuture<NodeName>
  }
}

/// Makes arriving connections ready for their handshakes.
private final class Reception: Sendable {
  private let identity: TLSIdentity
  private let limits: LinkLimits
  private let logger: Logger
  private let pins: @Sendable () throws -> Pins
  /// Agencies whose pinned CA could not be read, each logged once.
  private let unreadable = Mutex<Set<AgencyID>>([])
  /// What the connection before was made with. A context holds every pinned CA: one for each connection would
  /// take more than half a megabyte of a force with a thousand schools.
  private let made = Mutex<(pins: Pins, context: NIOSSLContext)?>(nil)

  init(
    identity: TLSIdentity, limits: LinkLimits, logger: Logger,
    pins: @escaping @Sendable () throws -> Pins
  ) {
    self.identity = identity
    self.limits = limits
    self.logger = logger
    self.pins = pins
  }

  func receive(_ channel: any Channel, _ gate: HandshakeGate) -> Arrival {
    let block = AddressBlock(channel.remoteAddress)
    return Arrival(
      channel: channel,
      address: channel.remoteAddress.map { "\($0)" } ?? "unknown address", block: block,
      built: Result {
        try gate.enter(block)
        do {
          let (wrapped, peer) = try build(channel)
          return Arrival.Built(channel: UntakenChannel(wrapped), peer: peer)
        } catch {
          gate.leave(block)
          throw error
        }
      })
  }

  private func build(_ channel: any Channel) throws -> ConnectionPipeline.Built {
    let (pins, context) = try context(for: try pins())
    return try ConnectionPipeline(limits: limits, pins: pins, expected: nil)
      .build(channel, tls: NIOSSLServerHandler(context: context))
  }

  /// One context for all connections while the same CAs are pinned. Where others are, nobody resumes what was
  /// agreed under the old one.
  private func context(for pins: Pins) throws -> (pins: Pins, context: NIOSSLContext) {
    if let known = made.withLock({ $0 }), known.pins == pins { return known }
    let (context, unreadable) = try TLSContexts.server(identity, pins)
    note(unreadable)
    made.withLock { $0 = (pins, context) }
    return (pins, context)
  }

  private func note(_ agencies: [AgencyID]) {
    for agency in agencies
    where unreadable.withLock({ $0.insert(agency).inserted }) {
      logger.warning(
        "pinned CA skipped",
        metadata: [
          "agency": "\(agency)", "reason": "\(PeerError.unreadableAuthority(agency))",
        ])
    }
  }
}
