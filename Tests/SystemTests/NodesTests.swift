import Foundation
import TestSupport
import Testing

/// The folders in Nodes/ work as their pages say.
struct NodesTests {
  private func setUp(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = repositoryRoot.appendingPathComponent("Nodes/demo-partnership/set-up")
    process.arguments = arguments
    process.environment = Concord.environment(now: Concord.now).merging(
      ["CONCORD": Concord.url.path]) { $1 }
    let output = try Concord.handle("\(folder.path)/out")
    process.standardOutput = output
    process.standardError = output
    try process.run()
    process.waitUntilExit()
    return (
      process.terminationStatus,
      try String(contentsOfFile: "\(folder.path)/out", encoding: .utf8)
    )
  }

  @Test("the demo partnership can be set up, once, and its nodes have adopted one agreement")
  func demoPartnership() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/partnership"
    let made = try setUp([path])
    #expect(made.status == 0, "\(made.output)")
    #expect(made.output.contains("Three nodes are ready in \(path)"))
    for node in ["police", "care", "school"] {
      let status = try Concord.run("status", "\(path)/\(node)", "--json")
      let facts = try #require(try status.json() as? [String: Any])
      #expect(facts["agreement"] as? String == "sheffield-encompass")
      let links = try #require(facts["links"] as? [[String: Any]])
      #expect(!links.isEmpty)
    }
    #expect(try setUp([path]).status == 1, "the folder is there")
    #expect(try setUp([]).status == 64)
  }
}
