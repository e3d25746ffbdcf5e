import ArgumentParser
import Foundation
import Node
import Simulation

struct Sim: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run many whole nodes in one process, with faults and hostile peers, from a seed.")
  @Argument(help: "A scenario, as those of Protocol/scenarios.")
  var scenario: String
  @Option(help: "Decides all that happens. The same seed gives the same trace on any machine.")
  var seed: UInt64
  @Option(help: "Write the trace into this file, line by line.")
  var trace: String?
  @Flag(help: "On a failure, look for the fewest actions that still fail, and show them.")
  var shrink = false
  @OptionGroup var output: JSONFlag

  func run() throws {
    let read = try Scenario(file: scenario)
    let simulator = Simulator(read, keepsLines: trace != nil)
    let report = try simulator.run(seed: seed)
    if let trace {
      try TextFile.replace(trace, with: report.trace.lines.map { "\($0)\n" }.joined())
    }
    let facts = SimulationFacts(report)
    if output.json { try printJSON(facts) } else { print(facts.text) }
    guard report.failure != nil else { return }
    if shrink { print(ShrunkText.of(try Shrinker(read).shrink(seed: seed))) }
    throw NodeError("\(read.name) with seed \(seed) breaks a check")
  }
}
