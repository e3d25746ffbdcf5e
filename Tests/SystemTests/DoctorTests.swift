import Foundation
import TestSupport
import Testing

/// What `concord doctor` finds at nodes that are set up well and badly.
@Suite(.serialized) struct DoctorTests {
  private func findings(_ path: String) throws -> (status: Int32, about: [String: [String]]) {
    let output = try Concord.run("doctor", path, "--json")
    let facts = try #require(try output.json() as? [String: Any], "\(output.error)")
    let list = try #require(facts["findings"] as? [[String: String]])
    for finding in list { #expect(finding["remedy"]?.isEmpty == false, "\(finding)") }
    #expect((facts["sound"] as? Bool) == (output.status == 0))
    return (
      output.status,
      Dictionary(grouping: list) { "\($0["level"] ?? "") \($0["about"] ?? "")" }
        .mapValues { $0.compactMap { $0["what"] } }
    )
  }

  @Test func aNodeThatIsSetUpBadlyIsToldWhatToDo() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/police"
    _ = try Concord.run(
      "init", path, "--agency", "police.avonshire", "--kind", "police", "--name", "Police",
      "--unsealed-values", "--test-clock")
    chmod("\(path)/keys/tls.pem", 0o644)
    let (status, about) = try findings(path)
    #expect(status == 1)
    #expect(
      about["problem keys"]?.contains {
        $0.hasSuffix("tls.pem can be read by others than its owner")
      } == true, "\(about)")
    // Its keys are readable to all, so that nothing was opened.
    #expect(about["problem replica"]?.count == 1, "\(about)")
    chmod("\(path)/keys/tls.pem", 0o600)
    let (still, opened) = try findings(path)
    #expect(still == 1 && opened["problem keys"] == nil, "\(opened)")
    #expect(opened["problem clock"]?.first?.contains("test_clock") == true, "\(opened)")
    #expect(opened["problem agreement"] == ["no agreement is adopted here"], "\(opened)")
    #expect(opened["advice keys"]?.count == 2 && opened["advice backup"]?.count == 1, "\(opened)")
    try Concord.refused("no node in", "doctor", "\(folder.path)/nowhere")
  }

  @Test func whatWasSeenToIsFoundNoMore() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    let key = partnership.path("key")
    try Data((0..<32).map { _ in UInt8.random(in: .min ... .max) }).write(
      to: URL(fileURLWithPath: key))
    chmod(key, 0o600)
    try partnership.expect("keys", "seal", police, "--key-file", key)
    try partnership.expect("keys", "seal-records", police)
    try FileManager.default.createDirectory(
      atPath: partnership.path("backups"), withIntermediateDirectories: true)
    try partnership.expect(
      "backup", police, "--into", partnership.path("backups"), "--keep", "3")
    for kind in ["police", "care", "school"] { try partnership.start(kind) }
    try partnership.connected("police", to: 2)
    let (_, about) = try findings(police)
    // The folder of a test has a test's clock.
    #expect(
      Set(about.keys).subtracting(["advice clock", "advice disk", "advice calendars"]) == [
        "problem clock"
      ], "\(about)")
    partnership.stop("school")
    try Concord.eventually("the link is missed, and the school dialled") {
      let missed = try findings(police).about["advice peers"]?.first ?? ""
      return missed.contains("school.106982")
        && missed.contains("dialled now: nobody listens there")
    }
    // A node that does not run is told which of its peers this machine reaches.
    partnership.stop("police")
    try Concord.eventually("the council says hello, and the school is missed") {
      try findings(police).about["advice peers"] == [
        "the node does not run",
        "school.106982 was dialled and not reached: nobody listens there",
      ]
    }
  }

  /// An administrator who forgets to become the node's user leaves files that the node cannot open.
  @Test(.enabled(if: geteuid() == 0)) func whatAnotherUserLeftBehindIsFound() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/police"
    _ = try Concord.run(
      "init", path, "--agency", "police.avonshire", "--kind", "police", "--name", "Police")
    #expect(try findings(path).about["problem folder"] == nil)
    try #require(chown("\(path)/keys/tls.pem", 65_534, 65_534) == 0)
    #expect(
      try findings(path).about["problem folder"] == [
        "\(path)/keys/tls.pem belongs to another user than the folder"
      ])
  }

  /// A process that was stopped keeps its socket and answers nobody: what is written is stored all the same.
  @Test func aNodeThatStandsStillKeepsNoCommandWaiting() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    try partnership.start("police")
    try Concord.eventually("the node runs") {
      try Concord.run("status", police).out.contains("police.south-yorkshire, running")
    }
    let daemon = try #require(partnership.daemons["police"]).processIdentifier
    kill(daemon, SIGSTOP)
    // Where a command waited for ever, this test would: the node goes on then.
    DispatchQueue.global().asyncAfter(deadline: .now() + 90) { kill(daemon, SIGCONT) }
    let began = Date()
    let written = try partnership.expect("put", police, "child", "name=Example Child")
    let (status, about) = try findings(police)
    #expect(status == 1)
    #expect(about["problem peers"] == ["the node that runs here does not answer"], "\(about)")
    let said = try Concord.run("status", police).out
    #expect(said.contains("Warning: the node that runs here does not answer"), "\(said)")
    #expect(Date().timeIntervalSince(began) < 80)
    kill(daemon, SIGCONT)
    #expect(try Concord.run("status", police).out.contains("does not answer") == false)
    #expect(try partnership.values("police", written.id, "name") == ["Example Child"])
  }
}
