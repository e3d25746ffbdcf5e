import Foundation
import TestSupport
import Testing

/// A node whose folder was put back from a copy while its peers had gone on, with real processes.
@Suite(.serialized) struct RestoreTests {
  private static let care = "care.E08000019"

  /// Three nodes, and a copy of the folder of the police from before they all went on.
  private struct Restored {
    let partnership: CommandPartnership
    let child: String
    let later: String
    let training: String

    /// Puts the copy in the place of the folder. All nodes are stopped then.
    init() throws {
      partnership = try CommandPartnership()
      let police = partnership.path("police")
      child = try partnership.expect(
        "put", police, "child", "name=Before", "school=school.106982"
      ).id
      try Self.start(partnership)
      try Self.wait("the school has it", partnership, "school", child, "name", ["Before"])
      partnership.stop("police")
      try FileManager.default.copyItem(atPath: police, toPath: partnership.path("copy"))
      try partnership.start("police")

      try partnership.expect("put", police, "child", "--id", child, "name=After")
      later = try partnership.expect(
        "put", police, "child", "name=Later", "school=school.106982"
      ).id
      try partnership.expect(
        "put", partnership.path("care"), "child", "--id", child, "address=1 Sample Street")
      training = try partnership.expect(
        "put", partnership.path("school"), "training", "school=school.106982",
        "course=Example course"
      ).id
      for kind in ["care", "school"] {
        try Self.wait("\(kind) has the name", partnership, kind, child, "name", ["After"])
        try Self.wait("\(kind) has the other", partnership, kind, later, "name", ["Later"])
      }
      try Self.wait(
        "police has the address", partnership, "police", child, "address", ["1 Sample Street"])
      try Self.wait(
        "police has the course", partnership, "police", training, "course", ["Example course"])
      for kind in ["police", "care", "school"] { partnership.stop(kind) }
      try FileManager.default.removeItem(atPath: police)
      try FileManager.default.moveItem(atPath: partnership.path("copy"), toPath: police)
      #expect(try partnership.values("police", child, "name") == ["Before"])
    }

    static func start(_ partnership: CommandPartnership) throws {
      for kind in ["police", "care", "school"] { try partnership.start(kind) }
      try partnership.connected("police", to: 2)
    }

    static func wait(
      _ what: String, _ partnership: CommandPartnership, _ kind: String, _ record: String,
      _ field: String, _ values: [String]
    ) throws {
      try Concord.eventually(what) { try partnership.values(kind, record, field) == values }
    }

    func wait(_ kind: String, _ record: String, _ field: String, _ values: [String]) throws {
      try Self.wait("\(kind) has \(field)", partnership, kind, record, field, values)
    }

    func relearning() throws -> [String]? {
      let output = try Concord.run("status", partnership.path("police"), "--json")
      return (try output.json() as? [String: Any])?["relearning"] as? [String]
    }

    /// Starts the police and the school; care, whose answer is needed too, is away.
    func startWithoutCare() throws {
      for kind in ["police", "school"] { try partnership.start(kind) }
      try Concord.eventually("the school has answered, care is awaited") {
        try relearning() == [RestoreTests.care]
      }
    }
  }

  @Test func aRestoredNodeLearnsByItselfWhatItLost() throws {
    let restored = try Restored()
    let (partnership, child) = (restored.partnership, restored.child)
    let police = partnership.path("police")
    try restored.startWithoutCare()
    let status = try partnership.expect("status", police).out
    #expect(status.contains("Restored from a backup: waiting for \(Self.care)"), "\(status)")
    for arguments in [
      ["get", police, child], ["list", police, "child"],
      ["put", police, "child", "--id", child, "name=Too early"],
    ] {
      let output = try Concord.run(arguments)
      #expect(output.status == 1, "\(arguments)")
      #expect(output.error.contains("was restored from a backup"), "\(output.error)")
      #expect(output.error.contains("concord resume"), "\(output.error)")
      #expect(output.error.split(separator: "\n").count == 1, "\(output.error)")
    }

    try partnership.start("care")
    try Concord.eventually("nobody is awaited") { try restored.relearning() == [] }
    try restored.wait("police", child, "name", ["After"])
    try restored.wait("police", child, "address", ["1 Sample Street"])
    try restored.wait("police", restored.training, "course", ["Example course"])
    try restored.wait("police", restored.later, "name", ["Later"])
    #expect(!(try partnership.expect("status", police).out.contains("backup")))

    try partnership.expect("put", police, "child", "--id", child, "name=Again")
    for kind in ["care", "school"] { try restored.wait(kind, child, "name", ["Again"]) }
    for kind in ["police", "care", "school"] {
      for command in ["conflicts", "quarantine", "evidence"] {
        let found = try partnership.expect(command, partnership.path(kind), "--json").json()
        #expect((found as? [Any])?.isEmpty ?? false, "\(kind) \(command)")
      }
      let rebuilt = try partnership.expect("rebuild", partnership.path(kind)).out
      #expect(rebuilt.contains("nothing differs"), "\(kind): \(rebuilt)")
    }
    let verified = try partnership.expect("verify", police, "--peer", Self.care).out
    #expect(verified.hasPrefix("Equal"), "\(verified)")
  }

  @Test func anAdministratorGoesOnWithoutAnAnswer() throws {
    let restored = try Restored()
    let (partnership, child) = (restored.partnership, restored.child)
    let police = partnership.path("police")
    try restored.startWithoutCare()
    let wrong = try Concord.run("resume", police, "--accept-missing", "school.106982")
    #expect(wrong.status == 1)
    #expect(wrong.error.contains("nothing is awaited from school.106982"), "\(wrong.error)")
    let resumed = try partnership.expect("resume", police, "--accept-missing", Self.care)
    #expect(resumed.out.contains("police.south-yorkshire goes on"), "\(resumed.out)")
    #expect(try restored.relearning() == [])
    // What the school knew is back; what only care knew comes when care does.
    try restored.wait("police", child, "name", ["After"])
    #expect(try partnership.values("police", child, "address") == [])
    try partnership.expect("put", police, "child", "--id", child, "name=Again")
    try restored.wait("school", child, "name", ["Again"])
    try partnership.start("care")
    try restored.wait("care", child, "name", ["Again"])
    try restored.wait("police", child, "address", ["1 Sample Street"])
    #expect(try restored.relearning() == [])
  }
}
