// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

var dependencies: [Package.Dependency] = [
  .package(name: "concord", path: ".."),
  .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
]

var targets: [Target] = [
  // What Concord is held against within SQLite: plain inserts and the session extension, in C.
  .target(
    name: "Floor", path: "Floor", linkerSettings: [.linkedLibrary("sqlite3")]),

  // The rows of the table, one subcommand each; prints facts as JSON. Scripts/bench runs it.
  .executableTarget(
    name: "concord-bench",
    dependencies: [
      "Floor",
      .product(name: "NodeRooms", package: "concord"),
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
      .product(name: "Logging", package: "swift-log"),
      .product(name: "NIOPosix", package: "swift-nio"),
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Bench", resources: [.embedInCode("Partnership")], swiftSettings: strict),
]

// A package of its own: it measures the product and is no part of it.
let package = Package(
  name: "concord-benchmarks", platforms: [.macOS(.v15)], dependencies: dependencies,
  targets: targets)
