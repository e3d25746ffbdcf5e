import Foundation
import TestSupport
import Testing

/// The command line's contract: what scripts and administrators rely on.
@Suite(.serialized) struct CommandLineTests {
  @Test func wrongUsageExits64AndSaysWhatWasExpected() throws {
    for arguments in [
      ["no-such-command"], ["init"], ["get"], ["put", "x", "child", "no assignment"],
      ["init", "x", "--agency", "nonsense", "--kind", "police", "--name", "n"],
      ["init", "x", "--agency", "police.x", "--kind", "wizard", "--name", "n"],
    ] {
      let output = try Concord.run(arguments)
      #expect(output.status == 64, "\(arguments): \(output.status) \(output.error)")
      #expect(!output.error.isEmpty)
      #expect(output.out.isEmpty)
    }
  }

  @Test func everyCommandHasHelp() throws {
    let overview = try Concord.run("--help")
    #expect(overview.status == 0)
    let commands = [
      "demo", "init", "card", "agreement", "admit", "join", "put", "get", "list", "history",
      "conflicts", "resolve", "explain", "run", "sync", "status", "quarantine", "rebuild",
      "calendar", "route", "notify", "inbox", "open", "respond", "readiness", "plan", "action",
      "voice", "import", "report",
    ]
    for command in commands {
      #expect(overview.out.contains("  \(command)"), "\(command) is not in the overview")
      #expect(try Concord.run(command, "--help").status == 0)
    }
  }

  @Test func aNodeThatIsNotThereIsARefusalWithOneLine() throws {
    let folder = try TemporaryFolder()
    for command in ["status", "sync", "conflicts", "rebuild", "run", "card"] {
      let output = try Concord.run(command, "\(folder.path)/nowhere")
      #expect(output.status == 1, "\(command)")
      #expect(output.error.split(separator: "\n").count == 1, "\(command): \(output.error)")
    }
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/nowhere"))
  }

