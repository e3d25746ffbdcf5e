import Foundation
import Records
import Replica
import TestSupport
import Testing

@testable import Simulation

/// What a run with casework comes to, and that its check sees what goes wrong.
@Suite struct CaseworkRunTests {
  /// The first fortnight of a term.
  private func fortnight() throws -> SettledRun {
    let scenario = try ScenarioFiles.read(
      "term", changing: ["duration": "13d", "checks": "[casework]"])
    return try SettledRun(scenario, seed: 5)
  }

  @Test func everyNotificationIsCountedOnce() throws {
    let run = try fortnight()
    #expect(try run.broken() == nil, "\(run.world.failure?.problem ?? "")")
    let report = try #require(RunReport(run.world).casework)
    #expect(report.issued > 5)
    #expect(report.inTime > 0)
    let late = report.late.values.reduce(0, +)
    #expect(report.inTime + late <= report.issued)
    #expect(report.inTime + late >= report.issued - report.withdrawn)
    #expect(report.opened >= report.actedOn)
    #expect(report.issued + report.meanwhile == run.world.caseBook.cases.count)
  }

  @Test func whatIsWithdrawnBehindTheBooksIsSeen() throws {
    let run = try fortnight()
    let notification = try #require(
      run.world.caseBook.cases.filter { !$0.value.isWithdrawn }.keys.min())
    let police = try #require(run.station(.police).node)
    var generator = SeededGenerator(seed: 1)
    _ = try police.put(
      [
        Edit(
          type: "notification", record: notification,
          assignments: [.set(field: "withdrawn", text: "a reason")])
      ], using: &generator)
    #expect(try run.broken() == .casework)
  }

  @Test func aNotificationThatNoOneIssuedIsSeen() throws {
    let run = try fortnight()
    let police = try #require(run.station(.police).node)
    var generator = SeededGenerator(seed: 1)
    let now = police.now.description
    _ = try police.put(
      [
        Edit(
          type: "notification", record: RecordID(using: &generator),
          assignments: [
            .set(field: "school", text: "school.100001"), .set(field: "issued_at", text: now),
            .set(field: "due_at", text: now),
          ])
      ], using: &generator)
    #expect(try run.broken() == .casework)
  }

  @Test func whatStandsInTheWayIsNamedAndNothingElse() {
    let offline = Action(number: 0, at: 100, until: 200, kind: .offline(node: 2))
    let split = Action(number: 1, at: 150, until: 400, kind: .partition(nodes: [0]))
    let obstacles = Obstacles([offline, split], aftermath: 50)
    #expect(obstacles.cause(between: 0, 2, during: 0...99) == nil)
    #expect(obstacles.cause(between: 0, 2, during: 0...100) == .schoolOffline)
    #expect(obstacles.cause(between: 2, 1, during: 0...100) == .issuerOffline)
    #expect(obstacles.cause(between: 0, 1, during: 0...149) == nil)
    #expect(obstacles.cause(between: 0, 1, during: 440...500) == .network)
    #expect(obstacles.cause(between: 1, 3, during: 0...1000) == nil)
    #expect(obstacles.cause(between: 0, 1, during: 451...500) == nil)
  }

  @Test func aClockThatWasMovedStaysWrong() {
    let jump = Action(number: 0, at: 100, until: 100, kind: .jump(node: 2, milliseconds: -30))
    let drift = Action(
      number: 1, at: 1_000, until: 3_000, kind: .drift(node: 0, partsPerMillion: 50_000))
    let obstacles = Obstacles([jump, drift], aftermath: 50)
    #expect(obstacles.clockError(of: 0, 2, at: 99) == 0)
    #expect(obstacles.clockError(of: 0, 2, at: 1_000) == 30)
    #expect(obstacles.clockError(of: 0, 2, at: 2_000) == 80)
    #expect(obstacles.clockError(of: 0, 2, at: 9_000) == 130)
    #expect(obstacles.clockError(of: 1, 3, at: 9_000) == 0)
    #expect(obstacles.cause(between: 0, 2, during: 500...600) == nil)
  }
}
