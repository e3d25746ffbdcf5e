import Foundation
import TestSupport
import Testing

/// A notification from the police to the school's answer, over real processes that are started only to
/// sync: each agency works offline in between.
@Suite(.serialized) struct NotificationTests {
  private static let saturdayNight = "2027-05-01T21:45:00Z"
  private static let tuesday = "2027-05-04T08:30:00Z"

  private func terms() -> String {
    repositoryRoot.appendingPathComponent("Protocol/data/sheffield-term-dates.json").path
  }

  private func facts(_ output: Concord.Output) throws -> [String: Any] {
    try #require(try output.json() as? [String: Any])
  }

  private func inbox(_ partnership: CommandPartnership, _ kind: String, _ now: String) throws
    -> [[String: Any]]
  {
    let output = try Concord.run(["inbox", partnership.path(kind), "--json"], now: now)
    return try #require(try output.json() as? [[String: Any]])
  }

  /// Police with a child and an incident, and the calendar of the child's school.
  private func recorded() throws -> (CommandPartnership, child: String, incident: String) {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    let child = try partnership.expect(
      "put", police, "child", "name=Example Child", "school=school.106982"
    ).id
    let incident = try Concord.run(
      [
        "put", police, "incident", "occurred_at=2027-05-01T21:40:00Z", "reference=EX/1",
        "children+=\(child)",
      ], now: Self.saturdayNight
    ).id
    try partnership.expect("calendar", "import", police, terms())
    return (partnership, child, incident)
  }

  /// Police and the school meet.
  private func meet(_ partnership: CommandPartnership) throws {
    try partnership.start("police")
    try Concord.eventually("the school is in step with the police") {
      let output = try Concord.run(
        "sync", partnership.path("school"), "--peer", "police.south-yorkshire")
      return output.status == 0
    }
    partnership.stop("police")
  }

  @Test func aNotificationIsIssuedOpenedAndAnswered() throws {
    let (partnership, child, incident) = try recorded()
    let (police, school) = (partnership.path("police"), partnership.path("school"))
    let issued = try Concord.run(
      ["notify", police, child, "--incident", incident, "--context", "Was present."],
      now: Self.saturdayNight)
    #expect(issued.status == 0, "\(issued.error)")
    #expect(issued.error.contains("due Tuesday 4 May 2027, 08:45"), "\(issued.error)")
    #expect(issued.error.contains("not ready"), "a school without a Key Adult gets guidance")
    // Once more: the same one.
    let again = try Concord.run(
      ["notify", police, child, "--incident", incident, "--json"], now: Self.saturdayNight)
    #expect(try facts(again)["new"] as? Bool == false)
    #expect(try facts(again)["id"] as? String == issued.id)
    try meet(partnership)

    let waiting = try inbox(partnership, "school", Self.tuesday)
    #expect(waiting.count == 1 && waiting[0]["late"] as? Bool == true)
    let refused = try Concord.run("open", police, issued.id)
    #expect(refused.status == 1 && refused.error.contains("is for school.106982"))
    for _ in 0..<2 {
      let opened = try Concord.run(
        ["open", school, issued.id, "--as", "a Key Adult"], now: Self.tuesday)
      #expect(opened.status == 0 && opened.out.contains("Was present."), "\(opened.error)")
    }
    for expected in ["Recorded. The notification is acted-on.", "Nothing new."] {
      let answered = try Concord.run(
        [
          "respond", school, issued.id, "--mode", "silent", "--wishes", "to sit with a friend",
          "--do-not-contact-parents", "--acted-on",
        ], now: Self.tuesday)
      #expect(answered.out.contains(expected), "\(answered.out)\(answered.error)")
    }
    #expect(try inbox(partnership, "school", Self.tuesday).isEmpty)
    try meet(partnership)
    // Police see that it was acted on, once; how the school supports the child stays there.
    #expect(try inbox(partnership, "police", Self.tuesday).isEmpty)
    let ledgers = try partnership.expect("list", police, "delivery", "--json").out
    for state in ["issued", "opened", "acted-on"] {
      #expect(ledgers.components(separatedBy: "\"\(state)\"").count - 1 == 1, "\(state)")
    }
    #expect(!ledgers.contains("to sit with a friend"))
    #expect(!(try partnership.expect("list", police, "response", "--json").out.contains("silent")))
  }

  @Test func whatNobodyOpensIsEscalatedByTheNodeThatIssuedIt() throws {
    let (partnership, child, incident) = try recorded()
    let police = partnership.path("police")
    let issued = try Concord.run(
      ["notify", police, child, "--incident", incident], now: Self.saturdayNight
    ).id
    // The daemons' clock stands at eleven on Tuesday; nobody at the school is named.
    try partnership.start("police")
    try Concord.eventually("it is escalated to the hub") {
      try partnership.values("police", issued, "escalation") == ["hub"]
    }
    let text = try partnership.expect("inbox", police).out
    #expect(text.contains("LATE") && text.contains("escalated to hub"), "\(text)")
  }

  @Test func whatCannotBeIsRefusedInWords() throws {
    let (partnership, child, incident) = try recorded()
    let police = partnership.path("police")
    func refused(_ arguments: [String], _ words: String) throws {
      let output = try Concord.run(arguments, now: Self.saturdayNight)
      #expect(output.status != 0 && output.error.contains(words), "\(output.error)")
    }
    try refused(
      ["notify", police, child, "--at", "2027-05-08T10:00:00Z"],
      "notification.occurred_at: '2027-05-08T10:00:00.000Z': expected a moment up to now")
    try refused(["notify", police, child], "occurred_at: say when it happened")
    try refused(
      ["notify", police, incident, "--at", "2027-05-01T10:00:00Z"], "is of type incident")
    try refused(
      ["put", police, "child", "date_of_birth=2031-01-01"],
      "child.date_of_birth: '2031-01-01': expected a day up to today (2027-05-01)")
    try refused(
      ["put", police, "incident", "occurred_at=2027-05-09T10:00:00Z"], "incident.occurred_at")
    try refused(["put", police, "child", "school=school.1"], "school")
    let none = try partnership.expect("put", police, "child", "name=Example Child").id
    #expect(
      try partnership.expect("route", police, none).out
        == "care.E08000019: no school is known; the local authority's officer is told\n")
    #expect(try partnership.expect("list", police, "notification", "--json").json() is [Any])
    #expect(try inbox(partnership, "police", Self.saturdayNight).isEmpty)
  }

  @Test func calendarsPrintWhatFollowsFromThem() throws {
    let days = try Concord.run("calendar", "check", terms())
    #expect(days.status == 0 && days.out.split(separator: "\n").count == 585)
    let due = try Concord.run("calendar", "deadline", terms(), "2027-05-01T22:40:00+01:00")
    #expect(due.out == "2027-05-04T08:45:00+01:00\n" && due.error.isEmpty)
    let winter = try Concord.run("calendar", "deadline", terms(), "2027-01-11T18:00:00Z")
    #expect(winter.out == "2027-01-12T08:45:00+00:00\n")
    let beyond = try Concord.run("calendar", "deadline", terms(), "2029-01-01T00:00:00Z", "--json")
    #expect(try facts(beyond)["assumed"] as? Bool == true)
    #expect(try Concord.run("calendar", "deadline", terms(), "tomorrow").status == 64)
  }
}
