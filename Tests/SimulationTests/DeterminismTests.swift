import Foundation
import Records
import TestSupport
import Testing

@testable import Simulation

/// One seed decides everything: the same trace in this process, in another, and for what is left of
/// a plan when a part of it is left out.
@Suite struct DeterminismTests {
  @Test(arguments: ["storms", "hostile", "restores"])
  func twoRunsOfOneSeedAreTheSame(name: String) throws {
    let scenario = try ScenarioFiles.read(name, changing: ["duration": "4m"])
    let simulator = Simulator(scenario, keepsLines: true)
    let (first, second) = (try simulator.run(seed: 11), try simulator.run(seed: 11))
    #expect(first.trace.lines == second.trace.lines)
    #expect(first.trace.digest == second.trace.digest)
    #expect(first.events == second.events)
    #expect(try simulator.run(seed: 12).trace.digest != first.trace.digest)
  }

  /// Hash tables have another order in every process: nothing may depend on it.
  @Test func anotherProcessGivesTheSameDigest() throws {
    let folder = try TemporaryFolder()
    let protocolFolder = repositoryRoot.appendingPathComponent("Protocol").path
    let text = try ScenarioFiles.text("storms")
      .replacing("duration: 20m", with: "duration: 4m")
      .replacing("../", with: "\(protocolFolder)/")
    let path = "\(folder.path)/storms.yaml"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let here = try Simulator(
      try ScenarioFiles.read("storms", changing: ["duration": "4m"])
    ).run(seed: 11)
    let facts = try JSONDecoder().decode(Facts.self, from: try Self.sim(path, seed: 11))
    #expect(facts.digest == here.trace.digest.description)
    #expect(facts.events == here.events)
  }

  private struct Facts: Decodable {
    let digest: String
    let events: Int
  }

  /// What `concord sim --json` prints.
  private static func sim(_ scenario: String, seed: UInt64) throws -> Data {
    let me = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let beside = me.deletingLastPathComponent().appendingPathComponent("concord")
    let isThere = FileManager.default.isExecutableFile(atPath: beside.path)
    let process = Process()
    process.executableURL =
      isThere ? beside : repositoryRoot.appendingPathComponent(".build/debug/concord")
    process.arguments = ["sim", scenario, "--seed", "\(seed)", "--json"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return bytes
  }

  @Test func leavingOutAnActionShiftsNothingThatHappenedBefore() throws {
    let scenario = try ScenarioFiles.read("calm", changing: ["duration": "6m"])
    let cast = try Cast(scenario, seed: 3)
    var maker = try PlanMaker(scenario, cast, seed: 3)
    let plan = maker.plan(seed: 3)
    let writes = plan.actions.filter { if case .write = $0.kind { $0.at > 180_000 } else { false } }
    let left = try #require(writes.min { $0.at < $1.at })
    var smaller = plan
    smaller.actions.removeAll { $0.number == left.number }
    let simulator = Simulator(scenario, keepsLines: true)
    let whole = try simulator.run(plan, cast).trace.lines
    let part = try simulator.run(smaller, cast).trace.lines
    func before(_ lines: [String]) -> [String] {
      lines.filter { Int64($0.prefix { $0 != " " }).map { $0 < left.at } ?? false }
    }
    #expect(before(whole) == before(part))
    #expect(before(whole).count > 50)
    #expect(whole != part)
    // What the other actions are is the same too.
    #expect(part.contains { $0.contains("#\(left.number + 1) ") })
  }

  @Test func theGeneratorGivesPublishedNumbers() {
    // SplitMix64 from the seed 1234567, after the reference implementation (Vigna, 2015).
    var generator = SeededGenerator(seed: 1_234_567)
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
    var keyed = SeededGenerator(seed: 1, keys: 2, 3)
    var other = SeededGenerator(seed: 1, keys: 3, 2)
    #expect(keyed.next() != other.next())
  }

  @Test func eventsOfOneTimeComeInTheOrderInWhichTheyWereAdded() {
    var queue = EventQueue()
    var generator = SeededGenerator(seed: 5)
    for number in 0..<500 {
      queue.add(.begin(action: number), at: Int64.random(in: 0..<20, using: &generator))
    }
    var last = (time: Int64(-1), action: -1)
    var count = 0
    while let (time, event) = queue.removeFirst() {
      guard case .begin(let action) = event else { continue }
      #expect(time > last.time || (time == last.time && action > last.action))
      last = (time, action)
      count += 1
    }
    #expect(count == 500)
  }
}
