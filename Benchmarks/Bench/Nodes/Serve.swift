import ArgumentParser
import Foundation
import Logging
import Node
import Records
import Replica
import ServiceLifecycle

/// Runs a node as `concord run` does, and writes in it when told so, as its pages would.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a node; for the other subcommands.", shouldDisplay: false)
  @Argument var folder: String

  func run() async throws {
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = .error
      return handler
    }
    let node = try LocalNode(NodeFolder(folder))
    let service = NodeService(node, logger: Logger(label: "bench")) { announce in
      [Writer(node: node, announce: announce)]
    }
    try await service.run { _ in Reply.say("ready") }
  }
}

/// Carries out orders, one after the other: `write RECORD FIELD GENERATION` makes one change.
private struct Writer: Service {
  let node: LocalNode
  let announce: @Sendable () async -> Void

  func run() async throws {
    let (orders, continuation) = AsyncStream<String>.makeStream()
    Thread.detachNewThread {
      while let line = readLine() { continuation.yield(line) }
      // Whoever started this process is gone.
      kill(getpid(), SIGTERM)
    }
    for await order in orders.cancelOnGracefulShutdown() {
      do {
        try await carryOut(order.split(separator: " ").compactMap { UInt64($0) })
      } catch {
        Reply.say("failed: \(error)")
      }
    }
  }

  /// Answers with the moments before the write and after it was durable.
  private func carryOut(_ numbers: [UInt64]) async throws {
    guard numbers.count == 3 else { throw BenchError("not an order") }
    let edit = Sheets(count: 0, generation: numbers[2]).edit(
      Int(numbers[0]), field: Int(numbers[1]))
    let begun = Moment.now
    _ = try node.put([edit])
    let durable = Moment.now
    await announce()
    Reply.say("\(begun.nanoseconds) \(durable.nanoseconds)")
  }
}

private enum Reply {
  static func say(_ text: String) {
    FileHandle.standardOutput.write(Data("\(text)\n".utf8))
  }
}
