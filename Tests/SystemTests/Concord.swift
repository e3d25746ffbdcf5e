import Foundation
import TestSupport
import Testing

/// The built executable, run as a process of its own.
enum Concord {
  /// What a run came to.
  struct Output: Sendable {
    let status: Int32
    let out: String
    let error: String
    /// Standard output's first word: the id that `put` prints.
    var id: String { out.trimmingCharacters(in: .whitespacesAndNewlines) }

    /// Standard output as JSON.
    func json() throws -> Any {
      try JSONSerialization.jsonObject(with: Data(out.utf8), options: [.fragmentsAllowed])
    }
  }

  /// The executable lies beside the one that runs the tests.
  static let url: URL = {
    let me = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let beside = me.deletingLastPathComponent().appendingPathComponent("concord")
    let isThere = FileManager.default.isExecutableFile(atPath: beside.path)
    return isThere ? beside : repositoryRoot.appendingPathComponent(".build/debug/concord")
  }()

  /// A moment within Sheffield's agreement, for nodes with a test clock.
  static let now = "2027-05-04T10:00:00Z"

  @discardableResult
  static func run(_ arguments: String..., now: String = Concord.now) throws -> Output {
    try run(arguments, now: now)
  }

  /// Expects a refusal: exit status 1, and one line that says some words.
  static func refused(
    _ words: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let output = try run(arguments)
    #expect(output.status == 1, "\(arguments.prefix(2)): \(output)", sourceLocation: sourceLocation)
    #expect(output.error.contains(words), "\(output.error)", sourceLocation: sourceLocation)
    #expect(
      output.error.split(separator: "\n").count == 1, "\(output.error)",
      sourceLocation: sourceLocation)
  }

  @discardableResult
  static func run(_ arguments: [String], now: String = Concord.now) throws -> Output {
    // Files, not pipes: what is long would fill a pipe that nobody reads meanwhile.
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    process.environment = environment(now: now)
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.standardOutput = try handle("\(folder.path)/out")
    process.standardError = try handle("\(folder.path)/error")
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Output(
      status: process.terminationStatus,
      out: try String(contentsOfFile: "\(folder.path)/out", encoding: .utf8),
      error: try String(contentsOfFile: "\(folder.path)/error", encoding: .utf8))
  }

  static func environment(now: String) -> [String: String] {
    ProcessInfo.processInfo.environment.merging(
      ["CONCORD_NOW": now, "SWIFT_BACKTRACE": "enable=no"]) { $1 }
  }

  static func handle(_ path: String) throws -> FileHandle {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    return try FileHandle(forUpdating: URL(fileURLWithPath: path))
  }

  /// Tries until it holds; a system under load needs time, but never for ever.
  static func eventually(
    _ what: String, seconds: Double = 30, _ condition: () throws -> Bool
  ) throws {
    let end = Date().addingTimeInterval(seconds)
    while try !condition() {
      guard Date() < end else {
        Issue.record("not within \(seconds) s: \(what)")
        return
      }
      Thread.sleep(forTimeInterval: 0.02)
    }
  }
}

/// Node folders of a partnership, made with the commands that an administrator types, and the daemons
/// that run on them: by default police, social care and a school in Sheffield.
final class CommandPartnership {
  let folder: TemporaryFolder
  private(set) var daemons: [String: Process] = [:]

  typealias Agencies = [(kind: String, id: String)]
  static let sheffield: Agencies = [
    ("police", "police.south-yorkshire"), ("care", "care.E08000019"),
  ]

