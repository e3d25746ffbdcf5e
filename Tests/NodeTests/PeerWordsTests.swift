import Foundation
import Logging
import Records
import SyncProtocol
import Synchronization
import Testing
import Transport

@testable import Node

/// What a peer says is the peer's text: it makes no line of its own in this node's log.
struct PeerWordsTests {
  /// Keeps what is logged, as it would be printed.
  private struct Journal: LogHandler {
    final class Lines: Sendable {
      private let lines = Mutex<[String]>([])
      func add(_ line: String) { lines.withLock { $0.append(line) } }
      var all: [String] { lines.withLock { $0 } }
    }

    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      lines.add("\(event.message) \(event.metadata?["reason"].map { "\($0)" } ?? "")")
    }
  }

  @Test func aGoodbyeMakesNoLineOfItsOwn() async throws {
    let lines = Journal.Lines()
    let dialled = try await DialledNode(
      logger: Logger(label: "test") { _ in Journal(lines: lines) })
    try await dialled.connection.use { reader, writer in
      try await writer.write(.goodbye("bye\n2027-05-04 info concord: all is well\u{1B}[31m"))
      try? await reader.forEach { _ in }
    }
    for _ in 0..<500 where !lines.all.contains(where: { $0.hasPrefix("link closed") }) {
      try await Task.sleep(for: .milliseconds(10))
    }
    let closed = try #require(lines.all.first { $0.hasPrefix("link closed") })
    #expect(closed.contains("the peer closed: bye\\n2027"), "\(closed)")
    #expect(closed.contains("\\u{1B}[31m"), "\(closed)")
    for line in lines.all { #expect(PrintableText.isLine(line), "\(line)") }
    await dialled.stop()
  }
}