  @Test func badValuesAreRefusedWithTheFieldAndNothingIsHalfWritten() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    for (assignment, word) in [
      ("date_of_birth=soon", "date_of_birth"), ("nhs_number=9434765918", "nhs_number"),
      ("nonsense=1", "nonsense"), ("school=nowhere", "school"),
    ] {
      let output = try Concord.run("put", police, "child", "name=Half", assignment)
      #expect(output.status == 1)
      #expect(output.error.contains(word), "\(output.error)")
      #expect(output.error.split(separator: "\n").count == 1, "\(output.error)")
    }
    #expect(try Concord.run("put", police, "dragon", "name=x").status == 1)
    let children = try partnership.expect("list", police, "child", "--json").json() as? [Any]
    #expect(children?.count == 0)
  }

  @Test func aBadAgreementIsRefusedWithItsFileAndLine() throws {
    let partnership = try CommandPartnership()
    let template = try repositoryText("Protocol/agreements/sheffield-encompass.yaml")
    for (from, to, word) in [
      ("review:", "reviewed:", "reviewed"), ("label:identity", "label:identities", "identities"),
      ("starts: 2026-09-01", "starts: tomorrow", "starts"),
      ("principals: [", "principals: [[", "bad.yaml"),
    ] {
      let bad = partnership.path("bad.yaml")
      let changed = try #require(template.range(of: from)).lowerBound
      try template.replacingOccurrences(
        of: from, with: to, range: changed..<template.index(changed, offsetBy: from.count)
      ).write(toFile: bad, atomically: true, encoding: .utf8)
      let output = try Concord.run(
        "agreement", "draft", bad, "--card", partnership.path("police.card"), "--card",
        partnership.path("care.card"), "-o", partnership.path("out"))
      #expect(output.status == 1)
      #expect(output.error.contains("bad.yaml"), "\(output.error)")
      #expect(output.error.contains(word), "\(output.error)")
      #expect(!FileManager.default.fileExists(atPath: partnership.path("out")))
    }
  }

  @Test func aSignatureUnderAnotherTextStopsTheNextSigner() throws {
    let partnership = try CommandPartnership()
    let agreement = partnership.path("agreement")
    let changed = try String(contentsOfFile: agreement, encoding: .utf8)
      .replacingOccurrences(of: "review: 2027-09-01", with: "review: 2027-10-01")
    let path = partnership.path("changed")
    try changed.write(toFile: path, atomically: true, encoding: .utf8)
    for command in ["sign", "adopt"] {
      let output = try Concord.run("agreement", command, partnership.path("care"), path)
      #expect(output.status == 1)
      #expect(output.error.contains("does not fit this text"), "\(output.error)")
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == changed)
  }

  @Test func whatCannotBeMeantIsNotWritten() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    let child = try partnership.expect("put", police, "child", "name=Example Child A").id
    for (arguments, word) in [
      (["put", police, "child", "languages="], "nothing to write"),
      (["put", police, "child", "--id", child, "name=A", "name=B"], "name stands twice"),
      (["put", police, "child", "--id", child, "languages-=polish"], "does not contain"),
      (["resolve", police, child, "nmae", "--value", "A"], "no field nmae"),
      (["resolve", police, child, "name", "--value", "A"], "not in conflict"),
    ] {
      let output = try Concord.run(arguments)
      #expect(output.status == 1, "\(arguments)")
      #expect(output.error.contains(word), "\(output.error)")
      #expect(output.out.isEmpty)
    }
    #expect(try Concord.run("put", police, "child", "name=A\u{FFFD}").status == 64)
    let list = try partnership.expect("list", police, "child", "--json").json()
    #expect((list as? [Any])?.count == 1)
    #expect(try partnership.values("police", child, "name") == ["Example Child A"])
    // Nothing changes, and nothing is said to have changed.
    try partnership.expect("put", police, "child", "--id", child, "languages=", "--as", "PC-1")
    let history = try partnership.expect("history", police, child, "--json").json()
    #expect((history as? [Any])?.count == 1)
  }

  @Test func theJSONHasTheKeysThatScriptsRelyOn() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    let child = try partnership.expect(
      "put", police, "child", "name=Example Child A", "school=school.106982", "languages+=polish",
      "languages+=urdu"
    ).id
    #expect(UUID(uuidString: child) != nil)
    let record = try #require(
      try partnership.expect("get", police, child, "--json").json() as? [String: Any])
    #expect(record["id"] as? String == child)
    #expect(record["type"] as? String == "child")
    let fields = try #require(record["fields"] as? [String: [String: Any]])
    let languages = try #require(fields["languages"])
    #expect(languages["rule"] as? String == "set")
    #expect(languages["conflict"] as? Bool == false)
    let values = try #require(languages["values"] as? [[String: Any]])
    #expect(values.count == 2)
    for value in values {
      #expect(value["by"] as? String == "police.south-yorkshire")
      let at = try #require(value["at"] as? String)
      #expect(at.wholeMatch(of: /2027-05-04T10:00:\d\d\.\d{3}Z/) != nil, "\(at)")
      #expect((value["write"] as? String)?.count == 64)
    }
    let explained = try #require(
      try partnership.expect(
        "explain", police, child, "address", "--for", "school.106982", "--json"
      ).json() as? [String: Any])
    #expect(explained["shared"] as? Bool == false)
    for key in ["reason", "rule", "agreement", "version"] { #expect(explained[key] != nil) }
    let status = try #require(
      try partnership.expect("status", police, "--json").json() as? [String: Any])
    #expect(
      Set(["agency", "agreement", "version", "links", "quarantined"]).isSubset(of: status.keys))
    let links = try #require(status["links"] as? [[String: Any]])
    #expect(
      links.compactMap { $0["agency"] as? String }.sorted() == ["care.E08000019", "school.106982"])
    for link in links {
      #expect(Set(["agency", "connected", "waiting", "last_sync"]).isSubset(of: link.keys))
    }
    for command in ["conflicts", "quarantine"] {
      #expect(try partnership.expect(command, police, "--json").json() is [Any])
    }
    #expect(try Concord.run("get", police, UUID().uuidString).status == 1)
  }
}
