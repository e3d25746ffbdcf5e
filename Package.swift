// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // Identifiers, hashes and codings are used across modules by the thousand in each batch.
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

let package = Package(
  name: "concord",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "concord", targets: ["concord"]),
    // What Tests/Fuzz, a package of its own, builds on.
    .library(name: "InnerRooms", targets: ["Records", "Agreements", "SyncProtocol"]),
    // What Benchmarks, a package of its own, measures.
    .library(
      name: "NodeRooms",
      targets: ["Records", "Agreements", "SyncProtocol", "Replica", "Transport", "Node"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-crypto", "3.12.3"..<"5.0.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // The system's zlib, for deflated batches.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // The system's libqrencode, for cards as QR codes.
    .systemLibrary(
      name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),

    // The system's SQLite, for a setting of the whole process that GRDB does not reach.
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),

    // Identifiers, values, hybrid logical clock, the signed change and the merge rules. No I/O.
    .target(
      name: "Records",
      dependencies: [
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: strict),

    // Who may see and write what: profiles, agreements, memberships, routes, decisions. No I/O.
    .target(
      name: "Agreements",
      dependencies: ["Records", .product(name: "Yams", package: "Yams")],
      swiftSettings: strict),

    // Bytes and message order between two nodes: frames and the link state machine. No I/O.
    .target(
      name: "SyncProtocol",
      dependencies: [
        "Records", "Agreements", "CZlib",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: strict),

    // The practice of Operation Encompass over records and an injected clock. No I/O.
    .target(name: "Casework", dependencies: ["Records", "Agreements"], swiftSettings: strict),

    // SQLite: change log, merged cells, routes, link positions, quarantine.
    .target(
      name: "Replica",
      dependencies: [
        "Records", "Agreements", "SyncProtocol", "CSQLite",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    // Sockets: listen, dial, mutual TLS 1.3, frames on the wire.
    .target(
      name: "Transport",
      dependencies: [
        "Records", "SyncProtocol",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    // One whole node: its folder, configuration, sync engine and services.
    .target(
      name: "Node",
      dependencies: [
        "Records", "Agreements", "SyncProtocol", "Casework", "Replica", "Transport", "CQREncode",
        "CZlib",
        .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Yams", package: "Yams"),
      ],
      resources: [
        .embedInCode("Bundled/core.yaml"), .embedInCode("Bundled/oe-plus.yaml"),
        .embedInCode("Bundled/sheffield-encompass.yaml"), .embedInCode("Bundled/crosswalk.yaml"),
        .embedInCode("Bundled/minimal-notice.yaml"), .embedInCode("Bundled/cross-border.yaml"),
        .embedInCode("Bundled/roles.yaml"), .embedInCode("Bundled/retention.yaml"),
        .embedInCode("Bundled/bank-holidays.json"),
      ],
      swiftSettings: strict),

    // The practitioner's pages, served by the node: plain HTML over HTTP on loopback, TLS elsewhere.
    .target(
      name: "Web",
      dependencies: [
        "Records", "Agreements", "Casework", "Replica", "Transport", "Node",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Mustache", package: "swift-mustache"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      resources: [.embedInCode("Templates"), .embedInCode("Assets")],
      swiftSettings: strict),

    // Many whole nodes in one process, on a virtual clock and a network that misbehaves by seed.
    .target(
      name: "Simulation",
      dependencies: [
        "Records", "Agreements", "SyncProtocol", "Casework", "Replica", "Node",
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strict),

    // The command line: parse, call Node, print.
    .executableTarget(
      name: "concord",
      dependencies: [
        "Records", "Agreements", "Casework", "Replica", "Transport", "Node", "Web", "Simulation",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    // Seeds, sample agencies and folders that tests share.
    .target(
      name: "TestSupport",
      dependencies: ["Records", "Agreements", "SyncProtocol", "Replica", "Simulation"],
      path: "Tests/TestSupport", swiftSettings: strict),

    // Makes the published test vectors of Protocol/vectors.
    .executableTarget(
      name: "MakeVectors", dependencies: ["Records", "Agreements"], path: "Tests/MakeVectors",
      swiftSettings: strict),

    // Values, clocks, the change format and the merge rules.
    .testTarget(
      name: "RecordsTests",
      dependencies: [
        "Records", "Simulation", "TestSupport",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: strict),

    // Profiles, agreements, decisions, and the texts in Protocol/.
    .testTarget(
      name: "AgreementsTests",
      dependencies: ["Records", "Agreements", "Simulation", "TestSupport"],
      swiftSettings: strict),

    // Frames, messages and the link machine.
    .testTarget(
      name: "SyncProtocolTests",
      dependencies: ["Records", "Agreements", "SyncProtocol", "Simulation", "TestSupport"],
      swiftSettings: strict),

    // School days and deadlines against real calendars.
    .testTarget(
      name: "CaseworkTests", dependencies: ["Records", "Casework", "Simulation", "TestSupport"],
      swiftSettings: strict),

    // Real SQLite files, whole exchanges between replicas.
    .testTarget(
      name: "ReplicaTests",
      dependencies: [
        "Records", "Agreements", "SyncProtocol", "Replica", "Simulation", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),

    // Simulated disks, networks and whole partnerships.
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "concord", "Records", "Agreements", "SyncProtocol", "Replica", "Simulation", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),

    // Real TLS sockets, with OpenSSL as the independent peer.
    .testTarget(
      name: "TransportTests",
      dependencies: [
        "Records", "SyncProtocol", "Transport", "TestSupport",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),

    // A node's configuration, and how sessions and dialling behave over time.
    .testTarget(
      name: "NodeTests",
      dependencies: [
        "Records", "Agreements", "SyncProtocol", "Casework", "Replica", "Transport", "Node",
        "Simulation", "TestSupport",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),

    // Forms and templates; Tests/Browser tries the pages themselves. The HTTP API's operations, its document
    // and what it tells nobody; Tests/API asks a running node.
    .testTarget(
      name: "WebTests",
      dependencies: [
        "Records", "Agreements", "Casework", "Replica", "Transport", "Node", "Web", "TestSupport",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    // Real processes: the command line's contract, kills in the middle, hostile bytes.
    .testTarget(
      name: "SystemTests",
      dependencies: [
        "concord", "Records", "Agreements", "SyncProtocol", "Replica", "Transport", "Node",
        "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),

    // The repository itself: imports, sizes, links.
    .testTarget(
      name: "RepositoryTests", dependencies: ["Records", "TestSupport"], swiftSettings: strict),
  ]
)
