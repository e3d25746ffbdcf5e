import Foundation
import Logging
import NIOCore
import NIOPosix
import Records
import Transport

/// Answers the command line while the node runs.
struct ControlServer: Sendable {
  private let server: NIOAsyncChannel<UntakenChannel<ByteBuffer, ByteBuffer>, Never>
  private let engine: SyncEngine

  init(_ folder: NodeFolder, engine: SyncEngine, group: any EventLoopGroup) async throws {
    self.engine = engine
    let socket = try ControlSocket(folder)
    server = try await ServerBootstrap(group: group).bind(
      unixDomainSocketPath: socket.path, cleanupExistingSocketFile: true,
      childChannelInitializer: { channel in
        ControlLines.channel(channel).map { UntakenChannel($0) }
      })
  }

  func run() async throws {
    try await server.executeThenClose { inbound in
      try await withThrowingDiscardingTaskGroup { tasks in
        for try await channel in inbound {
          tasks.addTask { try? await self.answer(channel.taken()) }
        }
      }
    }
  }

  private func answer(_ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async throws {
    try await channel.executeThenClose { inbound, outbound in
      guard let line = try await ControlLines.read(inbound) else { return }
      let reply: ControlReply
      if let request = try? JSONDecoder().decode(ControlRequest.self, from: line) {
        reply = await self.reply(to: request)
      } else {
        reply = ControlReply(error: "not a request")
      }
      try await outbound.write(try ControlLines.encoded(reply))
    }
  }

  private func reply(to request: ControlRequest) async -> ControlReply {
    switch request {
    case .changed:
      await engine.changed()
      return ControlReply()
    case .agreed:
      await engine.renew()
      return ControlReply()
    case .sync(let peer):
      let agency = peer.flatMap(AgencyID.init)
      let report = await engine.sync(with: agency, timeout: Limits.Control.syncTimeout)
      return ControlReply(report: report)
    case .verify(let peer):
      guard let agency = AgencyID(peer) else { return ControlReply(error: "not an agency") }
      do {
        let report = try await engine.verify(with: agency, timeout: Limits.Control.syncTimeout)
        return ControlReply(verified: report)
      } catch {
        return ControlReply(error: "\(error)")
      }
    case .unseal: return ControlReply(key: engine.context.node.keys.seal?.key.data)
    case .status:
      let clocks = await engine.clocksAhead
      return ControlReply(
        connected: await engine.connected.sorted().map(\.description),
        clocks: Dictionary(uniqueKeysWithValues: clocks.map { ($0.key.description, $0.value) }))
    }
  }
}
