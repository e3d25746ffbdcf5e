import Records
import Testing
import Transport

@testable import Node

/// What is wrong in concord.yaml is said with its line and what was expected.
struct NodeConfigurationTests {
  private static let lines = [
    "agency: police.here", "kind: police", "name: Police", "federation: concord",
    "listen: 127.0.0.1:7400", "endpoint: 127.0.0.1:7400",
  ]

  private func problem(_ lines: [String]) -> String? {
    do {
      _ = try NodeConfiguration(yaml: lines.joined(separator: "\n"), source: "concord.yaml")
      return nil
    } catch {
      return error.description
    }
  }

  @Test func whatIsWrittenIsRead() throws {
    let endpoint = Endpoint(host: "::1", port: 7400)
    let written = NodeConfiguration(
      agency: try #require(AgencyID("school.107001")), kind: .school, name: "A: \"b\" # ünï",
      listen: endpoint, endpoint: endpoint, web: Endpoint(host: "localhost", port: 80),
      alert: "/usr/local/bin/tell", testClock: true)
    #expect(try NodeConfiguration(yaml: written.yaml(), source: "concord.yaml") == written)
    #expect(problem(Self.lines) == nil)
  }

  @Test(arguments: [
    (2, "kind: wizard", "concord.yaml:2: kind: expected one of police, school, care"),
    (3, "name: \"a\\nb\"", "concord.yaml:3: name: expected a name of one line"),
    (3, "name: \" \"", "concord.yaml:3: name: expected a name"),
    (5, "listen: 7400", "concord.yaml:5: listen: expected HOST:PORT"),
    (6, "endpoint: [a, b]", "concord.yaml:6: endpoint: expected HOST:PORT"),
    (4, "test_clock: maybe", "concord.yaml:4: test_clock: expected true or false"),
    (
      4, "federation: f\nalert: tell",
      "concord.yaml:5: alert: expected the absolute path of a program"
    ),
    (4, "listen_on: x", "concord.yaml:4: listen_on: unknown key; expected one of agency, kind"),
    (4, "\"unclosed", "concord.yaml:"),
  ])
  func aMistakeIsNamedWithItsLine(line: Int, text: String, expected: String) throws {
    var lines = Self.lines
    lines[line - 1] = text
    let found = problem(lines)
    let problem = try #require(found)
    #expect(problem.hasPrefix(expected), "\(problem)")
  }

  @Test func aMissingKeyIsNamed() throws {
    let found = problem(Array(Self.lines.dropFirst()))
    let problem = try #require(found)
    #expect(problem.contains("agency is missing"), "\(problem)")
  }
}
