import Foundation
import TestSupport
import Testing

/// Vectors of a release are promises to other implementations, and to replicas that were written
/// then: later versions add to them and change none. All of them are run by the tests of Records and
/// Agreements, so what a release could read is read ever after, with the same outcome.
struct ReleasedVectorTests {
  private var folder: URL { repositoryRoot.appendingPathComponent("Protocol/vectors") }

  private func lists() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "sha256" }
  }

  /// Whether every file that a list names is there, byte for byte.
  private func holds(_ list: URL) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["sha256sum", "--check", "--strict", "--quiet", list.path]
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  @Test func noVectorOfAReleaseWasChanged() throws {
    let lists = try lists()
    #expect(!lists.isEmpty)
    for list in lists {
      #expect(try holds(list), "\(list.lastPathComponent): a vector was changed or removed")
    }
  }

  @Test func aChangedVectorIsFound() throws {
    let list = try #require(try lists().first)
    let text = try String(contentsOf: list, encoding: .utf8)
    let first = try #require(text.first)
    let temporary = try TemporaryFolder()
    let other = URL(fileURLWithPath: "\(temporary.path)/other.sha256")
    try (String(first == "0" ? "1" : "0") + text.dropFirst())
      .write(to: other, atomically: true, encoding: .utf8)
    #expect(try !holds(other))
  }
}
