import Foundation
import NIOCore
import NIOPosix

/// Asks the node that runs on a folder, where one does.
struct ControlClient: Sendable {
  let folder: NodeFolder

  /// - Returns: nothing where no node runs on the folder.
  /// - Throws: `NodeError` where one does and gives no answer in time: a process that stands still keeps its socket, and
  ///   no command may wait for it for ever.
  func ask(_ request: ControlRequest) async throws -> ControlReply? {
    guard FileManager.default.fileExists(atPath: folder.controlSocket) else { return nil }
    let socket = try ControlSocket(folder)
    let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    do {
      channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(unixDomainSocketPath: socket.path, channelInitializer: ControlLines.channel)
    } catch {
      // A node that was killed leaves its socket behind, with nobody listening.
      return nil
    }
    let patience = channel.channel.eventLoop.scheduleTask(in: TimeAmount(request.patience)) {
      channel.channel.close(promise: nil)
    }
    defer { patience.cancel() }
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(try ControlLines.encoded(request))
      guard let line = try await ControlLines.read(inbound) else {
        throw NodeError(
          "the node that runs on \(folder.path) does not answer: look at its log, or start it again"
        )
      }
      return try JSONDecoder().decode(ControlReply.self, from: line)
    }
  }
}
