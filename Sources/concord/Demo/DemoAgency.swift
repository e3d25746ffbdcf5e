import Agreements
import Foundation
import Node
import Records
import Replica
import Transport

/// One agency of the demo: its node's folder, and the process that runs on it.
final class DemoAgency {
  private(set) var node: LocalNode
  let title: String
  private var process: Process?

  init(
    _ id: AgencyID, kind: AgencyKind, title: String, under folder: String, clock: Instant
  ) throws {
    self.title = title
    let endpoint = try Self.endpoint()
    node = try LocalNode.create(
      in: NodeFolder("\(folder)/\(id)"),
      NodeConfiguration(
        agency: id, kind: kind, name: title, listen: endpoint, endpoint: endpoint,
        testClock: true),
      // The leak search reads the files' bytes, and must be able to find what may be there.
      sealsValues: false, environment: ["CONCORD_NOW": clock.description])
  }

  var id: AgencyID { node.agency }
  var replica: LocalReplica { node.replica }

  /// Starts `concord run` on the folder, at the demo's time.
  func start() throws {
    let process = Process()
    process.executableURL = Executable.url
    process.arguments = ["run", node.folder.path]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["CONCORD_NOW": node.clock.now().description]) { _, demo in demo }
    process.standardOutput = FileHandle.nullDevice
    let log = node.folder.path + ".log"
    if !FileManager.default.fileExists(atPath: log) {
      _ = FileManager.default.createFile(atPath: log, contents: nil)
    }
    if let handle = FileHandle(forWritingAtPath: log) {
      handle.seekToEndOfFile()
      process.standardError = handle
    }
    try process.run()
    self.process = process
  }

  /// Asks the process to stop, and waits for it.
  func stop() {
    process?.terminate()
    process?.waitUntilExit()
    process = nil
  }

  /// Goes on at a later time: the node is opened anew, with its clock there.
  func move(to instant: Instant) throws {
    stop()
    let folder = node.folder
    try node.replica.close()
    node = try LocalNode(folder, environment: ["CONCORD_NOW": instant.description])
  }

  /// Waits until the running node has links with all of these.
  func connected(to others: [DemoAgency]) async throws {
    try await DemoWait.until("\(id) is linked with its peers") {
      guard let peers = await self.node.connectedPeers() else { return false }
      return others.allSatisfy { peers.contains($0.id) }
    }
  }

  /// Writes a record as `concord put` does.
  func put(_ type: String, _ record: RecordID, _ fields: [(String, String)]) async throws {
    let assignments = fields.map { Edit.Assignment.set(field: $0.0, text: $0.1) }
    _ = try node.put([Edit(type: type, record: record, assignments: assignments)])
    await node.announceChange()
  }

  private static func endpoint() throws -> Endpoint {
    Endpoint(host: "127.0.0.1", port: try FreePort.find())
  }
}

/// Waiting with an end.
enum DemoWait {
  static func until(
    _ what: String, seconds: Double = 30, _ condition: () async throws -> Bool
  ) async throws {
    let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
    while ContinuousClock.now < deadline {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw NodeError("waited \(Int(seconds)) s in vain: \(what)")
  }
}
