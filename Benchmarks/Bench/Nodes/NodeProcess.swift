import Foundation
import Node

/// A process of its own that runs a node on its folder, told by lines on its standard input.
final class NodeProcess {
  private let process = Process()
  private let orders = Pipe()
  private let replies = Pipe()
  private var unread = Data()
  private(set) var startedAt = Moment.now
  private(set) var readyAt = Moment.now

  /// Starts a node and waits until it listens.
  init(_ folder: NodeFolder) throws {
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["serve", folder.path]
    process.standardInput = orders
    process.standardOutput = replies
    startedAt = Moment.now
    try process.run()
    guard try line() == "ready" else { throw BenchError("\(folder.path) did not start") }
    readyAt = Moment.now
  }

  var pid: Int32 { process.processIdentifier }
  var peakKilobytes: Int { Usage.peakKilobytes(of: pid) }

  /// Has the node do something; what it answers is the next line.
  func tell(_ order: String) {
    orders.fileHandleForWriting.write(Data("\(order)\n".utf8))
  }

  /// The next line that the node says.
  func line() throws -> String {
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: unread[unread.startIndex..<end], as: UTF8.self)
        unread = Data(unread[(end + 1)...])
        return line
      }
      let more = replies.fileHandleForReading.availableData
      guard !more.isEmpty else { throw BenchError("a node's process ended by itself") }
      unread.append(more)
    }
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
  }

  deinit { if process.isRunning { process.terminate() } }
}
