import Foundation
import NIOCore
import NIOPosix
import Records

/// The way to a socket in a node's folder. A socket's path may have about a hundred bytes only; a
/// longer one is reached through an open descriptor of the folder.
struct ControlSocket: ~Copyable {
  let path: String
  private let directory: Int32

  init(_ folder: NodeFolder) throws {
    if folder.controlSocket.utf8.count < 100 {
      path = folder.controlSocket
      directory = -1
    } else {
      directory = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard directory >= 0 else { throw NodeError.system("cannot open", folder.path) }
      path = "/proc/self/fd/\(directory)/control.sock"
    }
  }

  deinit { if directory >= 0 { close(directory) } }
}

/// Lines of text over a stream.
struct ControlLines {
  static func channel(
    _ channel: any Channel
  ) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> {
    channel.eventLoop.makeCompletedFuture {
      try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
    }
  }

  /// Reads up to the end of a line; nothing where it is longer than a line may be.
  static func read(
    _ inbound: some AsyncSequence<ByteBuffer, any Error>
  ) async throws -> Data? {
    var line = Data()
    for try await buffer in inbound {
      line.append(contentsOf: buffer.readableBytesView)
      if let end = line.firstIndex(of: UInt8(ascii: "\n")) { return line.prefix(upTo: end) }
      guard line.count < Limits.Control.lineBytes else { return nil }
    }
    return nil
  }

  static func encoded(_ message: some Encodable) throws -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeBytes(try JSONEncoder().encode(message))
    buffer.writeString("\n")
    return buffer
  }
}
