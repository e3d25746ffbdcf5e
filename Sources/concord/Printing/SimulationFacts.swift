import Casework
import Foundation
import Records
import Simulation

/// What came of a simulation, for scripts and for people.
struct SimulationFacts: Encodable {
  let scenario: String
  let seed: UInt64
  let simulatedSeconds: Double
  let nodes: Int
  let events: Int
  let connections: Int
  let frames: Int
  let writes: Int
  let refusedWrites: Int
  let further: [String: Int]
  let faults: [String: Int]
  let hostile: [String: Int]
  let checks: [String: Int]
  let traceLines: Int
  let digest: String
  let casework: Cases?
  let failure: Failure?

  /// What became of notifications.
  struct Cases: Encodable {
    let issued: Int
    let meanwhile: Int
    let withdrawn: Int
    let repeated: Int
    let inTime: Int
    let late: [String: Int]
    let opened: Int
    let actedOn: Int
    let escalated: [String: Int]

    enum CodingKeys: String, CodingKey {
      case issued, meanwhile, withdrawn, repeated, late, opened, escalated
      case inTime = "in_time"
      case actedOn = "acted_on"
    }

    init(_ report: CaseworkReport) {
      issued = report.issued
      meanwhile = report.meanwhile
      withdrawn = report.withdrawn
      repeated = report.repeated
      inTime = report.inTime
      late = Dictionary(uniqueKeysWithValues: report.late.map { ($0.key.rawValue, $0.value) })
      opened = report.opened
      actedOn = report.actedOn
      escalated = Dictionary(
        uniqueKeysWithValues: report.escalated.map { ($0.key.rawValue, $0.value) })
    }
  }

  struct Failure: Encodable {
    let check: String
    let atSeconds: Double
    let problem: String
  }

  enum CodingKeys: String, CodingKey {
    case scenario, seed, nodes, events, connections, frames, writes, further, faults, hostile,
      checks, digest, casework, failure
    case simulatedSeconds = "simulated_seconds"
    case refusedWrites = "refused_writes"
    case traceLines = "trace_lines"
  }

  init(_ report: RunReport) {
    scenario = report.scenario
    seed = report.seed
    simulatedSeconds = Double(report.simulated) / 1000
    nodes = report.nodes
    events = report.events
    connections = report.connections
    frames = report.frames
    writes = report.writes
    refusedWrites = report.refusedWrites
    further = Dictionary(report.further.map { ($0.what, $0.count) }, uniquingKeysWith: +)
    faults = Dictionary(
      report.faults.map { ($0.kind.rawValue, $0.count) }, uniquingKeysWith: { $0 + $1 })
    hostile = Dictionary(
      report.hostileActs.map { ($0.act, $0.count) }, uniquingKeysWith: { $0 + $1 })
    checks = Dictionary(
      report.checks.map { ($0.check.rawValue, $0.count) }, uniquingKeysWith: { $0 + $1 })
    traceLines = report.trace.count
    digest = report.trace.digest.description
    casework = report.casework.map(Cases.init)
    failure = report.failure.map {
      Failure(
        check: $0.check.rawValue, atSeconds: Double($0.time) / 1000, problem: $0.problem)
    }
  }

  var text: String {
    var lines = [
      "scenario  \(scenario), seed \(seed): \(nodes) nodes",
      "simulated \(Self.time(simulatedSeconds)), \(events) events, \(connections) connections, "
        + "\(frames) frames",
      "written   \(writes) changes, \(refusedWrites) edits refused",
      "faults    \(Self.list(faults))",
    ]
    if !further.isEmpty { lines.append("also      \(Self.list(further))") }
    if !hostile.isEmpty { lines.append("hostile   \(Self.list(hostile))") }
    if let casework { lines += Self.text(casework) }
    lines.append("checks    \(Self.list(checks))")
    lines.append("trace     \(traceLines) lines, SHA-256 \(digest)")
    lines.append(Self.verdict(failure))
    return lines.joined(separator: "\n")
  }

  static func text(_ cases: Cases) -> [String] {
    let late = cases.late.values.reduce(0, +)
    return [
      "cases     \(cases.issued) notifications to schools, \(cases.inTime) there before they were due, "
        + "\(late) late, \(cases.withdrawn) taken back",
      "          late: \(list(cases.late))",
      "          \(cases.opened) opened, \(cases.actedOn) acted on; escalated to: "
        + list(cases.escalated),
      "          \(cases.meanwhile) to the council's officer while a school was closed; "
        + "\(cases.repeated) asked for again, and issued once",
    ]
  }

  /// What a run comes to, in a line.
  static func verdict(_ failure: Failure?) -> String {
    guard let failure else {
      return "Every check held. The same seed gives the same digest on any machine."
    }
    return "BROKEN    \(failure.check) at \(failure.atSeconds) s: \(failure.problem)"
  }

  static func list(_ counts: [String: Int]) -> String {
    guard !counts.isEmpty else { return "none" }
    return counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      .joined(separator: ", ")
  }

  private static func time(_ seconds: Double) -> String {
    let whole = Int(seconds)
    let (days, rest) = whole.quotientAndRemainder(dividingBy: 86_400)
    let clock = "\(rest / 3600) h \(rest / 60 % 60) min \(rest % 60) s"
    return days > 0 ? "\(days) d \(clock)" : clock
  }
}

/// The smallest failing run that was found.
enum ShrunkText {
  static func of(_ shrunk: Shrinker.Shrunk) -> String {
    var lines = [
      "",
      "\(shrunk.actions.count) of \(shrunk.planned) actions still break it "
        + "(\(shrunk.attempts) runs):",
    ]
    lines += shrunk.actions.map { "  \($0)" }
    lines.append("The end of their trace:")
    lines += shrunk.report.trace.lines.suffix(40).map { "  \($0)" }
    if let failure = shrunk.report.failure { lines.append("  \(failure.problem)") }
    return lines.joined(separator: "\n")
  }
}
