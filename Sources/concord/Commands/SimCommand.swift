import ArgumentParser
import Foundation
import Node
import Records
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
  @Option(
    help: "Of a scenario with areas, only that of this force; may be given several times.",
    transform: Typed.agency)
  var area: [AgencyID] = []
  @Option(help: "Of a scenario with areas, how many times as many incidents there are.")
  var times = 1
  @Option(help: "Of a scenario with areas, how many are played at one time.")
  var jobs = ProcessInfo.processInfo.activeProcessorCount
  @OptionGroup var output: JSONFlag

  func validate() throws {
    guard times > 0, jobs > 0 else {
      throw ValidationError("--times and --jobs: expected a number from 1")
    }
  }

  func run() throws {
    let read = try Scenario(file: scenario)
    guard read.areas.isEmpty else { return try runAreas(read) }
    guard area.isEmpty, times == 1 else {
      throw NodeError("\(read.name) has no areas: leave out --area and --times")
    }
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

  private func runAreas(_ read: Scenario) throws {
    guard !shrink else {
      throw NodeError("\(read.name) has areas: its runs are too long to be shrunk")
    }
    let simulator = try AreasSimulator(
      read, only: area, times: times, keepsLines: trace != nil, workClock: AreasRun.threadTime)
    let outcome = try AreasRun(simulator: simulator, seed: seed, jobs: jobs).run()
    if let trace {
      let lines = outcome.report.areas.flatMap { area in
        area.run.trace.lines.map { "\(area.area.force) \($0)\n" }
      }
      try TextFile.replace(trace, with: lines.joined())
    }
    let facts = AreasFacts(outcome, times: times)
    if output.json { try printJSON(facts) } else { print(facts.text) }
    guard outcome.report.failure == nil else {
      throw NodeError("\(read.name) with seed \(seed) breaks a check")
    }
  }
}
