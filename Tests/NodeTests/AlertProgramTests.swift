import Foundation
import TestSupport
import Testing

@testable import Node

/// The program that tells people outside the node: what goes wrong with it is said, and it is never
/// waited for without end.
struct AlertProgramTests {
  // What hangs does so for longer than any run of the tests: other tests block the threads on which its end
  // is waited for.
  private func program(_ script: String, in folder: TemporaryFolder) throws -> String {
    let path = "\(folder.path)/alert"
    try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    return path
  }

  private func problem(_ program: AlertProgram) async -> String? {
    do {
      try await program.run()
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func whatGoesWrongIsSaid() async throws {
    let folder = try TemporaryFolder()
    #expect(await problem(AlertProgram(path: "/nowhere/alert"))?.contains("cannot be run") == true)
    let failing = try program("exit 3", in: folder)
    #expect(await problem(AlertProgram(path: failing))?.contains("failed with 3") == true)
    let fine = try program("exit 0", in: folder)
    #expect(await problem(AlertProgram(path: fine)) == nil)
  }

  @Test func aProgramThatHangsIsStopped() async throws {
    let folder = try TemporaryFolder()
    let hanging = try program("exec sleep 36000", in: folder)
    let found = await problem(AlertProgram(path: hanging, timeout: .milliseconds(200)))
    #expect(found?.contains("was stopped") == true, "\(found ?? "it ended")")
  }

  @Test func whoeverStopsWaitingStopsIt() async throws {
    let folder = try TemporaryFolder()
    let hanging = AlertProgram(
      path: try program("touch \(folder.path)/begun; exec sleep 36000", in: folder))
    let task = Task { await problem(hanging) }
    while !FileManager.default.fileExists(atPath: "\(folder.path)/begun") {
      try await Task.sleep(for: .milliseconds(5))
    }
    task.cancel()
    #expect(await task.value?.contains("failed with 9") == true)
  }
}
