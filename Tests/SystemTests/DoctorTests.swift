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
    try Concord.eventually("the link is missed") {
      try findings(police).about["advice peers"]?.first?.contains("school.106982") == true
    }
  }
}
