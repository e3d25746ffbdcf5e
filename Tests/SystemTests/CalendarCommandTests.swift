import Foundation
import TestSupport
import Testing

/// What an administrator says of school days, and hears of them.
@Suite(.serialized) struct CalendarCommandTests {
  private let bankHolidays =
    repositoryRoot.appendingPathComponent("Protocol/data/bank-holidays.json").path

  private func write(_ text: String, in folder: TemporaryFolder) throws -> String {
    let path = "\(folder.path)/terms.csv"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private let table = "kind,start,end,title\nterm,2027-04-12,2027-05-28,Summer 1\n"

  @Test func bankHolidaysAndHoursCount() throws {
    let folder = try TemporaryFolder()
    let terms = try write(table, in: folder)
    let night = "2027-05-01T21:40:00Z"
    #expect(
      try Concord.run("calendar", "deadline", terms, night).out == "2027-05-03T08:45:00+01:00\n")
    #expect(
      try Concord.run(
        "calendar", "deadline", terms, night, "--bank-holidays", bankHolidays, "--inset",
        "2027-05-04", "--opens", "08:30"
      ).out == "2027-05-05T08:30:00+01:00\n")
    let hours = try Concord.run(
      "calendar", "deadline", terms, night, "--opens", "16:00", "--closes", "15:00")
    #expect(hours.status == 64 && hours.error.contains("--opens has to come before --closes"))
    let check = try Concord.run("calendar", "check", bankHolidays)
    #expect(check.out.contains("2027-05-03 ") && check.error.contains("these are bank holidays"))
    let early = try Concord.run("calendar", "deadline", terms, "2027-01-01T10:00:00Z")
    #expect(early.error.contains("begins on 2027-04-12 only"))
  }

  @Test func aNodeTakesHoursBankHolidaysAndWarnsOfTheEnd() throws {
    let partnership = try CommandPartnership()
    let (police, terms) = (
      partnership.path("police"), try write(table, in: partnership.folder)
    )
    let taken = try partnership.expect("calendar", "import", police, terms)
    #expect(taken.error.contains("no bank holidays in it"))
    #expect(
      try partnership.expect("calendar", "import", police, bankHolidays).out
        .contains("bank holidays, 2019-01-01 to"))
    try partnership.expect(
      "calendar", "import", police, "--school", "school.106982", "--opens", "08:30", "--inset",
      "2027-05-04")
    let child = try partnership.expect(
      "put", police, "child", "name=Example Child", "school=school.106982"
    ).id
    let issued = try Concord.run(
      ["notify", police, child, "--at", "2027-05-01T21:40:00Z"], now: "2027-05-01T21:45:00Z")
    #expect(issued.error.contains("Wednesday 5 May 2027, 08:30"), "\(issued.error)")
    #expect(issued.error.contains("the calendar of school.106982 ends on 2027-05-28"))
    let status = try partnership.expect("status", police)
    #expect(status.out.contains("the calendar for all schools ends on 2027-05-28, in 24 days"))
  }

  /// The flag lasts as long as its cause.
  @Test func whatHadToBeAssumedStaysSaid() throws {
    let partnership = try CommandPartnership()
    let (police, terms) = (
      partnership.path("police"),
      try write("kind,start,end,title\nterm,2027-04-12,2027-04-30,Summer\n", in: partnership.folder)
    )
    try partnership.expect("calendar", "import", police, terms)
    let child = try partnership.expect(
      "put", police, "child", "name=Example Child", "school=school.106982"
    ).id
    try partnership.expect("notify", police, child, "--at", "2027-05-03T21:40:00Z")
    let inbox = try partnership.expect("inbox", police)
    #expect(inbox.out.contains("deadline: the calendar ends on 2027-04-30"))
    let status = try #require(
      try partnership.expect("status", police, "--json").json() as? [String: Any])
    #expect((status["assumed"] as? [[String: Any]])?.count == 1)
    _ = try write(table, in: partnership.folder)
    try partnership.expect("calendar", "import", police, terms)
    #expect(try !partnership.expect("inbox", police).out.contains("deadline:"))
  }

  @Test func aNodeWithoutAnAgreementSaysSoInTheSameKeys() throws {
    let folder = try TemporaryFolder()
    let node = "\(folder.path)/police"
    _ = try Concord.run(
      "init", node, "--agency", "police.here", "--kind", "police", "--name", "Police")
    let output = try Concord.run("status", node, "--json")
    let status = try #require(try output.json() as? [String: Any])
    #expect(status["agreement"] is NSNull && status["version"] is NSNull)
  }
}
