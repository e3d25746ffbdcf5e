import Foundation
import Simulation
import TestSupport
import Testing

/// Reads a scenario of the repository.
func scenario(_ name: String) throws -> Scenario {
  let path = "Protocol/scenarios/\(name).yaml"
  return try Scenario(file: repositoryRoot.appendingPathComponent(path).path)
}

@Suite struct SeedTests {
  @Test func calm() throws {
    let start = ContinuousClock.now
    let report = try Simulator(try scenario("calm"), keepsLines: true).run(seed: 1)
    print(report.trace.lines.suffix(60).joined(separator: "\n"))
    print(report.failure as Any, report.events, report.writes, report.refusedWrites, report.frames)
    print("took", ContinuousClock.now - start)
    #expect(report.failure == nil)
  }
}
