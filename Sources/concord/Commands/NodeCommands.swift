import ArgumentParser
import Foundation
import Logging
import Node
import Records
import Replica
import Web

struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the node: it accepts and dials its peers until it is told to stop.")
  @OptionGroup var node: NodeArgument

  func run() async throws {
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    let opened = try node.open()
    let configuration = opened.configuration
    let logger = Logger(label: "concord")
    let service = NodeService(opened, logger: logger) { announce in
      (configuration.web == nil
        ? [] : [WebService(opened, logger: logger, announce: announce)])
        + (configuration.metrics == nil ? [] : [MetricsService(opened, logger: logger)])
    }
    try await service.run { address in
      print(
        address.map { "\(configuration.agency) is listening on \($0)" }
          ?? "\(configuration.node) syncs with its agency at \(configuration.endpoint)")
      fflush(nil)
    }
  }
}

struct Sync: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Exchange with the peers once, until both sides have nothing more to say.",
    discussion: """
      Exits with 0 where at least one peer is in step afterwards, and names on standard error those
      that are not; with 1 where none is.
      """)
  @OptionGroup var node: NodeArgument
  @Option(help: "With this agency only.", transform: Typed.agency)
  var peer: AgencyID?
  @OptionGroup var output: JSONFlag

  func run() async throws {
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = .error
      return handler
    }
    let opened = try node.open()
    let report = try await opened.sync(with: peer, logger: Logger(label: "concord"))
    if output.json {
      try printJSON(report)
    } else {
      for peer in report.peers { print(SyncText.of(peer)) }
    }
    let problems = report.peers.compactMap { peer in
      peer.error.map { "\(peer.agency): \($0)" }
    }
    guard problems.count < report.peers.count else {
      throw NodeError(
        "no peer is in step (\(problems.joined(separator: "; "))); what is written here is kept "
          + "and goes out later")
    }
    for problem in problems { Warning.print("not in step with \(problem)") }
  }
}

struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the node's agreement, links and what waits.")
  @OptionGroup var node: NodeArgument
  @OptionGroup var output: JSONFlag

  func run() async throws {
    let opened = try node.open()
    let facts = try await StatusFacts(opened)
    if output.json { try printJSON(facts) } else { print(facts.text) }
  }
}

struct Rebuild: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Derive what people see anew from the log of changes.")
  @OptionGroup var node: NodeArgument

  func run() throws {
    let opened = try node.open()
    let rebuilt = try opened.replica.rebuild()
    let outcome = rebuilt.isMended ? "what was damaged is mended" : "nothing differs"
    print("\(rebuilt.writes) writes merged; \(outcome)")
  }
}
