import Foundation
import NIOCore
import NIOPosix

/// Asks the node that runs on a folder, where one does.
struct ControlClient: Sendable {
  let folder: NodeFolder

  /// - Returns: nothing where no node runs on the folder.
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
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(try ControlLines.encoded(request))
      guard let line = try await ControlLines.read(inbound) else {
        throw NodeError("the node that runs on \(folder.path) did not answer")
      }
      return try JSONDecoder().decode(ControlReply.self, from: line)
    }
  }
}
