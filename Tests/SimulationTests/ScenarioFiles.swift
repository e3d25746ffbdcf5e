import Agreements
import Foundation
import Simulation
import TestSupport

/// The scenarios of the repository, as they are and with lines changed.
enum ScenarioFiles {
  private static let folder = repositoryRoot.appendingPathComponent("Protocol/scenarios")

  /// The names of all scenarios but that of all areas, which takes long and has tests of its own.
  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
      .filter { $0 != "england" }.sorted()
  }()

  static func path(_ name: String) -> String {
    folder.appendingPathComponent("\(name).yaml").path
  }

  static func text(_ name: String) throws -> String {
    try repositoryText("Protocol/scenarios/\(name).yaml")
  }

  /// Reads a scenario's text as if it lay in the scenarios' folder.
  static func read(_ text: String, source: String = "scenario.yaml") throws -> Scenario {
    try Scenario(text, source: source) { name throws(DocumentError) in
      let data = FileManager.default.contents(atPath: "\(folder.path)/\(name)")
      guard let text = data.flatMap({ String(data: $0, encoding: .utf8) }) else {
        throw DocumentError(source: name, problem: "cannot be read")
      }
      return text
    }
  }

  /// A scenario with other lines in the place of those that begin with these keys.
  static func read(_ name: String, changing lines: [String: String]) throws -> Scenario {
    let changed = try text(name).split(separator: "\n", omittingEmptySubsequences: false).map {
      line in
      let key = line.prefix { $0 != ":" }.trimmingCharacters(in: .whitespaces)
      let indent = line.prefix { $0 == " " }
      return lines[key].map { "\(indent)\(key): \($0)" } ?? String(line)
    }
    return try read(changed.joined(separator: "\n"))
  }
}
