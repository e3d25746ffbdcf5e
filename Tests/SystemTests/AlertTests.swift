import Foundation
import TestSupport
import Testing

/// What people hear outside the node: that something waits, and nothing else.
@Suite(.serialized) struct AlertTests {
  private static let tuesday = "2027-05-04T10:00:00Z"

  /// Has a node tell people through a program that keeps what it was told.
  private func listen(_ partnership: CommandPartnership, _ kind: String) throws {
    let program = partnership.path("\(kind)-alert")
    let script = """
      #!/bin/sh
      env | cut -d= -f1 | sort | tr '\\n' ' ' >> \(program).heard
      echo "| $# | $1" >> \(program).heard
      """
    try script.write(toFile: program, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
    let path = "\(partnership.path(kind))/concord.yaml"
    let configuration = try String(contentsOfFile: path, encoding: .utf8)
    try (configuration + "alert: \(program)\n").write(
      toFile: path, atomically: true, encoding: .utf8)
  }

  private func heard(_ partnership: CommandPartnership, _ kind: String) throws -> [String] {
    let path = partnership.path("\(kind)-alert.heard")
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return text.split(separator: "\n").map(String.init)
  }

  @Test func whoHasToActHearsThatSomethingWaitsAndNothingElse() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    for kind in ["care", "school"] { try listen(partnership, kind) }
    let terms = repositoryRoot.appendingPathComponent("Protocol/data/sheffield-term-dates.json")
      .path
    try partnership.expect("calendar", "import", police, terms)
    let child = try partnership.expect(
      "put", police, "child", "name=Example Child", "school=school.106982"
    ).id
    for kind in ["care", "school"] { try partnership.start(kind, now: Self.tuesday) }
    for kind in ["care", "school"] {
      try Concord.eventually("\(kind) runs") {
        try Concord.run("status", partnership.path(kind)).out.contains("running")
      }
    }
    #expect(try heard(partnership, "care").isEmpty && heard(partnership, "school").isEmpty)
    // Three days late: the school has it, and as nobody is named there, the hub has to act.
    let issued = try Concord.run(
      ["notify", police, child, "--at", "2027-04-29T21:40:00Z"], now: "2027-04-29T22:00:00Z")
    #expect(issued.status == 0, "\(issued.error)")
    try partnership.start("police", now: Self.tuesday)
    try Concord.eventually("both hear of it", seconds: 90) {
      try ["care", "school"].allSatisfy { try !heard(partnership, $0).isEmpty }
    }
    for kind in ["care", "school"] {
      for line in try heard(partnership, kind) {
        #expect(line.hasSuffix("| 1 | Something waits in Concord. Open Concord to see what."))
        // What a shell sets by itself may be there, but nothing of the node's.
        let names = Set(line.split(separator: "|")[0].split(separator: " "))
        #expect(names.isSubset(of: ["PATH", "PWD", "OLDPWD", "SHLVL", "_"]), "\(names)")
      }
    }
    // At the school it began to wait and may have risen since; in the hub it only waits.
    #expect(try heard(partnership, "care").count == 1)
    #expect(try heard(partnership, "school").count <= 2)
  }
}
