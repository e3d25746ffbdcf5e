import Agreements
import Casework
import Foundation
import Records
import TestSupport
import Testing

/// The same calendar in three formats, and what is wrong with a calendar.
@Suite struct CalendarFormatTests {
  private static let csv = """
    kind,start,end,title
    term,2026-09-01,2026-12-18,Autumn term
    term,2027-01-04,2027-03-26,Spring term
    holiday,2026-10-26,2026-10-30,"Half term, autumn"
    holiday,2027-02-15,2027-02-19,Half term
    inset,2026-09-01,,INSET
    bank-holiday,2027-03-26,,Good Friday
    """
  private static let ics = """
    BEGIN:VCALENDAR
    VERSION:2.0
    BEGIN:VEVENT
    DTSTART;VALUE=DATE:20260901
    DTEND;VALUE=DATE:20261219
    SUMMARY:Autumn term
    END:VEVENT
    BEGIN:VEVENT
    DTSTART;VALUE=DATE:20270104
    DTEND;VALUE=DATE:20270327
    SUMMARY:Spring
      term
    END:VEVENT
    BEGIN:VEVENT
    DTSTART;VALUE=DATE:20261026
    DTEND;VALUE=DATE:20261031
    SUMMARY:Half term\\, autumn
    END:VEVENT
    BEGIN:VEVENT
    DTSTART;VALUE=DATE:20270215
    DTEND;VALUE=DATE:20270220
    CATEGORIES:holiday
    SUMMARY:A week off
    END:VEVENT
    BEGIN:VEVENT
    DTSTART;VALUE=DATE:20260901
    SUMMARY:Staff training day
    END:VEVENT
    BEGIN:VEVENT
    DTSTART;VALUE=DATE:20270326
    SUMMARY:Bank holiday
    END:VEVENT
    BEGIN:VEVENT
    DTSTART:20261105T180000Z
    SUMMARY:Fireworks
    END:VEVENT
    END:VCALENDAR
    """

  private static func calendar(_ text: String, _ name: String) throws -> SchoolCalendar {
    try SchoolCalendar(Data(text.utf8), named: name)
  }

  @Test func aTableAndACalendarFileSayTheSame() throws {
    let (one, other) = (
      try Self.calendar(Self.csv, "a.csv"), try Self.calendar(Self.ics, "A.ICS")
    )
    #expect(one.schoolDays == other.schoolDays)
    // 79 weekdays of the first term less 5 of half term and the training day; 60 of the second less
    // 5 and Good Friday.
    #expect(one.schoolDays.count == 79 - 6 + 60 - 6)
    #expect(one.doubts.isEmpty && other.doubts.isEmpty)
    let between = try #require(LocalDate("2026-12-21"))
    #expect(try one.status(of: between) == .holiday("Between terms"))
  }

  @Test func windowsLineEndsAreRead() throws {
    let text = Self.ics.replacing("\n", with: "\r\n")
    #expect(
      try Self.calendar(text, "a.ics").schoolDays == Self.calendar(Self.ics, "a.ics").schoolDays)
  }

  @Test(arguments: [
    ("kind,start,end,title\nterm,2026-09-01,2026-08-01,x\n", "a.csv: line 2: end: lies before"),
    ("kind,start,end,title\nweek,2026-09-01,,x\n", "a.csv: line 2: kind: expected one of term,"),
    ("kind,start,end,title\nterm,1 September,,x\n", "a.csv: line 2: start: expected a date"),
    ("kind,start,end,title\nterm,2026-09-01\n", "a.csv: line 2: expected 4 columns"),
    ("start,end\n", "a.csv: line 1: expected the columns kind,start"),
    ("kind,start,end,title\ninset,2026-09-01,,x\n", "a.csv: no terms and no holidays"),
  ])
  func badTables(text: String, problem: String) {
    #expect { try Self.calendar(text, "a.csv") } throws: { "\($0)".hasPrefix(problem) }
  }

  @Test(arguments: [
    ("no calendar", "a.ics: line 1: expected BEGIN:VCALENDAR"),
    (
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Term\nEND:VEVENT\n",
      "a.ics: line 2: 'Term': DTSTART: expected a day"
    ),
    (
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Term\nDTSTART:20260901\nRRULE:FREQ=YEARLY\nEND:VEVENT\n",
      "a.ics: line 2: 'Term': events that repeat"
    ),
    (
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Term\nDTSTART:20260931\nEND:VEVENT\n",
      "a.ics: line 2: 'Term': DTSTART: expected a day"
    ),
  ])
  func badCalendars(text: String, problem: String) {
    #expect { try Self.calendar(text, "a.ics") } throws: { "\($0)".hasPrefix(problem) }
  }

  @Test func whatIsNoCalendarByItsNameIsRefused() {
    #expect { try Self.calendar("", "terms.pdf") } throws: { "\($0)".contains(".csv or .ics") }
  }

  @Test func doubtsNameTheirDays() throws {
    let text = """
      kind,start,end,title
      holiday,2026-08-01,2026-08-31,Summer
      holiday,2026-10-24,2026-11-01,Half term
      holiday,2026-10-30,2026-11-04,Diwali
      inset,2026-08-20,,INSET
      holiday,2027-07-21,2027-08-31,Summer
      """
    let found = try Self.calendar(text, "a.csv").doubts.map(\.description)
    #expect(
      found == [
        "2026-08-20: a training day on which there is no school anyway",
        "2026-10-30 to 2026-11-01: both 'Half term' and 'Diwali'",
        "2026-11-05 to 2027-07-20: 258 days without a holiday; is one missing?",
      ])
  }

  @Test func daysBetweenTwoYearsAreNobodysGuess() throws {
    func day(_ text: String) throws -> LocalDate { try #require(LocalDate(text)) }
    let (first, second) = (
      try day("2026-08-01")...day("2026-08-31"), try day("2026-09-10")...day("2026-09-20")
    )
    let calendar = try SchoolCalendar(
      [
        CalendarEntry(.holiday, first, title: "Summer"),
        CalendarEntry(.holiday, second, title: "Late"),
      ], years: [first, second])
    #expect(calendar.doubts.map(\.problem) == [.gap])
    #expect(throws: CalendarError.self) { try calendar.status(of: day("2026-09-03")) }
    // Due on the first weekday that may be a school day.
    let at = try #require(Instant("2026-08-29T20:00:00Z"))
    let deadline = NotificationDeadline.due(after: at, at: calendar)
    #expect(deadline.basis == .assumed(try day("2026-09-01")))
  }

  @Test func anOfficerIsToldMeanwhileWhereTheAgreementSaysSo() throws {
    let calendar = try Self.calendar(Self.csv, "a.csv")
    let council = try #require(AgencyID("care.E08000019"))
    let both = Deferral(officer: council, coversWeekends: true, coversHolidays: true)
    let weekends = Deferral(officer: council, coversWeekends: true, coversHolidays: false)
    func at(_ text: String) throws -> Instant { try #require(Instant(text)) }
    // A Saturday; a night between school days; a holiday.
    #expect(weekends.officer(for: try at("2026-09-12T20:00:00Z"), at: calendar) == council)
    #expect(both.officer(for: try at("2026-09-15T20:00:00Z"), at: calendar) == nil)
    #expect(both.officer(for: try at("2026-10-27T20:00:00Z"), at: calendar) == council)
    #expect(weekends.officer(for: try at("2026-10-27T20:00:00Z"), at: calendar) == nil)
  }
}
