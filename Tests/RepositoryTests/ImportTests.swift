import Testing

/// Each room imports only what stands further inside, and the libraries that it is for.
struct ImportTests {
  /// What each room may import. What is not listed here is not allowed, so a new dependency is a
  /// decision that shows in this file and in ARCHITECTURE.md.
  static let allowed: [String: Set<String>] = [
    "Records": ["FoundationEssentials", "Crypto", "SwiftProtobuf"],
    "Agreements": ["FoundationEssentials", "CYaml", "Synchronization", "Yams", "Records"],
    "SyncProtocol": ["FoundationEssentials", "SwiftProtobuf", "CZlib", "Records", "Agreements"],
    "Casework": ["FoundationEssentials", "Records", "Agreements"],
    "Replica": [
      "FoundationEssentials", "CSQLite", "Crypto", "GRDB", "Synchronization", "Records",
      "Agreements", "SyncProtocol",
    ],
    "Transport": [
      "Foundation", "FoundationEssentials", "Crypto", "Logging", "NIOCore", "NIOPosix", "NIOSSL",
      "NIOTLS", "SwiftASN1", "Synchronization", "X509", "Records", "SyncProtocol",
    ],
    "Node": [
      "Foundation", "AsyncAlgorithms", "CQREncode", "CZlib", "Crypto", "CryptoExtras", "Logging",
      "NIOCore", "NIOPosix", "ServiceLifecycle", "Synchronization", "UnixSignals", "Yams",
      "Records",
      "Agreements", "SyncProtocol", "Casework", "Replica", "Transport",
    ],
    "Web": [
      "Foundation", "Crypto", "HTTPTypes", "Hummingbird", "HummingbirdTLS", "Logging", "Mustache",
      "NIOCore", "NIOPosix", "NIOSSL", "ServiceLifecycle", "Synchronization", "Records",
      "Agreements", "Casework", "Replica", "Transport", "Node",
    ],
    "Simulation": [
      "FoundationEssentials", "GRDBSQLite", "Synchronization", "Records", "Agreements",
      "SyncProtocol", "Casework", "Replica", "Node",
    ],
    "concord": [
      "Foundation", "ArgumentParser", "Logging", "Synchronization", "Records", "Agreements",
      "Casework", "Replica", "Transport", "Node", "Web", "Simulation",
    ],
  ]

  static func violations(in files: [SwiftFile]) -> [Violation] {
    files.filter(\.isSource).flatMap { file in
      imports(of: file).compactMap { line, module in
        // protoc writes its own import of Foundation.
        if file.isGenerated, module == "Foundation" { return nil }
        guard let allowed = allowed[file.target] else {
          return file.violation(line, "the room \(file.target) has no list of imports")
        }
        return allowed.contains(module)
          ? nil : file.violation(line, "\(file.target) may not import \(module)")
      }
    }
  }

  private static func imports(of file: SwiftFile) -> [(Int, String)] {
    file.code.enumerated().compactMap { line, code in
      let words = code.split(separator: " ").map(String.init)
      guard let place = words.firstIndex(of: "import"), place < 3, place + 1 < words.count,
        words[..<place].allSatisfy({ $0 == "public" || $0 == "package" || $0.hasPrefix("@") })
      else { return nil }
      // `import struct A.B` and `import A.B` are imports of A.
      let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
      let named = kinds.contains(words[place + 1]) ? place + 2 : place + 1
      guard named < words.count else { return nil }
      return (line, words[named].split(separator: ".").first.map(String.init) ?? "")
    }
  }

  @Test("every room imports only what it may")
  func imports() {
    expectNone(Self.violations(in: Repository.swiftFiles))
    let rooms = Set(Repository.swiftFiles.filter(\.isSource).map(\.target))
    #expect(rooms == Set(Self.allowed.keys))
  }

  @Test(
    "an import that is not allowed is found",
    arguments: [
      "import Replica", "public import GRDB", "@testable import Transport",
      "@preconcurrency public import NIOCore", "import struct Foundation.Date", "import Glibc",
    ])
  func planted(line: String) {
    let file = SwiftFile(path: "Sources/Records/Planted.swift", text: "// import\n\(line)\n")
    #expect(Self.violations(in: [file]).map(\.line) == [2])
  }

  @Test("a new room must say what it imports")
  func newRoom() {
    let file = SwiftFile(path: "Sources/Attic/Planted.swift", text: "import Records\n")
    #expect(Self.violations(in: [file]).count == 1)
  }
}
