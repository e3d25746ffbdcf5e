import Simulation
import Testing

/// A part of every scenario, with fixed seeds: quick enough for every run of the tests.
@Suite struct ShortRunTests {
  /// How long each scenario lasts here: a part of what it lasts by itself.
  private static let short = [
    "calm": "10m", "clocks": "50m", "hostile": "5m", "many-schools": "3m",
    "moves": "3h", "term": "6d", "offline-weeks": "5d", "restores": "10m", "storms": "5m",
  ]

  @Test(arguments: ScenarioFiles.names, [7])
  func aShortRunHolds(name: String, seed: UInt64) throws {
    let duration = Self.short[name].map { ["duration": $0] } ?? [:]
    let scenario = try ScenarioFiles.read(name, changing: duration)
    let report = try Simulator(scenario).run(seed: seed)
    #expect(report.failure == nil, "\(name), seed \(seed)")
    #expect(report.writes > 10)
    for check in report.checks { #expect(check.count > 0, "\(check.check) was never made") }
  }
}
