import Casework
import Foundation
import Records
import TestSupport
import Testing

@Suite struct SchoolCalendarTests {
  /// The published list of every school day is the answer key: it must follow from the holidays,
  /// weekends and bank holidays alone.
  @Test func everySchoolDayOfThreeYearsIsTheAnswerKeys() throws {
    struct Key: Decodable {
      struct Year: Decodable {
        struct Day: Decodable { let date: String }
        let dates: [Day]
      }
      let academic_years: [Year]
    }
    let key = try JSONDecoder().decode(
      Key.self, from: Data(try repositoryText("Protocol/data/sheffield-term-dates.json").utf8))
    let expected = key.academic_years.flatMap(\.dates).map(\.date)
    let calendar = try Self.calendar()
    var found: [String] = []
    var day = calendar.known.lowerBound
    while day <= calendar.known.upperBound {
      if try calendar.status(of: day) == .schoolDay { found.append(day.description) }
      day = day.advanced(byDays: 1)
    }
    #expect(expected.count == 585)
    #expect(found == expected)
  }

  @Test(arguments: [
    // Saturday night, Monday is a bank holiday: Tuesday at 08:45 summer time.
    ("2027-05-01T21:40:00Z", "2027-05-04T07:45:00.000Z"),
    // A school day before opening: that morning.
    ("2027-05-05T02:00:00Z", "2027-05-05T07:45:00.000Z"),
    // Within school hours: at once.
    ("2027-05-05T10:00:00Z", "2027-05-05T10:00:00.000Z"),
    // Friday evening: Monday.
    ("2027-05-07T20:00:00Z", "2027-05-10T07:45:00.000Z"),
    // The evening before half-term: the day after it.
    ("2027-05-28T19:00:00Z", "2027-06-07T07:45:00.000Z"),
    // The night on which clocks go forward falls into the Easter holiday of 2027.
    ("2027-03-27T23:30:00Z", "2027-04-12T07:45:00.000Z"),
    // The night on which clocks go back, before half-term's Monday is over.
    ("2026-10-25T00:30:00Z", "2026-11-02T08:45:00.000Z"),
    // Winter: London is at UTC.
    ("2027-01-11T18:00:00Z", "2027-01-12T08:45:00.000Z"),
  ])
  func deadlines(incident: String, due: String) throws {
    let at = try #require(Instant(incident))
    let deadline = NotificationDeadline.due(after: at, at: try Self.calendar())
    #expect(deadline.at.description == due)
    #expect(!deadline.isAssumed)
  }

  @Test func nobodyGuessesBeyondWhatIsKnown() throws {
    let calendar = try Self.calendar()
    let at = try #require(Instant("2028-07-28T10:00:00Z"))
    #expect(throws: CalendarError.self) { try calendar.nextSchoolDay(after: LondonTime(at).date) }
    // Never undated: the first weekday of which the calendar says nothing, and it says so.
    let deadline = NotificationDeadline.due(after: at, at: calendar)
    #expect(deadline.isAssumed)
    #expect(deadline.at.description == "2028-08-01T07:45:00.000Z")
    let today = try #require(LocalDate("2028-07-01"))
    #expect(calendar.ending(on: today) == 30)
    #expect(calendar.ending(on: try #require(LocalDate("2028-01-01"))) == nil)
  }

  @Test func londonAgreesWithFoundationThroughEveryClockChange() throws {
    var london = Calendar(identifier: .gregorian)
    london.timeZone = try #require(TimeZone(identifier: "Europe/London"))
    for hour in stride(from: Int64(0), to: 24 * 366 * 3, by: 1) {
      let instant = Instant(milliseconds: 1_767_225_600_000 + hour * 3_600_000)
      let local = LondonTime(instant)
      let parts = london.dateComponents(
        [.day, .hour, .minute],
        from: Date(timeIntervalSince1970: Double(instant.milliseconds) / 1000))
      #expect(local.date.day == parts.day)
      #expect(local.minutes == (parts.hour ?? 0) * 60 + (parts.minute ?? 0))
      let back = LondonTime(local.instant)
      #expect(back == local)
    }
  }

  @Test func ownINSETDaysAndHoursCount() throws {
    let day = try #require(LocalDate("2027-05-04"))
    let calendar = try Self.terms().calendar(
      bankHolidays: try Self.bankHolidays(), insetDays: [day], opens: 8 * 60 + 30)
    let at = try #require(Instant("2027-05-01T21:40:00Z"))
    #expect(try calendar.status(of: day) == .insetDay)
    #expect(
      NotificationDeadline.due(after: at, at: calendar).at.description
        == "2027-05-05T07:30:00.000Z")
  }

  @Test(arguments: ["", "{}", "[1]", #"{"pd_days":[],"academic_years":[]}"#])
  func whatIsNoTermDatesFileIsRefusedWithItsName(text: String) {
    #expect { try TermDatesFile(Data(text.utf8), source: "terms.json") } throws: { error in
      "\(error)".hasPrefix("terms.json: ")
    }
  }

  @Test func schoolsAreReadByURN() throws {
    let text = try repositoryText("Protocol/data/sheffield-schools.csv")
    let directory = try SchoolDirectory(csv: text, source: "schools")
    let school = try #require(directory.school(try URN("106982")))
    #expect(school.name == "Abbey Lane Primary School" && school.isOpen)
    #expect(school.agency?.description == "school.106982")
    #expect(directory.schools.count == 469)
    #expect(directory.schools.contains { !$0.isOpen })
    let twice = text + "106982,\"Again, with a comma\",Sheffield,Primary,Mixed,Open\n"
    #expect { try SchoolDirectory(csv: twice, source: "schools") } throws: { error in
      "\(error)" == "schools: row 471: URN 106982 stands twice"
    }
  }

  private static func terms() throws -> TermDatesFile {
    try TermDatesFile(
      Data(try repositoryText("Protocol/data/sheffield-term-dates.json").utf8), source: "terms")
  }

  private static func bankHolidays() throws -> BankHolidaysFile {
    try BankHolidaysFile(
      Data(try repositoryText("Protocol/data/bank-holidays.json").utf8), source: "holidays")
  }

  private static func calendar() throws -> SchoolCalendar {
    try terms().calendar(bankHolidays: try bankHolidays())
  }
}
