import Agreements
import Foundation
import GRDB
import Records
import TestSupport
import Testing

@testable import Simulation

/// A small run that has come to rest without a broken check, to be spoilt.
struct SettledRun {
  let world: World
  private let folder: TemporaryFolder

  init(_ checks: Check..., seed: UInt64 = 21) throws {
    let names = checks.map(\.rawValue).joined(separator: ", ")
    try self.init(
      try ScenarioFiles.read(
        "calm", changing: ["duration": "4m", "every": "4s", "checks": "[\(names)]"]), seed: seed)
  }

  init(_ scenario: Scenario, seed: UInt64) throws {
    let cast = try Cast(scenario, seed: seed)
    var maker = try PlanMaker(scenario, cast, seed: seed)
    folder = try TemporaryFolder()
    world = try World(
      scenario, cast, maker.plan(seed: seed), folder: folder.path, keepsLines: false)
    try world.prepare()
    try world.run(until: scenario.duration)
    try world.settle()
    try #require(world.failure == nil)
  }

  /// The first node of a kind.
  func station(_ kind: AgencyKind) throws -> Station {
    let stations = world.cast.honest.compactMap { world.stations[$0] }
    return try #require(stations.first { $0.player.kind == kind })
  }

  /// Alters a node's file behind its back.
  func alter(
    _ station: Station, _ sql: String, _ arguments: StatementArguments = []
  ) throws {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    configuration.busyMode = .timeout(10)
    let file = try DatabaseQueue(path: station.path, configuration: configuration)
    let altered = try file.writeWithoutTransaction { db in
      try db.execute(sql: sql, arguments: arguments)
      return db.totalChangesCount
    }
    try file.close()
    try #require(altered > 0, "the alteration altered nothing")
  }

  /// Makes the scenario's checks.
  func broken() throws -> Check? {
    try world.checkAll()
    return world.failure?.check
  }
}
