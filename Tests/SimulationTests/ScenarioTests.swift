import Foundation
import Simulation
import TestSupport
import Testing

/// Whole partnerships from seeds: what every run has to hold, and seeds that once broke a check.
@Suite(.serialized) struct ScenarioTests {
  /// Reads a scenario of the repository.
  private func scenario(_ name: String) throws -> Scenario {
    let path = "Protocol/scenarios/\(name).yaml"
    return try Scenario(file: repositoryRoot.appendingPathComponent(path).path)
  }

  @Test func theSameSeedGivesTheSameTrace() throws {
    let calm = try scenario("calm")
    let one = try Simulator(calm).run(seed: 1)
    let other = try Simulator(calm, keepsLines: true).run(seed: 1)
    #expect(one.trace.digest == other.trace.digest)
    #expect(one.trace.count == other.trace.lines.count)
    #expect(one.failure == nil)
    let another = try Simulator(calm).run(seed: 2)
    #expect(another.trace.digest != one.trace.digest)
  }

  /// Seeds that found a bug, with what they found.
  @Test(arguments: [
    // A reference went although its target had been erased here.
    ("calm", UInt64(1)),
    // What came back after a restore was not known to have been disclosed.
    ("restores", 1),
    // A change too early for its stamp and for its agreement was lost.
    ("clocks", 1),
    // A version that is signed by all only after its start.
    ("grants", 1),
    // An erased value left a route behind that a rebuild did not find; a check that compared only
    // how many bytes there were had not seen it.
    ("grants", 2),
    // A reference that had been taken out of its set was neither sent once its target might be seen,
    // nor taken back when it was sealed.
    ("grants", 826),
    // What two nodes had lost at different times was taken for had; what waited while a node
    // relearnt its past was forgotten.
    ("restores", 3),
    ("restores", 6),
    // What was refused of one peer and came from another was missing in the first one's stream.
    ("clocks", 8),
    ("hostile", 1),
    // A hostile author filled a context with keys that nobody has, and no one could write the field.
    ("hostile", 1_795_599_622),
    ("storms", 1),
  ])
  func seedsThatOnceFailed(name: String, seed: UInt64) throws {
    let report = try Simulator(try scenario(name)).run(seed: seed)
    #expect(report.failure == nil, "\(name) with seed \(seed)")
  }

  @Test func everyScenarioCanBeRead() throws {
    let folder = repositoryRoot.appendingPathComponent("Protocol/scenarios")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".yaml") }
    #expect(names.count >= 10)
    for name in names where name != "england.yaml" {
      let read = try scenario(String(name.dropLast(5)))
      #expect("\(read.name).yaml" == name)
      // Casework is checked where there is some.
      let checks = Set(Check.allCases).subtracting(read.casework == nil ? [.casework] : [])
      #expect(Set(read.checks) == checks, "\(name)")
    }
  }
}
