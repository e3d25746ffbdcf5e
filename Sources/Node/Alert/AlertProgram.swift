import Casework
import Foundation

/// The agency's own program that tells people outside the node that something waits: one that sends a
/// mail or a text message. Concord sends neither itself.
///
/// It gets one argument, `WaitingAlert.text`, and none of this process's environment but `PATH`.
struct AlertProgram: Sendable {
  let path: String
  /// After this long it is stopped.
  var timeout: Duration = .seconds(30)

  /// Runs it to its end.
  /// - Throws: `NodeError` where it cannot be run, fails, or takes too long.
  func run() async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = [WaitingAlert.text]
    process.environment = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let ending = Ending()
    process.terminationHandler = { _ in ending.tell() }
    do { try process.run() } catch {
      throw NodeError("\(path) cannot be run; make it an executable file, or mend alert")
    }
    let isLate = await Self.wait(for: process.processIdentifier, until: ending, atMost: timeout)
    if isLate { throw NodeError("\(path) took more than \(timeout) and was stopped") }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw NodeError("\(path) failed with \(process.terminationStatus)")
    }
  }

  /// Waits for a program's end, and brings it about where it takes too long or nobody waits any more.
  /// - Returns: whether it took too long.
  private static func wait(
    for number: Int32, until ending: Ending, atMost timeout: Duration
  ) async -> Bool {
    let watch = Task {
      // One that has ended is not late, however late this is told; and its number may be another's by now.
      guard (try? await Task.sleep(for: timeout)) != nil, !ending.isOver else { return false }
      kill(number, SIGKILL)
      return true
    }
    // Waited for also by whoever is cancelled: the program has to be gone before anybody asks how it ended.
    await withTaskCancellationHandler {
      await ending.wait()
    } onCancel: {
      if !ending.isOver { kill(number, SIGKILL) }
    }
    watch.cancel()
    return await watch.value
  }
}
