import Foundation
import TestSupport
import Testing

/// The signing round, as the administrators of two agencies go through it.
@Suite(.serialized) struct SigningCommandTests {
  private func status(_ arguments: String...) throws -> [String: Any] {
    let output = try Concord.run(["agreement", "status"] + arguments + ["--json"])
    #expect(output.status == 0, "\(output.error)")
    return try #require((try output.json() as? [[String: Any]])?.first)
  }

  private func states(_ facts: [String: Any]) -> [String: String] {
    let parties = facts["principals"] as? [[String: Any]] ?? []
    return parties.reduce(into: [:]) { states, party in
      states[party["agency"] as? String ?? ""] = party["state"] as? String
    }
  }

  @Test func eachStepIsNamedUntilAllHaveAdopted() throws {
    let partnership = try CommandPartnership(members: [])
    let (police, care) = (partnership.path("police"), partnership.path("care"))
    let next = partnership.path("next")
    let template = try String(contentsOfFile: partnership.path("template.yaml"), encoding: .utf8)
      .replacingOccurrences(of: "version: 1\n", with: "version: 2\n")
      .replacingOccurrences(of: "starts: 2026-09-01", with: "starts: 2027-05-01")
    try template.write(
      toFile: partnership.path("template2.yaml"), atomically: true, encoding: .utf8)
    try partnership.expect(
      "agreement", "draft", partnership.path("template2.yaml"), "--card",
      partnership.path("police.card"), "--card", partnership.path("care.card"), "--previous",
      partnership.path("agreement"), "-o", next)
    let fresh = try status(next)
    #expect(Set(states(fresh).values) == ["missing"])
    #expect(fresh["complete"] as? Bool == false)
    #expect(try status(police, next)["step"] as? String == "sign")
    try partnership.expect("agreement", "sign", police, next)
    #expect(try status(police, next)["step"] as? String == "collect")
    #expect(try status(care, next)["step"] as? String == "sign")
    let half = try status(next)
    #expect(states(half)["police.south-yorkshire"] == "signed")
    #expect(states(half)["care.E08000019"] == "missing")
    let words = try partnership.expect("card", care, "--fingerprint").out
      .split { $0.isWhitespace }.map(String.init)
    let parties = try #require(half["principals"] as? [[String: Any]])
    #expect(parties.contains { $0["fingerprint"] as? [String] == words })
    try partnership.expect("agreement", "sign", care, next)
    #expect(try status(care, next)["step"] as? String == "adopt")
    #expect(try status(next)["complete"] as? Bool == true)
    try partnership.expect("agreement", "adopt", police, next)
    #expect(try status(police, next)["step"] as? String == "done")
    let mine = try status(police)
    #expect(mine["version"] as? Int == 2)
    #expect(mine["step"] as? String == "done")
    let shown = try partnership.expect("agreement", "status", care, next).out
    #expect(shown.contains("Next: all have signed"))
    #expect(shown.contains("concord agreement adopt \(care) \(next)"))
  }

  @Test func anAlteredTextIsNoticed() throws {
    let partnership = try CommandPartnership(members: [])
    let text = try String(contentsOfFile: partnership.path("agreement"), encoding: .utf8)
    let altered = partnership.path("altered")
    let other = text.replacingOccurrences(of: "ends: 20", with: "ends: 21")
    #expect(other != text)
    try other.write(toFile: altered, atomically: true, encoding: .utf8)
    let facts = try status(altered)
    #expect(Set(states(facts).values) == ["invalid"])
    #expect(facts["step"] as? String == "renew")
    let shown = try partnership.expect("agreement", "status", altered).out
    #expect(shown.contains("DOES NOT HOLD  police.south-yorkshire"))
  }

  @Test func whatIsNoAgreementIsRefused() throws {
    let partnership = try CommandPartnership(members: [])
    try Concord.refused(
      "expected an agreement", "agreement", "status", partnership.path("police.card"))
    try Concord.refused("cannot read", "agreement", "status", partnership.path("nowhere"))
  }
}
