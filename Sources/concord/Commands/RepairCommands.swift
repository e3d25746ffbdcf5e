import ArgumentParser
import Foundation
import Logging
import Node
import Records
import Replica

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare with a peer what each has of the other's, and mend what is missing.")
  @OptionGroup var node: NodeArgument
  @Option(help: "The agency to compare with.", transform: Typed.agency)
  var peer: AgencyID
  @OptionGroup var output: JSONFlag

  func run() async throws {
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = .error
      return handler
    }
    let report = try await node.open().verify(with: peer, logger: Logger(label: "concord"))
    if output.json { try printJSON(report) } else { print(Self.text(report, peer)) }
    let missing = report.missing_here + report.missing_there
    guard report.mended == missing else {
      throw NodeError(
        "\(missing - report.mended) of them are still missing: see concord quarantine at both nodes"
      )
    }
  }

  private static func text(_ report: VerifyReport, _ peer: AgencyID) -> String {
    let cost = "\(report.bytes) bytes, \(report.round_trips) round trips"
    guard !report.equal else { return "Equal with \(peer) (\(cost))." }
    return """
      \(report.missing_here) missing here, \(report.missing_there) missing at \(peer); \
      \(report.mended) mended (\(cost)).
      """
  }
}

struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Go on after a restore although an agency has not answered.",
    discussion: """
      A node that was restored from a backup waits until every principal has told it what it lost.
      What only the named agency could have told is then lost for good.
      """)
  @OptionGroup var node: NodeArgument
  @Option(help: "Whose answer is given up.", transform: Typed.agency)
  var acceptMissing: AgencyID

  func run() throws {
    let opened = try node.open()
    try opened.replica.resume(acceptingLossFrom: acceptMissing)
    let missing = try opened.replica.relearning().map(\.description)
    print(
      missing.isEmpty
        ? "\(opened.agency) goes on" : "still waiting for \(missing.joined(separator: ", "))")
  }
}

struct Evidence: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Show proof that an agency told two things: two changes under one stamp, two streams.",
    discussion: """
      Each proof can be checked with the agency's public key alone. Show it to the agency's \
      administrator: a key that is used by somebody else looks the same.
      """)
  @OptionGroup var node: NodeArgument
  @OptionGroup var output: JSONFlag

  func run() throws {
    let replica = try node.open().replica
    let changes = try replica.evidence().map(EvidenceFacts.init)
    let streams = try replica.forks().map(ForkFacts.init)
    guard !output.json else {
      return try printJSON(changes.map(Proof.changes) + streams.map(Proof.streams))
    }
    if changes.isEmpty, streams.isEmpty { print("There is none.") }
    for entry in changes { print(entry.text) }
    for entry in streams { print(entry.text) }
  }

  private enum Proof: Encodable {
    case changes(EvidenceFacts), streams(ForkFacts)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .changes(let facts): try facts.encode(to: encoder)
      case .streams(let facts): try facts.encode(to: encoder)
      }
    }
  }
}
