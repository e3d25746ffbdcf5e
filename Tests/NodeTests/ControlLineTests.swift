import Foundation
import NIOCore
import Records
import Synchronization
import Testing

@testable import Node

/// What comes over the control socket, line by line.
struct ControlLineTests {
  /// Buffers as a socket would give them.
  private func buffers(_ count: Int, of text: String) -> AsyncThrowingStream<ByteBuffer, any Error>
  {
    AsyncThrowingStream { continuation in
      for _ in 0..<count { continuation.yield(ByteBuffer(string: text)) }
      continuation.finish()
    }
  }

  @Test func aLineComesInPiecesAndEndsAtItsEnd() async throws {
    let line = try await ControlLines.read(buffers(3, of: "abc"))
    #expect(line == nil, "without an end it is none")
    let ended = try await ControlLines.read(buffers(1, of: "{}\nmore"))
    #expect(ended == Data("{}".utf8))
  }

  @Test func aLineWithoutEndIsNotReadForEver() async throws {
    let piece = String(repeating: "a", count: 64 << 10)
    let read = Mutex(0)
    let endless = AsyncThrowingStream<ByteBuffer, any Error> {
      read.withLock { $0 += piece.utf8.count }
      // An end, so that a reader without a limit fails this test and does not hang it.
      return read.withLock { $0 } > 8 * Limits.Control.lineBytes
        ? nil : ByteBuffer(string: piece)
    }
    #expect(try await ControlLines.read(endless) == nil)
    #expect(read.withLock { $0 } == Limits.Control.lineBytes)
  }
}
