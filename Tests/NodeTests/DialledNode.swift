import Logging
import NIOPosix
import Records
import SyncProtocol
import TestSupport
import Transport

@testable import Node

/// The police's node with its engine, and a connection to it that the council's node has dialled.
struct DialledNode {
  let police: LocalNode
  let care: LocalNode
  let connection: Connection
  private let folder: TemporaryFolder
  private let engine: SyncEngine
  private let contexts: [NodeContext]
  private let serving: Task<Void, any Error>

  /// - Parameter limits: of the police's links.
  init(limits: LinkLimits = LinkLimits(), logger: Logger) async throws {
    folder = try TemporaryFolder()
    let (police, care) = try TestNodes.partners(in: folder)
    let group = MultiThreadedEventLoopGroup.singleton
    let (here, there) = (
      try NodeContext(police, limits: limits, logger: logger),
      try NodeContext(care, logger: logger)
    )
    let engine = SyncEngine(here, group: group)
    let listener = try await TLSListener(
      on: Endpoint(host: "127.0.0.1", port: 0), identity: here.tls, group: group, logger: logger
    ) { try here.pins() }
    serving = Task { try await listener.run { await engine.serve($0) } }
    let dialer = TLSDialer(
      identity: there.tls, federation: care.configuration.federation, group: group)
    connection = try await dialer.connect(
      to: Endpoint(host: "127.0.0.1", port: listener.port), agency: police.agency,
      authorities: [try police.authority().der])
    (self.police, self.care, self.engine, contexts) = (police, care, engine, [here, there])
  }

  func stop() async {
    serving.cancel()
    await engine.stop()
    for context in contexts { await context.stop() }
  }
}
