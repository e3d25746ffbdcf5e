import Foundation
import TestSupport
import Testing

/// Retention, holds, erasure, access and corrections by their commands.
@Suite(.serialized) struct RightsCommandTests {
  private let partnership: CommandPartnership
  private var police: String { partnership.path("police") }

  init() throws { partnership = try CommandPartnership() }

  private func id(_ arguments: String..., now: String = Concord.now) throws -> String {
    let output = try Concord.run(arguments, now: now)
    #expect(output.status == 0, "\(arguments.prefix(2)): \(output.error)")
    return output.id
  }

  @Test func aRecordWhoseTimeIsOverIsKeptHeldAndAtLastDestroyedEverywhere() throws {
    let incident = try id(
      "put", police, "incident", "occurred_at=2027-05-01T21:40:00Z", "circumstances=GONE-marker")
    try partnership.start("police")
    try Concord.eventually("care has it") {
      try Concord.run("sync", partnership.path("care")).status == 0
    }
    partnership.stop("police")
    #expect(try partnership.holds("care", "GONE-marker"))
    let (before, after) = ("2034-04-30T10:00:00Z", "2034-05-02T10:00:00Z")
    #expect(
      try Concord.run("retention", "due", police, now: before).out.contains("No record's time"))
    let early = try Concord.run(
      "retention", "destroy", police, incident, "--as", "Records", "--reason", "x", now: before)
    #expect(early.status == 1 && early.error.contains("is not due for review"))
    let due = try Concord.run("retention", "due", police, now: after).out
    #expect(due.contains(incident) && due.contains("P7Y since occurred_at 2027-05-01"), "\(due)")
    // By profile and proposals social care keeps it as long, from the last change on.
    #expect(
      try Concord.run("retention", "due", partnership.path("care"), now: before).out.contains("No"))
    _ = try id(
      "retention", "keep", police, incident, "--until", "2034-06-01", "--reason", "an inquiry",
      now: after)
    #expect(try !Concord.run("retention", "due", police, now: after).out.contains(incident))
    let june = "2034-06-02T10:00:00Z"
    _ = try id("hold", police, incident, "--reason", "a court", now: june)
    #expect(
      try Concord.run("retention", "due", police, now: june).out.contains("under a legal hold"))
    for command in [
      ["retention", "destroy", police, incident, "--as", "Records", "--reason", "over"],
      ["erase", police, incident, "--basis", "over"],
    ] {
      let held = try Concord.run(command, now: june)
      #expect(held.status == 1 && held.error.contains("legal hold"), "\(held.error)")
    }
    #expect(try partnership.holds("police", "GONE-marker"))
    _ = try id("hold", "release", police, incident, "--reason", "it is over", now: june)
    let done = try Concord.run(
      "retention", "destroy", police, incident, "--as", "Records", "--reason", "over", now: june)
    #expect(done.status == 0 && done.out.contains("care.E08000019"), "\(done.out)\(done.error)")
    #expect(try !partnership.holds("police", "GONE-marker"))
    let status = try Concord.run("erasure", police, incident, now: june).out
    #expect(
      status.contains("not told yet") && status.contains("kept 7 years since occurred_at"),
      "\(status)")
  }

  @Test func aRetentionPolicyWithAMistakeIsRefused() throws {
    let path = police + "/retention.yaml"
    for (text, problem) in [
      ("retention: ours\nversion: 1\nrecords: {chidl: {keep: P1Y}}\n", "no record type chidl"),
      ("retention: ours\nversion: 1\nrecords: {child: {keep: 1Y}}\n", "retention.yaml:3"),
    ] {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      let refused = try Concord.run("retention", "due", police)
      #expect(refused.status == 1 && refused.error.contains(problem), "\(refused.error)")
      #expect(refused.error.split(separator: "\n").count == 1)
    }
  }

  @Test func aPersonGetsWhatIsHeldAboutThemAndNobodyElsesAfterSomebodyDecided() throws {
    let child = try id(
      "put", police, "child", "name=Example Child", "date_of_birth=2016-03-04",
      "school=school.106982")
    let sibling = try id("put", police, "child", "name=SIBLING-marker")
    _ = try id("put", police, "adult", "name=PARENT-marker", "children+=\(child)")
    let incident = try id(
      "put", police, "incident", "occurred_at=2027-05-01T21:40:00Z", "children+=\(child)",
      "children+=\(sibling)", "circumstances=A neighbour called.")
    _ = try id(
      "correction", "add", police, child, "name", "--words", "I am called Sam.", "--by", "the child"
    )
    #expect(try partnership.expect("get", police, child).out.contains("\"I am called Sam.\""))
    let started = try partnership.expect(
      "access", "start", police, child, "--received", "2027-01-31", "--json"
    ).json()
    let request = try #require(started as? [String: Any])
    #expect(request["due"] as? String == "2027-03-01" && request["is_late"] as? Bool == true)
    let folder = partnership.path("answer")
    func export() throws -> Concord.Output {
      try Concord.run("access", "export", police, "1", "-o", folder)
    }
    #expect(try export().error.contains("serious-harm"))
    _ = try id(
      "access", "decide", police, "1", "serious-harm", "--disclose", "--reason",
      "none is to be feared")
    let waiting = try export()
    #expect(
      waiting.status == 1 && waiting.error.contains("wait for a decision"), "\(waiting.error)")
    #expect(!FileManager.default.fileExists(atPath: folder))
    let review = try partnership.expect("access", "review", police, "1", "--undecided").out
    #expect(review.contains("circumstances") && !review.contains("SIBLING-marker"))
    _ = try id(
      "access", "decide", police, "1", "\(incident)/circumstances", "--redact", "--reason",
      "It names who called")
    let given = try export()
    #expect(given.status == 0, "\(given.error)")
    for name in ["access.html", "access.json"] {
      let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      for words in [
        "Example Child", "OFFICIAL-SENSITIVE", "It names who called", "I am called Sam.",
      ] {
        #expect(text.contains(words), "\(words) in \(name)")
      }
      for words in ["SIBLING-marker", "PARENT-marker", "A neighbour called.", sibling] {
        #expect(!text.contains(words), "\(words) in \(name)")
      }
    }
    #expect(try export().error.contains("is there already"))
    _ = try id("access", "close", police, "1", "--reason", "handed over")
    #expect(
      try Concord.run("access", "close", police, "1", "--reason", "x").error.contains("closed"))
    #expect(try Concord.run("access", "review", police, "7").error.contains("no request 7"))
  }

  /// One month, or three where that was said within the first (UK GDPR Art 12(3)); once, and with a reason.
  @Test func aComplexRequestMayTakeThreeMonths() throws {
    let child = try id("put", police, "child", "name=Example Child")
    func extend(_ request: String) throws -> Concord.Output {
      try Concord.run(
        "access", "extend", police, request, "--reason", "Four forces hold a part", "--as", "head")
    }
    _ = try id("access", "start", police, child)
    let first = try #require(
      try partnership.expect("access", "list", police, "--json").json() as? [[String: Any]])
    #expect(first[0]["due"] as? String == "2027-06-04" && first[0]["extended_at"] == nil)
    let extended = try extend("1")
    #expect(extended.status == 0 && extended.out.contains("2027-08-04"), "\(extended.error)")
    #expect(extended.error.contains("2027-06-04"), "whoever asked is to be told by then")
    let listed = try partnership.expect("access", "list", police).out
    #expect(listed.contains("due 2027-08-04") && listed.contains("Four forces hold a part"))
    #expect(try extend("1").error.contains("extended already"))
    let audit = partnership.path("audit-export")
    _ = try partnership.expect("audit", "export", police, "-o", audit)
    #expect(try String(contentsOfFile: audit, encoding: .utf8).contains("extended-request"))
    // The first month is over.
    _ = try id("access", "start", police, child, "--received", "2027-01-31")
    let late = try extend("2")
    #expect(late.status == 1 && late.error.contains("2027-03-01"), "\(late.error)")
    #expect(try extend("9").error.contains("no request 9"))
    _ = try id("access", "close", police, "1", "--reason", "handed over")
    #expect(try extend("1").error.contains("is closed"))
  }

  @Test func whoAsksForAChildGetsNothingThatIsNotInItsInterest() throws {
    let child = try id("put", police, "child", "name=Example Child")
    _ = try id("access", "start", police, child, "--asked-by", "parent")
    _ = try id("access", "decide", police, "1", "serious-harm", "--disclose", "--reason", "none")
    let folder = partnership.path("answer")
    #expect(
      try Concord.run("access", "export", police, "1", "-o", folder).error.contains(
        "childs-interest"))
    _ = try id(
      "access", "decide", police, "1", "childs-interest", "--redact", "--reason", "it is not")
    let refused = try Concord.run("access", "export", police, "1", "-o", folder)
    #expect(refused.status == 1 && refused.error.contains("--outcome refused"), "\(refused.error)")
    #expect(!FileManager.default.fileExists(atPath: folder))
    _ = try id(
      "access", "close", police, "1", "--outcome", "refused", "--reason",
      "not in the child's interest")
    #expect(try partnership.expect("access", "list", police).out.contains("refused"))
    // Only whoever wrote a text answers what is said of it.
    let wrong = try Concord.run(
      "correction", "add", police, child, "nmae", "--words", "x", "--by", "the child")
    #expect(wrong.status == 1 && wrong.error.contains("no field nmae"))
  }
}
