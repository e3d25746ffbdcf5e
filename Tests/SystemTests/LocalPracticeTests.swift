import Foundation
import TestSupport
import Testing

/// Local practice across nodes: who is told meanwhile, who must not open it, files that follow a child.
@Suite(.serialized) struct LocalPracticeTests {
  private static let saturdayNight = "2027-05-01T21:45:00Z"

  private func terms() -> String {
    repositoryRoot.appendingPathComponent("Protocol/data/sheffield-term-dates.json").path
  }

  private func child(_ partnership: CommandPartnership) throws -> String {
    let police = partnership.path("police")
    try partnership.expect("calendar", "import", police, terms())
    return try partnership.expect(
      "put", police, "child", "name=Example Child", "date_of_birth=2016-03-04",
      "school=school.106982"
    ).id
  }

  private func meet(_ partnership: CommandPartnership, _ kind: String) throws {
    try partnership.start("police")
    try Concord.eventually("\(kind) is in step with the police") {
      try Concord.run("sync", partnership.path(kind), "--peer", "police.south-yorkshire").status
        == 0
    }
    partnership.stop("police")
  }

  @Test func anOfficerIsToldWhileTheSchoolIsClosed() throws {
    let partnership = try CommandPartnership(
      practice: """
        deferral: {officer: care.E08000019, weekends: true, holidays: true}
        helpline: the Helpline for teachers
        """)
    let child = try child(partnership)
    let (police, care) = (partnership.path("police"), partnership.path("care"))
    let issued = try Concord.run(
      ["notify", police, child, "--at", "2027-05-01T21:40:00Z", "--json"], now: Self.saturdayNight)
    let facts = try #require(try issued.json() as? [String: Any])
    #expect(facts["meanwhile"] as? String == "care.E08000019")
    #expect(facts["school"] as? String == "school.106982")
    try meet(partnership, "care")
    let output = try Concord.run(["inbox", care, "--json"], now: Self.saturdayNight)
    let waiting = try #require(try output.json() as? [[String: Any]])
    let mine = try #require(waiting.first { $0["school"] as? String == "care.E08000019" })
    #expect(mine["due_at"] as? String == "2027-05-02T07:45:00.000Z")
    let id = try #require(mine["id"] as? String)
    let opened = try Concord.run(["open", care, id], now: Self.saturdayNight)
    #expect(opened.status == 0 && opened.out.contains("The school is closed until"))
    #expect(opened.out.contains("For advice, call the Helpline for teachers."))
    // Said again, nothing is doubled.
    _ = try Concord.run(
      ["notify", police, child, "--at", "2027-05-01T21:40:00Z"], now: Self.saturdayNight)
    let all = try Concord.run(["list", police, "notification", "--json"], now: Self.saturdayNight)
    #expect(try (all.json() as? [Any])?.count == 2)
  }

  @Test func whoMustNotOpenItDoesNot() throws {
    let partnership = try CommandPartnership()
    let child = try child(partnership)
    let (police, school) = (partnership.path("police"), partnership.path("school"))
    func notify(_ at: String, _ further: String...) throws -> Concord.Output {
      try Concord.run(
        ["notify", police, child, "--at", at, "--not-for", "key-adult"] + further,
        now: Self.saturdayNight)
    }
    // Nobody else is named: the council's officer is told instead.
    let alone = try notify("2027-05-01T21:30:00Z")
    #expect(alone.error.contains("care.E08000019") && alone.error.contains("nobody else"))
    let chosen = try notify("2027-05-01T21:35:00Z", "--school", "school.106982")
    #expect(chosen.error.contains("care.E08000019") && chosen.error.contains("nobody else"))
    for role in ["key-adult", "head"] {
      try partnership.expect("put", school, "key_adult", "school=school.106982", "role=\(role)")
    }
    try meet(partnership, "school")
    let issued = try notify("2027-05-01T21:40:00Z")
    #expect(issued.error.contains("for school.106982"), "\(issued.error)")
    try meet(partnership, "school")
    let refused = try Concord.run("open", school, issued.id)
    #expect(refused.status == 1 && refused.error.contains("not for the key-adult"))
    let inbox = try partnership.expect("inbox", school).out
    #expect(inbox.contains("NOT for the key-adult"), "\(inbox)")
    #expect(try Concord.run("open", school, issued.id, "--role", "head").status == 0)
  }

  @Test func twoRecordsAreOneChildUntilThatIsTakenBack() throws {
    let partnership = try CommandPartnership()
    let one = try child(partnership)
    let (police, care) = (partnership.path("police"), partnership.path("care"))
    let other = try partnership.expect(
      "put", police, "child", "name=CHILD, Example", "date_of_birth=2016-03-04"
    ).id
    let likely = try partnership.expect("child", "likely", police).out
    #expect(likely.contains(one) && likely.contains(other), "\(likely)")
    #expect(try partnership.expect("child", "same", police, one, other).out.contains("Recorded"))
    #expect(try partnership.expect("child", "same", police, other, one).out.contains("Nothing new"))
    #expect(try partnership.expect("child", "likely", police).out.contains("No pair waits"))
    // A plan with one of them is a plan with both; both records stay.
    func family(_ at: String) throws -> Int {
      let notification = try Concord.run(
        ["notify", police, one, "--at", at], now: Self.saturdayNight
      ).id
      let plan = try partnership.expect("plan", "start", police, notification).id
      return try partnership.values("police", plan, "family").count
    }
    #expect(try family("2027-05-01T21:40:00Z") == 2)
    try meet(partnership, "care")
    #expect(try partnership.expect("child", "undecided", care, one, other).out.contains("Recorded"))
    try meet(partnership, "care")
    #expect(try partnership.expect("child", "likely", police).out.contains(other))
    #expect(try family("2027-05-01T21:30:00Z") == 1)
    #expect(try Concord.run("child", "same", police, one, one).error.contains("is one record"))
  }

  @Test func aFileFollowsAChildAndIsChased() throws {
    let partnership = try CommandPartnership(
      members: [("school", "school.106982"), ("other", "school.107010")])
    let child = try child(partnership)
    let (school, care) = (partnership.path("school"), partnership.path("care"))
    try meet(partnership, "care")
    try meet(partnership, "school")
    let id = try Concord.run(
      [
        "transfer", "start", school, child, "--to", "school.107010", "--moved", "2027-04-26",
      ], now: "2027-04-26T09:00:00Z"
    ).id
    try partnership.expect("transfer", "sent", school, id)
    let refused = try Concord.run("transfer", "received", school, id)
    #expect(refused.status == 1 && refused.error.contains("goes to school.107010"))
    let late = try Concord.run(["inbox", school], now: "2027-05-20T09:00:00Z").out
    #expect(late.contains("LATE, child protection file"), "\(late)")
    // The node of the school that it goes to does not run: the council chases in its stead.
    try partnership.start("care", now: "2027-05-20T09:00:00Z")
    try Concord.eventually("care has it, and chases") {
      _ = try Concord.run("sync", school, "--peer", "care.E08000019")
      return try partnership.expect("transfer", "list", care).out.contains("chased 1 times")
    }
    let unknown = try Concord.run(
      "transfer", "start", school, child, "--to", "school.106982", "--moved", "2027-04-26")
    #expect(unknown.status == 1 && unknown.error.contains("say which school sends"))
  }
}
