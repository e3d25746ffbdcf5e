import Agreements
import Foundation
import Records
import TestSupport
import Testing

/// A node's folder that is damaged, foreign or closed to the user: said, and never made worse.
@Suite(.serialized) struct FolderTests {
  private func refused(
    _ words: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let output = try Concord.run(arguments)
    #expect(output.status == 1, "\(arguments.prefix(1)): \(output)", sourceLocation: sourceLocation)
    #expect(output.error.contains(words), "\(output.error)", sourceLocation: sourceLocation)
    #expect(
      output.error.split(separator: "\n").count == 1, "\(output.error)",
      sourceLocation: sourceLocation)
  }

  private func move(_ from: String, _ to: String) throws {
    try FileManager.default.moveItem(atPath: from, toPath: to)
  }

  private func copy(_ from: String, over to: String) throws {
    try Data(contentsOf: URL(fileURLWithPath: from)).write(to: URL(fileURLWithPath: to))
  }

  @Test func aLostReplicaIsNotReplacedByAnEmptyOne() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    let child = try partnership.expect("put", police, "child", "name=Example Child A").id
    try move("\(police)/replica.sqlite", partnership.path("kept"))
    for command in ["status", "rebuild", "run", "sync", "card"] {
      try refused("replica.sqlite is missing", command, police)
    }
    try refused("replica.sqlite is missing", "put", police, "child", "name=B")
    #expect(!FileManager.default.fileExists(atPath: "\(police)/replica.sqlite"))
    try Data().write(to: URL(fileURLWithPath: "\(police)/replica.sqlite"))
    try refused("missing or empty", "status", police)
    try FileManager.default.removeItem(atPath: "\(police)/replica.sqlite")
    try move(partnership.path("kept"), "\(police)/replica.sqlite")
    #expect(try partnership.values("police", child, "name") == ["Example Child A"])
  }

  @Test func foreignKeysWriteNothingAndRunNothing() throws {
    let partnership = try CommandPartnership()
    let (police, care) = (partnership.path("police"), partnership.path("care"))
    let child = try partnership.expect("put", police, "child", "name=Example Child A").id
    let mine = try Data(contentsOf: URL(fileURLWithPath: "\(police)/keys/signing.key"))
    try copy("\(care)/keys/signing.key", over: "\(police)/keys/signing.key")
    let words = "keys/signing.key does not belong to the card of police.south-yorkshire"
    try refused(words, "put", police, "child", "name=B")
    try refused(words, "resolve", police, child, "name", "--value", "B")
    try refused(words, "run", police)
    try refused(words, "sync", police)
    try refused(
      words, "admit", police, partnership.path("school.card"), "-o", partnership.path("deed"))
    try partnership.expect("get", police, child)
    try mine.write(to: URL(fileURLWithPath: "\(police)/keys/signing.key"))
    for name in ["authority.pem", "authority.der"] {
      try copy("\(care)/keys/\(name)", over: "\(police)/keys/\(name)")
    }
    try refused("keys/authority.der does not belong", "put", police, "child", "name=B")
    let list = try partnership.expect("list", police, "child", "--json").json() as? [Any]
    #expect(list?.count == 1)
  }

  @Test func aDamagedKeyFileIsNamed() throws {
    let partnership = try CommandPartnership()
    let keys = partnership.path("police") + "/keys"
    for name in ["signing.key", "tls.pem", "authority.pem", "authority.der"] {
      let path = "\(keys)/\(name)"
      let content = try Data(contentsOf: URL(fileURLWithPath: path))
      try Data("nonsense".utf8).write(to: URL(fileURLWithPath: path))
      try refused("keys/\(name) is damaged", "status", partnership.path("police"))
      try content.write(to: URL(fileURLWithPath: path))
    }
    try partnership.expect("status", partnership.path("police"))
  }

  @Test func aCardWithoutACertificateIsNotAdmittedOrDrafted() throws {
    let partnership = try CommandPartnership()
    // Signed as it should be; only its CA is none.
    for agency in [
      try TestAgency("school.107001", .school), try TestAgency("care.E08000019", .care),
    ] {
      try DocumentFile([try agency.card()]).text.write(
        toFile: partnership.path("\(agency.kind).bad"), atomically: true, encoding: .utf8)
    }
    let words = "no X.509 certificate in DER"
    try refused(
      "school.bad: ca_certificate of the card of school.107001: \(words)", "admit",
      partnership.path("police"), partnership.path("school.bad"), "-o", partnership.path("deed"))
    let template = repositoryRoot.appendingPathComponent(
      "Protocol/agreements/sheffield-encompass.yaml"
    ).path
    let police = partnership.path("police.card")
    try refused(
      "care.bad: ca_certificate of the card of care.E08000019: \(words)", "agreement", "draft",
      template, "--card", police, "--card", partnership.path("care.bad"), "-o",
      partnership.path("draft"))
    // The card that does not belong is named by its own file, not by the template's.
    try refused(
      "school.card: school.106982 is no principal", "agreement", "draft", template, "--card",
      police, "--card", partnership.path("school.card"), "-o", partnership.path("draft"))
    for name in ["deed", "draft"] {
      #expect(!FileManager.default.fileExists(atPath: partnership.path(name)))
    }
  }

  @Test func aFolderThatMayNotBeReadIsNotSaidToBeAbsent() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    // As somebody who is not its owner; the superuser may read everything.
    func asStranger(_ command: String) throws -> (status: Int32, error: String) {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      let user =
        geteuid() == 0
        ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
      process.arguments = user + [Concord.url.path, command, police]
      process.standardOutput = FileHandle.nullDevice
      let error = try Concord.handle(partnership.path("error"))
      try error.truncate(atOffset: 0)
      process.standardError = error
      try process.run()
      process.waitUntilExit()
      let text = try String(contentsOfFile: partnership.path("error"), encoding: .utf8)
      return (process.terminationStatus, text)
    }
    for folder in [partnership.folder.path, police] { #expect(chmod(folder, 0o755) == 0) }
    // Closed to strangers, or, where no other user is to be had, to everybody.
    #expect(chmod(police, geteuid() == 0 ? 0o700 : 0) == 0)
    let closed = try asStranger("status")
    #expect(closed.status == 1)
    #expect(closed.error.contains("cannot look into"), "\(closed.error)")
    #expect(chmod(police, 0o555) == 0)
    let readOnly = try asStranger("status")
    #expect(readOnly.status == 1)
    #expect(readOnly.error.contains("must be able to write"), "\(readOnly.error)")
    #expect(!readOnly.error.contains("SQLite"))
    #expect(chmod(police, 0o700) == 0)
    try partnership.expect("status", police)
  }

  @Test func aMistakeInTheConfigurationIsNamedWithItsLine() throws {
    let partnership = try CommandPartnership()
    let path = partnership.path("police") + "/concord.yaml"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    for (line, words) in [
      ("test_clock: maybe", "test_clock: expected true or false"),
      ("listne: 1", "listne: unknown key; expected one of agency"),
    ] {
      let kept = text.split(separator: "\n").filter { !$0.hasPrefix("test_clock") }
      let changed = (kept + [Substring(line)]).joined(separator: "\n")
      try changed.write(toFile: path, atomically: true, encoding: .utf8)
      let number = kept.count + 1
      try refused("concord.yaml:\(number): \(words)", "status", partnership.path("police"))
    }
  }
}
