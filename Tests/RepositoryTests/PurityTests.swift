import Testing

/// The inner rooms do no I/O: the simulator runs the same code as a node in service.
struct PurityTests {
  static let pureRooms: Set<String> = ["Records", "Agreements", "SyncProtocol", "Casework"]

  /// Ways to a clock, to randomness, to files, to the network or to other threads.
  static let impure = [
    "Date()", "Date.now", "Date(timeIntervalSinceNow", "ContinuousClock", "SuspendingClock",
    "DispatchTime", "clock_gettime", "gettimeofday", "SystemRandomNumberGenerator", "arc4random",
    "UUID()", ".randomElement()", ".shuffled()", "FileManager", "FileHandle", "fopen",
    "Data(contentsOf", "String(contentsOf", "URLSession", "ProcessInfo", "getenv", "Task {",
    "Task.detached",
    "DispatchQueue", "Thread", "print(", "TimeZone.current", "Locale.current", "Calendar.current",
    "TimeZone.autoupdatingCurrent",
  ]

  static func violations(in files: [SwiftFile]) -> [Violation] {
    files.filter { $0.isSource && pureRooms.contains($0.target) && !$0.isGenerated }.flatMap {
      file in
      file.code.enumerated().flatMap { line, code in
        found(in: code).map { file.violation(line, "\($0) in a room without I/O") }
      }
    }
  }

  private static func found(in code: String) -> [String] {
    var found = impure.filter { code.hasWord($0) }
    // `.random(in:)` draws from the system unless it is told where to draw from.
    if code.hasWord(".random("), !code.contains("using:") { found.append(".random(") }
    return found
  }

  @Test("the inner rooms reach no clock, no randomness, no file and no socket")
  func purity() {
    expectNone(Self.violations(in: Repository.swiftFiles))
  }

  @Test(
    "what reaches out is found",
    arguments: [
      "let now = Date()", "let id = UUID()", "let n = Int.random(in: 0..<3)",
      "let all = list.shuffled()", "let text = try String(contentsOf: url)",
      "Task { await f() }", "var g = SystemRandomNumberGenerator()", "let t = \"\\(Date())\"",
    ])
  func planted(line: String) {
    for room in Self.pureRooms {
      let file = SwiftFile(path: "Sources/\(room)/Planted.swift", text: line)
      #expect(!Self.violations(in: [file]).isEmpty)
    }
    let outer = SwiftFile(path: "Sources/Node/Planted.swift", text: line)
    #expect(Self.violations(in: [outer]).isEmpty)
  }

  @Test("what is passed in is no violation")
  func passedIn() {
    let text = "let n = Int.random(in: 0..<3, using: &generator)\n// Date() is not called here\n"
    let file = SwiftFile(path: "Sources/Records/Planted.swift", text: text)
    #expect(Self.violations(in: [file]).isEmpty)
  }
}
