import Foundation
import TestSupport
import Testing

/// The deliberate mutations of `Scripts/mutate` fit the code as it is.
struct MutationTests {
  private var patches: [String] {
    Repository.paths.filter { $0.hasPrefix("Tests/Mutations/") && $0.hasSuffix(".patch") }
  }

  /// Whether a patch applies to the working tree.
  private func applies(_ arguments: [String], to path: String) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["git", "apply", "--check"] + arguments + [path]
    process.currentDirectoryURL = repositoryRoot
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  @Test func everyMutationApplies() throws {
    #expect(patches.count >= 15)
    for path in patches { #expect(try applies([], to: path), "\(path) does not apply") }
    // The check can fail: nothing of a mutation stands in the code.
    for path in patches.prefix(2) { #expect(try !applies(["--reverse"], to: path)) }
  }

  @Test func everyMutationSaysWhatItIsAndWhoCanCatchIt() throws {
    let scenarios = Set(
      Repository.paths.filter { $0.hasPrefix("Protocol/scenarios/") }
        .compactMap { $0.split(separator: "/").last?.split(separator: ".").first.map(String.init) })
    for path in patches {
      let text = try String(
        contentsOf: repositoryRoot.appendingPathComponent(path), encoding: .utf8)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.first?.hasSuffix(".") == true, "\(path)")
      let named = lines[1].dropFirst("Scenarios: ".count).split(separator: " ").map(String.init)
      #expect(!named.isEmpty && Set(named).isSubset(of: scenarios), "\(path)")
    }
  }
}
