import Foundation
import TestSupport
import Testing

/// What exchanges with real processes say about themselves afterwards.
@Suite(.serialized) struct ExchangeTests {
  private func lastSync(_ partnership: CommandPartnership, _ kind: String) throws -> String {
    let facts = try partnership.expect("status", partnership.path(kind), "--json").json()
    let links = (facts as? [String: Any])?["links"] as? [[String: Any]]
    return links?.first?["last_sync"] as? String ?? ""
  }

  @Test func aNodeThatOnlyReceivesIsInStepToo() throws {
    let partnership = try CommandPartnership()
    for kind in ["police", "care"] { try partnership.start(kind) }
    try partnership.connected("care", to: 1)
    var before = try lastSync(partnership, "care")
    // Until what both say on meeting has been said.
    for _ in 0..<10 {
      Thread.sleep(forTimeInterval: 0.5)
      let now = try lastSync(partnership, "care")
      if now == before { break }
      before = now
    }
    Thread.sleep(forTimeInterval: 1)
    let child = try partnership.expect("put", partnership.path("police"), "child", "name=A").id
    try Concord.eventually("care has the child") {
      try partnership.values("care", child, "name") == ["A"]
    }
    try Concord.eventually("care says that it was in step then", seconds: 5) {
      try lastSync(partnership, "care") > before
    }
  }

  @Test func syncNamesThoseThatAreNotInStep() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    try partnership.start("care")
    try Concord.eventually("care answers") {
      try Concord.run("sync", police, "--peer", "care.E08000019").status == 0
    }
    let partly = try Concord.run("sync", police)
    #expect(partly.status == 0, "\(partly.error)")
    #expect(
      partly.error.contains("Warning: not in step with school.106982: nobody listens there"),
      "\(partly.error)")
    partnership.stop("care")
    let alone = try Concord.run("sync", police)
    #expect(alone.status == 1)
    #expect(alone.error.contains("care.E08000019: nobody listens there"), "\(alone.error)")
    #expect(alone.error.contains("school.106982: nobody listens there"), "\(alone.error)")
    #expect(!alone.error.contains("no peer could be reached"))
  }

  @Test func anAgreementIsShownWithAllThatWasSigned() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    let text = try partnership.expect("agreement", "show", police).out
    for words in [
      "a school is admitted by police.south-yorkshire or care.E08000019",
      "may lower notification.escalation", "grant care-child to kind care, and may pass on",
      "grant school-notice to kind school, of records that concern it",
      "grant hub-police to police.south-yorkshire",
    ] {
      #expect(text.contains(words), "\(words)\n\(text)")
    }
    let shown = try partnership.expect("agreement", "show", police, "--json").json()
    let agreement = try #require((shown as? [[String: Any]])?.first)
    let admits = try #require(agreement["admits"] as? [String: [String]])
    #expect(admits == ["school": ["police.south-yorkshire", "care.E08000019"]])
    let grants = try #require(agreement["grants"] as? [[String: Any]])
    #expect(grants.count > 5)
    for grant in grants { #expect(grant["onward"] is Bool) }
    let recipients = grants.compactMap { $0["to"] as? [String: String] }
    #expect(recipients.count == grants.count)
    #expect(recipients.contains(["kind": "school"]))
    #expect(recipients.contains(["agency": "police.south-yorkshire"]))
    #expect(grants.contains { $0["lower"] as? [String] == ["notification.escalation"] })
  }

  @Test func aTakenAddressIsSaidInWords() throws {
    let partnership = try CommandPartnership()
    try partnership.start("care")
    try Concord.eventually("care listens") {
      try Concord.run("sync", partnership.path("police"), "--peer", "care.E08000019").status == 0
    }
    let card = try String(contentsOfFile: partnership.path("care.card"), encoding: .utf8)
    let port = try #require(card.firstMatch(of: /127\.0\.0\.1:(\d+)/)?.output.1)
    let path = partnership.path("police") + "/concord.yaml"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    for (address, words) in [
      ("127.0.0.1:\(port)", "another process listens there"),
      ("192.0.2.1:7400", "no address of this machine"),
      ("no.such.host.invalid:7400", "no such host is known"),
    ] {
      try text.replacing(/listen: .*/, with: "listen: '\(address)'").write(
        toFile: path, atomically: true, encoding: .utf8)
      let output = try Concord.run("run", partnership.path("police"))
      #expect(output.status == 1)
      #expect(output.error.contains("\(words); change listen"), "\(output.error)")
    }
  }
}
