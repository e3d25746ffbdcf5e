// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// A package of its own: everything in it, and what it depends on, is built with libFuzzer's
// instrumentation, and nothing of it belongs to the product. Scripts/fuzz builds and runs it.
let package = Package(
  name: "concord-fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "concord", path: "../..")],
  targets: [
    // Targets that take any bytes and check what must hold whatever they are.
    .target(
      name: "FuzzTargets", dependencies: [.product(name: "InnerRooms", package: "concord")],
      path: "Targets", swiftSettings: strict),

    // libFuzzer's way in; libFuzzer brings the main function.
    .executableTarget(
      name: "FuzzDriver", dependencies: ["FuzzTargets"], path: "Driver",
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]),
  ]
)