  /// - Parameters:
  ///   - template: the agreement's file in `Protocol/agreements`.
  ///   - practice: what the agreement says beyond the template.
  ///   - members: admitted by the police.
  init(
    template: String = "sheffield-encompass", practice: String = "",
    principals: Agencies = sheffield, members: Agencies = [("school", "school.106982")]
  ) throws {
    folder = try TemporaryFolder()
    for (kind, id) in principals + members {
      // A second school has a folder of another name.
      let named = String(id.prefix { $0 != "." })
      // What files hold is searched for in their bytes, where sealed values would never be found.
      try expect(
        "init", path(kind), "--agency", id, "--kind", named, "--name", id, "--test-clock",
        "--unsealed-values")
      let card = try Concord.run("card", path(kind))
      try card.out.write(toFile: path("\(kind).card"), atomically: true, encoding: .utf8)
    }
    let text = try String(
      contentsOf: repositoryRoot.appendingPathComponent("Protocol/agreements/\(template).yaml"),
      encoding: .utf8)
    // A partnership of others has a name of its own, too.
    let name = principals[0].id == Self.sheffield[0].id ? "sheffield-encompass" : "their-encompass"
    let names =
      [("sheffield-encompass", name)] + zip(Self.sheffield.map(\.id), principals.map(\.id))
    let own = names.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    let here = own.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !practice.contains("helpline:") || !$0.hasPrefix("helpline:") }
      .joined(separator: "\n")
    try (here + practice + "\n").write(
      toFile: path("template.yaml"), atomically: true, encoding: .utf8)
    let cards = principals.flatMap { ["--card", path("\($0.kind).card")] }
    try expect(["agreement", "draft", path("template.yaml")] + cards + ["-o", path("agreement")])
    for step in ["sign", "adopt"] {
      for (kind, _) in principals { try expect("agreement", step, path(kind), path("agreement")) }
    }
    for (kind, _) in members {
      let deed = path(kind == "school" ? "membership" : "\(kind).membership")
      try expect("admit", path("police"), path("\(kind).card"), "-o", deed)
      try expect("join", path(kind), deed)
    }
  }

  deinit { for process in daemons.values { kill(process.processIdentifier, SIGKILL) } }

  func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  /// Runs a command that must succeed.
  @discardableResult
  func expect(
    _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Concord.Output {
    try expect(arguments, sourceLocation: sourceLocation)
  }

  @discardableResult
  private func expect(
    _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Concord.Output {
    let output = try Concord.run(arguments)
    #expect(
      output.status == 0, "\(arguments.prefix(2)): \(output.error)",
      sourceLocation: sourceLocation)
    return output
  }

  /// Starts `concord run`.
  func start(_ kind: String, _ options: String..., now: String = Concord.now) throws {
    let process = Process()
    process.executableURL = Concord.url
    process.arguments = ["run", path(kind)] + options
    process.environment = Concord.environment(now: now)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try Concord.handle(path("\(kind).log"))
    try process.run()
    daemons[kind] = process
  }

  /// Stops a daemon; with SIGKILL it gets no chance to tidy up.
  func stop(_ kind: String, with signal: Int32 = SIGTERM) {
    guard let process = daemons.removeValue(forKey: kind) else { return }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
  }

  func isRunning(_ kind: String) -> Bool { daemons[kind]?.isRunning ?? false }

  /// Waits until a node's status shows links with this many peers.
  func connected(_ kind: String, to count: Int) throws {
    try Concord.eventually("\(kind) has \(count) links") {
      let status = try Concord.run("status", path(kind), "--json")
      guard status.status == 0, let facts = try status.json() as? [String: Any],
        let links = facts["links"] as? [[String: Any]]
      else { return false }
      return links.filter { $0["connected"] as? Bool == true }.count >= count
    }
  }

  /// Whether a node's replica holds some bytes, the write-ahead log included.
  func holds(_ kind: String, _ text: String) throws -> Bool {
    let files = try FileManager.default.contentsOfDirectory(atPath: path(kind))
      .filter { $0.hasPrefix("replica.sqlite") }
    try #require(!files.isEmpty)
    return try files.contains { file in
      try Data(contentsOf: URL(fileURLWithPath: "\(path(kind))/\(file)"))
        .range(of: Data(text.utf8)) != nil
    }
  }

  /// A field's values at a node, sorted.
  func values(_ kind: String, _ id: String, _ field: String) throws -> [String] {
    let output = try Concord.run("get", path(kind), id, "--json")
    guard output.status == 0, let record = try output.json() as? [String: Any],
      let fields = record["fields"] as? [String: [String: Any]], let facts = fields[field]
    else { return [] }
    if let values = facts["values"] as? [[String: Any]] {
      return values.compactMap { $0["value"].map { "\($0)" } }.sorted()
    }
    return facts["value"].map { ["\($0)"] } ?? []
  }
}
