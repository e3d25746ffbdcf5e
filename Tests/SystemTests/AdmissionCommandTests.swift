import Foundation
import TestSupport
import Testing

/// `concord admit --all`, as a county's administrator runs it.
@Suite(.serialized) struct AdmissionCommandTests {
  @Test func nothingIsWrittenWhereARowIsRefusedUnlessThePersonSaysSo() throws {
    let partnership = try CommandPartnership(members: [])
    let police = partnership.path("police")
    let cards = partnership.path("cards")
    try FileManager.default.createDirectory(atPath: cards, withIntermediateDirectories: true)
    for urn in ["106982", "107010"] {
      let node = partnership.path(urn)
      try partnership.expect(
        "init", node, "--agency", "school.\(urn)", "--kind", "school", "--name", "School \(urn)")
      try partnership.expect("card", node).out.write(
        toFile: "\(cards)/\(urn)", atomically: true, encoding: .utf8)
    }
    let list = partnership.path("schools.csv")
    try "urn,card\n106982,cards/106982\n107010,cards/107010\n107011,cards/107011\n".write(
      toFile: list, atomically: true, encoding: .utf8)
    let deeds = partnership.path("deeds")
    func admit(_ options: [String]) throws -> (status: Int32, facts: [String: Any]) {
      let output = try Concord.run(
        ["admit", police, "--all", list, "-o", deeds, "--json"] + options)
      return (output.status, try #require(try output.json() as? [String: Any], "\(output.error)"))
    }
    for options in [[], ["--dry-run"], ["--dry-run", "--skip-refused"]] {
      let (status, facts) = try admit(options)
      #expect(status == 1)
      #expect(facts["written"] as? Bool == false)
      #expect(facts["refused"] as? Int == 1)
      #expect(!FileManager.default.fileExists(atPath: deeds))
    }
    let (status, facts) = try admit(["--skip-refused"])
    #expect(status == 1, "one was refused all the same")
    #expect(facts["admitted"] as? Int == 2)
    #expect(facts["written"] as? Bool == true)
    let written = try FileManager.default.contentsOfDirectory(atPath: deeds).sorted()
    #expect(written == ["school.106982.deed", "school.107010.deed"])
    try partnership.expect("join", partnership.path("107010"), "\(deeds)/school.107010.deed")
    try Concord.refused(
      "is there already", "admit", police, "--all", cards, "-o", deeds)
    let again = try partnership.expect(
      "admit", police, "--all", cards, "-o", partnership.path("again")
    ).out
    #expect(again.contains("2 rows: 0 admitted, 2 members already, 0 refused."))
  }

  @Test func wrongUsageIsSaid() throws {
    let partnership = try CommandPartnership(members: [])
    let police = partnership.path("police")
    for arguments in [
      ["admit", police], ["admit", police, "card", "--all", "folder", "-o", "out"],
      ["admit", police, "card"], ["admit", police, "--all", "folder"],
      ["admit", police, "card", "-o", "out", "--dry-run"],
    ] {
      #expect(try Concord.run(arguments).status == 64, "\(arguments)")
    }
    try Concord.refused(
      "it is not there", "admit", police, "--all", partnership.path("nowhere"), "--dry-run")
  }
}
