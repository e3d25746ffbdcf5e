import Agreements
import Foundation
import Simulation
import TestSupport
import Testing

/// Scenarios are read strictly: a mistake is named with its line.
@Suite struct ScenarioReadingTests {
  @Test(arguments: [
    ("duration: 60m", "duration: soon", "a duration as 250ms"),
    ("duration: 60m", "duration: 0m", "a duration as 250ms"),
    ("duration: 60m", "durations: 60m", "unknown key"),
    ("hot: 2", "hot: -1", "a whole number from 0"),
    ("title: An", "titel: An", "unknown key"),
    ("police: 1", "constables: 1", "expected a kind of agency"),
    ("moves: {every: 10m}", "moves: {every: 10m, lasting: 9s..3s}", "two as 5s..60s"),
    ("checks: [no-leak,", "checks: [no-leaks,", "one of no-leak"),
    ("mix: {child: 5,", "mix: {horse: 5,", "there are no records of type horse"),
    ("bandwidth: 200000", "bandwidth: 12", "bytes in a second"),
  ])
  func aMistakeIsNamedWithItsLine(line: String, mistake: String, expected: String) throws {
    let text = try ScenarioFiles.text("calm")
    #expect(text.contains(line))
    let spoilt = text.replacing(line, with: mistake)
    let number = spoilt.split(separator: "\n", omittingEmptySubsequences: false)
      .firstIndex { $0.contains(mistake) }
    let error = #expect(throws: DocumentError.self) { try ScenarioFiles.read(spoilt) }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    #expect(error?.source == "scenario.yaml")
    // The line that YAML gives for a value is where it stands; for a mapping, where it begins.
    let found = try #require(error?.line)
    #expect(abs(found - (try #require(number) + 1)) <= 1)
  }

  @Test func anUnknownFaultIsNamed() throws {
    let text = try ScenarioFiles.text("storms").replacing("  cut:", with: "  earthquake:")
    let error = #expect(throws: DocumentError.self) { try ScenarioFiles.read(text) }
    #expect(error?.description.contains("expected a fault: one of") == true)
  }

  @Test func moreHostileAgenciesThanAgenciesAreRefused() throws {
    let text = try ScenarioFiles.text("hostile")
      .replacing("hostile: {police: 1,", with: "hostile: {police: 3,")
    let error = #expect(throws: DocumentError.self) { try ScenarioFiles.read(text) }
    #expect(error?.description.contains("more police agencies than there are") == true)
  }

  @Test func aFileThatIsNotThereIsNamed() throws {
    let error = #expect(throws: DocumentError.self) { try Scenario(file: "no/such.yaml") }
    #expect(error?.description == "no/such.yaml: cannot be read")
  }
}
