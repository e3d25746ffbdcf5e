import Foundation
import TestSupport
import Testing

/// The threat model claims nothing that no test holds it to.
struct ThreatTests {
  /// What stands between backticks in the last column of a table's rows.
  static func evidence(in text: String) -> [String] {
    text.lines.filter { $0.hasPrefix("| ") }.flatMap { line in
      let cells = line.split(separator: "|").map(String.init)
      guard let last = cells.last, cells.count == 2 else { return [String]() }
      return last.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
  }

  /// Claims' evidence that is neither a test, nor a scenario, nor a folder of tests, nor a check.
  static func missing(
    _ evidence: [String], tests: [String], scenarios: Set<String>, paths: [String]
  ) -> [String] {
    evidence.filter { name in
      !tests.contains { $0.contains("func \(name)(") || $0.contains("def \(name)(") }
        && !scenarios.contains(name) && name != "no-leak"
        && !paths.contains { $0.hasPrefix("\(name)/") }
    }
  }

  @Test("every claim of the threat model names tests that exist")
  func claims() throws {
    let model = try #require(Repository.texts.first { $0.path == "Protocol/THREATS.md" })
    let evidence = Self.evidence(in: model.text)
    #expect(evidence.count > 40)
    let scenarios = Repository.paths.filter { $0.hasPrefix("Protocol/scenarios/") }.map {
      ($0.components.last ?? "").replacing(".yaml", with: "")
    }
    let tests = Repository.texts.filter { $0.path.hasPrefix("Tests/") }.map(\.text)
    let missing = Self.missing(
      evidence, tests: tests, scenarios: Set(scenarios), paths: Repository.paths)
    #expect(missing.isEmpty, "\(missing)")
  }

  @Test("a claim without a test is found")
  func planted() {
    let text = "| Claim | Held by |\n| x | `there`, and `storms` |\n| y | `gone` |"
    let found = Self.missing(
      Self.evidence(in: text), tests: ["  @Test func there() {"], scenarios: ["storms"], paths: [])
    #expect(found == ["gone"])
  }
}
