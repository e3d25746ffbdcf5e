import Agreements
import Foundation
import Records
import TestSupport
import Testing

@testable import Simulation

/// The scenario of all areas: who takes part, and one small area played through.
@Suite struct AreasTests {
  /// Reading the register of all schools takes seconds: it is read once for all tests.
  private static let england = Result { try Scenario(file: ScenarioFiles.path("england")) }

  @Test func everyOpenSchoolIsInOneArea() throws {
    let england = try Self.england.get()
    let areas = england.areas
    #expect(areas.count == 43)
    #expect(Set(areas.map(\.force)).count == 43)
    let councils = areas.flatMap(\.councils)
    #expect(councils.count == 175)
    #expect(Set(councils.map(\.id)).count == 175)
    let schools = councils.flatMap(\.schools)
    #expect(schools.count == 26_997)
    #expect(Set(schools).count == 26_997)
    let sheffield = try #require(councils.first { $0.id.description == "care.sheffield" })
    let abbeyLane = try #require(AgencyID("school.106982"))
    #expect(sheffield.schools.contains(abbeyLane))
    // An area has its share of all that happens.
    let kent = try #require(areas.first { $0.force.description == "police.kent" })
    let part = england.within(kent, ofSchools: england.wholeCount, times: 10)
    let whole = try #require(england.casework?.incidents.every)
    let ratio = Double(whole) / Double(try #require(part.casework?.incidents.every))
    #expect(abs(ratio / (Double(kent.schoolCount) / 26_997 * 10) - 1) < 0.01)
  }

  /// The smallest area: a force, a council, a dozen schools and some incidents.
  @Test func aSmallAreaHoldsAndIsTheSameAgain() throws {
    let forces = "  forces: ../data/force-areas.csv"
    let text = try ScenarioFiles.text("england")
      .replacing(forces, with: "\(forces)\n  only: [police.city-of-london]")
      .replacing("duration: 178h", with: "duration: 82h")
    let england = try Scenario(text, source: "england.yaml") { name throws(DocumentError) in
      try Scenario.text(of: repositoryRoot.path + "/Protocol/scenarios/" + name)
    }
    let simulator = try AreasSimulator(england)
    let area = try #require(simulator.areas.first)
    #expect(simulator.areas.count == 1)
    let report = try simulator.run(area, seed: 3)
    #expect(report.run.failure == nil, "\(report.run.failure?.problem ?? "")")
    for check in report.run.checks { #expect(check.count > 0, "\(check.check) was never made") }
    let cases = try #require(report.run.casework)
    #expect(cases.issued > 0)
    #expect(cases.inTime + cases.late.values.reduce(0, +) <= cases.issued)
    // Schools for which there was nothing had no node.
    #expect(report.run.nodes > 2 && report.run.nodes < area.schoolCount)
    #expect(report.force.total.bytesOut > 0 && report.run.bytes[.changes, default: 0] > 0)
    #expect(try simulator.run(area, seed: 3).run.trace.digest == report.run.trace.digest)
  }

  @Test func anAreaThatIsNotThereIsNamed() throws {
    let england = try Self.england.get()
    let nowhere = try #require(AgencyID("police.nowhere"))
    let error = #expect(throws: DocumentError.self) {
      try AreasSimulator(england, only: [nowhere])
    }
    #expect(error?.description.contains("police.nowhere") == true)
  }

  @Test func aGzipFileIsReadAndADamagedOneIsNot() throws {
    let path = repositoryRoot.appendingPathComponent("Protocol/data/gias-establishments.csv.gz")
    let file = try Data(contentsOf: path)
    let text = try #require(GzipFile.contents(of: file))
    #expect(text.prefix(3) == Data("URN".utf8))
    #expect(GzipFile.contents(of: file.dropLast(100)) == nil)
    #expect(GzipFile.contents(of: Data("URN,EstablishmentName".utf8)) == nil)
  }
}
