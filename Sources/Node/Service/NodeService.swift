import Agreements
import Foundation
public import Logging
import NIOPosix
import Replica
public import ServiceLifecycle
import SyncProtocol
import Transport
import UnixSignals

/// A node in service: accepts and dials peers, answers the command line, until it is told to stop.
public struct NodeService: Sendable {
  private let node: LocalNode
  private let logger: Logger
  private let further: @Sendable (_ announce: @escaping @Sendable () async -> Void) -> [any Service]

  /// A node that does not run yet.
  /// - Parameter further: what runs beside it, given how to tell the node that something was written.
  public init(
    _ node: LocalNode, logger: Logger,
    beside further:
      @escaping @Sendable (
        _ announce: @escaping @Sendable () async -> Void
      ) -> [any Service] = { _ in [] }
  ) {
    self.node = node
    self.logger = logger
    self.further = further
  }

  /// Runs until SIGTERM or SIGINT.
  /// - Parameter onReady: told where the node listens, once it does; a device does not.
  /// - Throws: `NodeError` where another process runs this node, or the address cannot be had.
  public func run(onReady: @Sendable (String?) -> Void) async throws {
    let lock = try await Self.lock(node.folder)
    let group = MultiThreadedEventLoopGroup.singleton
    let context = try NodeContext(node, logger: logger)
    let engine = SyncEngine(context, group: group)
    let isDevice = node.configuration.device != nil
    // A device is dialled by nobody.
    let listener = isDevice ? nil : try await Self.listen(context)
    let control = try await ControlServer(node.folder, engine: engine, group: group)
    for warning in try node.replica.partnership().warnings(at: node.clock.now()) {
      logger.warning("agreement", metadata: ["warning": "\(warning)"])
    }
    try node.signAudit()
    onReady(listener.map { "\(node.configuration.listen.host):\($0.port)" })
    var jobs = [
      Job { await engine.keepDialling() }, Job { await engine.keepRetrying() },
      Job { await engine.keepLooking() }, Job { await engine.keepSummed() },
      Job { try await control.run() }, Job { await engine.watchExpiry() },
    ]
    if let listener {
      jobs.append(Job { try await listener.run { await engine.serve($0) } })
      // The agency's own node alone keeps the ledger, whatever its devices hold.
      jobs.append(Job { await engine.keepLedger() })
      jobs.append(Job { await engine.watchCalendars() })
    }
    let services = ServiceGroup(
      services: jobs + [Closing(engine: engine)] + further { await engine.changed() },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    try await services.run()
    await context.stop()
    // What nobody has signed yet is signed before nobody looks any more.
    try? node.signAudit()
    unlink(node.folder.controlSocket)
    try? node.replica.close()
    _ = consume lock
  }

  /// A short exchange may hold the lock; a node that is to run waits for it.
  private static func lock(_ folder: NodeFolder) async throws -> RunLock {
    for _ in 0..<50 {
      if let lock = try RunLock(at: folder.lock) { return lock }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw NodeError("another concord run works on \(folder.path)")
  }

  private static func listen(_ context: NodeContext) async throws -> TLSListener {
    let listen = context.node.configuration.listen
    do {
      return try await TLSListener(
        on: listen, identity: context.tls, limits: context.limits,
        group: MultiThreadedEventLoopGroup.singleton, logger: context.logger
      ) { try context.pins() }
    } catch {
      throw NodeError(
        "cannot listen on \(listen): \(TLSProblem.describe(error)); change listen in \(context.node.folder.configuration)"
      )
    }
  }
}

/// Work that is cancelled when the node stops.
private struct Job: Service {
  let work: @Sendable () async throws -> Void

  init(_ work: @escaping @Sendable () async throws -> Void) { self.work = work }

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown { try await work() }
    } catch is CancellationError {
      return
    }
  }
}

/// Stops first, so that peers hear a goodbye while everything else still works.
private struct Closing: Service {
  let engine: SyncEngine

  func run() async throws {
    try? await gracefulShutdown()
    await engine.stop()
  }
}
