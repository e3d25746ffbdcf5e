import Foundation
import Node
import Records
import TestSupport
import Testing
import Transport

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

  static let folders = [
    "police-force", "local-authority", "school", "support-service", "hub", "device",
  ]

  private static func text(_ folder: String, _ name: String) throws -> String {
    let file = repositoryRoot.appendingPathComponent("Nodes/\(folder)/\(name)")
    return try String(contentsOf: file, encoding: .utf8)
  }

  private static func configuration(_ folder: String) throws -> NodeConfiguration {
    try NodeConfiguration(
      yaml: text(folder, "concord.yaml"), source: "Nodes/\(folder)/concord.yaml")
  }

  @Test(
    "a folder's configuration is what its page has an administrator type",
    arguments: NodesTests.folders)
  func configurationOfPage(folder: String) throws {
    let read = try Self.configuration(folder)
    let page = try Self.text(folder, "README.md")
    #expect(read.agency.namedKind == read.kind)
    #expect(!read.testClock)
    #expect(page.contains("--agency \(read.agency)"))
    if let web = read.web { #expect(page.contains("--web \(web)")) }
    guard read.device == nil else {
      #expect(page.contains("--name \(read.device ?? "")"))
      #expect(read.web?.isLoopback == true)
      return
    }
    for (option, value) in [
      ("kind", read.kind.rawValue), ("name", "\"\(read.name)\""), ("listen", "\(read.listen)"),
    ] {
      #expect(page.contains("--\(option) \(value)"))
    }
    #expect(read.endpoint == read.listen || page.contains("--endpoint \(read.endpoint)"))
  }

  @Test("folders hold no keys, and pages name agreement templates that there are")
  func templates() throws {
    let nodes = repositoryRoot.appendingPathComponent("Nodes")
    let names = try FileManager.default.subpathsOfDirectory(atPath: nodes.path)
    for name in names { #expect(![".key", ".keys", ".pem"].contains { name.hasSuffix($0) }) }
    for folder in Self.folders { #expect(names.contains("\(folder)/README.md")) }
    let overview = try String(
      contentsOf: nodes.appendingPathComponent("README.md"), encoding: .utf8)
    let named = overview.matches(of: /`([a-z-]+\.yaml)`/).map { String($0.output.1) }
      .filter { $0 != "concord.yaml" }
    #expect(!named.isEmpty)
    for template in named {
      let file = repositoryRoot.appendingPathComponent("Protocol/agreements/\(template)")
      #expect(FileManager.default.fileExists(atPath: file.path), "\(template)")
    }
  }

  /// A port that nobody listens on, as `init` finds one for a node.
  private func freeAddress(_ folder: TemporaryFolder, _ name: String) throws -> String {
    let path = "\(folder.path)/\(name)"
    try #require(
      Concord.run(
        "init", path, "--agency", "school.100000", "--kind", "school", "--name", "Lends its port"
      ).status == 0)
    let text = try String(contentsOfFile: "\(path)/concord.yaml", encoding: .utf8)
    return String(try #require(text.firstMatch(of: /127\.0\.0\.1:\d+/)).output)
  }

  /// A folder's configuration with addresses that there are on this machine.
  private func localised(_ folder: String, _ addresses: [(key: String, address: String)]) throws
    -> String
  {
    try addresses.reduce(Self.text(folder, "concord.yaml")) { text, replaced in
      text.split(separator: "\n", omittingEmptySubsequences: false).map {
        $0.hasPrefix("\(replaced.key):") ? "\(replaced.key): '\(replaced.address)'" : String($0)
      }.joined(separator: "\n")
    }
  }

  @Test(
    "each node starts with its folder's configuration",
    arguments: NodesTests.folders.filter { $0 != "device" })
  func starts(folder: String) throws {
    let made = try TemporaryFolder()
    let (node, log) = ("\(made.path)/node", "\(made.path)/log")
    let read = try Self.configuration(folder)
    try #require(
      Concord.run(
        "init", node, "--agency", "\(read.agency)", "--kind", read.kind.rawValue, "--name",
        read.name
      ).status == 0)
    var process = Process()
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    var listen = ""
    func start(_ attempt: Int) throws {
      listen = try freeAddress(made, "one-\(attempt)")
      let web = try freeAddress(made, "other-\(attempt)")
      try localised(folder, [("listen", listen), ("endpoint", listen), ("web", web)])
        .write(toFile: "\(node)/concord.yaml", atomically: true, encoding: .utf8)
      process = Process()
      process.executableURL = Concord.url
      process.arguments = ["run", node]
      let output = try Concord.handle(log)
      process.standardOutput = output
      process.standardError = output
      try process.run()
    }
    try start(0)
    var attempts = 1
    try Concord.eventually("\(folder) listens and serves pages", seconds: 60) {
      // Another test may have taken a port meanwhile.
      if !process.isRunning, attempts < 3 {
        try start(attempts)
        attempts += 1
      }
      let said = try String(contentsOfFile: log, encoding: .utf8)
      return said.contains("\(read.agency) is listening on \(listen)")
        && said.contains("pages are served")
    }
    #expect(try Concord.run("status", node).status == 0)
    process.terminate()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test("a device starts with its folder's configuration, and has its link")
  func deviceStarts() throws {
    let partnership = try CommandPartnership()
    let read = try Self.configuration("device")
    let name = try #require(read.device)
    let device = partnership.path(name)
    try partnership.expect("device", "init", device, "--agency", "\(read.agency)", "--name", name)
    try partnership.expect(
      "device", "enrol", partnership.path("police"), "\(device)/device.request",
      "--role", "officer", "-o", partnership.path("enrolment"))
    try partnership.expect(
      "device", "join", device, partnership.path("enrolment"), "--test-clock")
    let made = try String(contentsOfFile: "\(device)/concord.yaml", encoding: .utf8)
    let agency = String(try #require(made.firstMatch(of: /127\.0\.0\.1:\d+/)).output)
    let web = try freeAddress(partnership.folder, "lender")
    // The partnership's clock stands in its agreement's time.
    try (localised("device", [("endpoint", agency), ("web", web)]) + "test_clock: true\n")
      .write(toFile: "\(device)/concord.yaml", atomically: true, encoding: .utf8)
    try partnership.start("police")
    try partnership.start(name)
    try partnership.connected(name, to: 1)
  }
}
