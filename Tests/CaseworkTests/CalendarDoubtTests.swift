import Casework
import Foundation
import Records
import TestSupport
import Testing

/// A calendar with months missing, or read wrongly, makes no deadline silently late.
@Suite struct CalendarDoubtTests {
  private func calendar(
    _ text: String, _ name: String = "a.csv", with extras: CalendarExtras = CalendarExtras()
  ) throws -> SchoolCalendar {
    try SchoolCalendar(Data(text.utf8), named: name, with: extras)
  }

  private func event(_ summary: String, _ start: String, _ end: String? = nil) -> String {
    "BEGIN:VEVENT\n\(start)\n" + (end.map { "\($0)\n" } ?? "") + "SUMMARY:\(summary)\nEND:VEVENT\n"
  }

  private func ics(_ events: String...) -> String {
    "BEGIN:VCALENDAR\n\(events.joined())END:VCALENDAR\n"
  }

  private func due(_ at: String, _ calendar: SchoolCalendar) throws -> NotificationDeadline {
    .due(after: try #require(Instant(at)), at: calendar)
  }

  private func day(_ text: String) throws -> LocalDate { try #require(LocalDate(text)) }

  @Test func aMissingTermIsInDoubtAndNobodyWaitsForTheNextOne() throws {
    let calendar = try calendar(
      """
      kind,start,end,title
      term,2026-09-01,2026-10-23,Autumn 1
      term,2027-04-12,2027-05-28,Summer 1
      """)
    #expect(
      calendar.doubts.map(\.description) == [
        "2026-10-24 to 2027-04-11: 170 days without school; is a term missing?"
      ])
    let deadline = try due("2027-01-15T20:00:00Z", calendar)
    #expect(deadline.basis == .assumed(try day("2027-01-18")) && deadline.isAssumed)
    #expect("\(try #require(deadline.assumption))".contains("is a term missing?"))
    // What is not in doubt is as before.
    #expect(try due("2026-09-12T20:00:00Z", calendar).basis == .schoolDay(try day("2026-09-14")))
  }

  @Test func sevenWeeksOfSummerAreNoDoubt() throws {
    let calendar = try calendar(
      """
      kind,start,end,title
      term,2027-06-07,2027-07-16,Summer 2
      term,2027-09-03,2027-10-22,Autumn 1
      """)
    #expect(calendar.doubts.isEmpty)
  }

  @Test func firstAndLastDaysAreATerm() throws {
    let calendar = try calendar(
      ics(
        event("First day of term", "DTSTART;VALUE=DATE:20260901"),
        event("Last day of term", "DTSTART;VALUE=DATE:20261218"),
        event("October break", "DTSTART;VALUE=DATE:20261026", "DTEND;VALUE=DATE:20261031")),
      "z.ics")
    #expect(calendar.schoolDays.count == 79 - 5)
    #expect(calendar.doubts.isEmpty)
  }

  @Test func aTermSaidTwiceIsOne() throws {
    let calendar = try calendar(
      ics(
        event("Autumn term", "DTSTART;VALUE=DATE:20260901", "DTEND;VALUE=DATE:20261219"),
        event("First day of term", "DTSTART;VALUE=DATE:20260901"),
        event("Term ends", "DTSTART;VALUE=DATE:20261218"),
        event("October break", "DTSTART;VALUE=DATE:20261026", "DTEND;VALUE=DATE:20261031")), "y.ics"
    )
    #expect(calendar.schoolDays.count == 79 - 5 && calendar.doubts.isEmpty)
  }

  @Test func whatIsNotUnderstoodIsNamed() throws {
    let calendar = try calendar(
      ics(
        event("Autumn term", "DTSTART;VALUE=DATE:20260901", "DTEND;VALUE=DATE:20261219"),
        event("October break", "DTSTART;VALUE=DATE:20261019", "DTEND;VALUE=DATE:20261024"),
        event("Half term begins", "DTSTART;VALUE=DATE:20261026"),
        event("Start of spring term", "DTSTART;VALUE=DATE:20261217")), "y.ics")
    #expect(
      calendar.doubts.map(\.problem) == [
        .notUnderstood("Half term begins"), .notUnderstood("Start of spring term"),
      ])
  }

  @Test func onlyWholeDaysAreRead() throws {
    let term = event("Autumn term", "DTSTART;VALUE=DATE:20260901", "DTEND;VALUE=DATE:20261219")
    let calendar = try calendar(
      ics(
        term,
        event("Half-term holiday club planning", "DTSTART:20260914T180000Z"),
        event("Half term assembly", "DTSTART;TZID=Europe/London:20260915T090000"),
        event("Holiday club booking opens", "DTSTART;VALUE=DATE:20260916")), "y.ics")
    #expect(calendar.schoolDays.count == 79)
  }

  @Test func aTermOfADayIsInDoubt() throws {
    let calendar = try calendar(
      """
      kind,start,end,title
      term,2026-09-01,2026-10-23,Autumn 1
      term,2026-11-02,,Autumn 2
      """)
    #expect(calendar.doubts.map(\.problem) == [.shortTerm("Autumn 2")])
  }

  @Test func aDayBeforeTheCalendarIsNotSaidToBeAfterIt() throws {
    let calendar = try calendar("kind,start,end,title\nterm,2026-09-01,2026-10-23,Autumn\n")
    let early = try due("2026-07-01T20:00:00Z", calendar)
    #expect(early.assumption == .beforeCalendar(try day("2026-09-01")))
    #expect(early.basis == .assumed(try day("2026-07-02")))
    let late = try due("2026-11-01T20:00:00Z", calendar)
    #expect(late.assumption == .beyondCalendar(try day("2026-10-23")))
    #expect {
      try calendar.status(of: day("2026-07-01"))
    } throws: {
      "\($0)".contains("earlier term dates")
    }
  }

  @Test func aByteOrderMarkIsNoPartOfTheTable() throws {
    let text = "\u{FEFF}kind,start,end,title\nterm,2026-09-01,2026-10-23,Autumn\n"
    #expect(try calendar(text).schoolDays.count == 39)
  }

  @Test func aTableWithoutBankHolidaysIsGivenTheNations() throws {
    let text = "kind,start,end,title\nterm,2027-04-12,2027-05-28,Summer 1\n"
    let data = Data(try repositoryText("Protocol/data/bank-holidays.json").utf8)
    #expect(BankHolidaysFile.isOne(data))
    let national = try BankHolidaysFile(data, source: "bank-holidays.json")
    let calendar = try calendar(text, with: CalendarExtras(bankHolidays: national))
    #expect(
      try due("2027-05-01T21:40:00Z", calendar).at.description == "2027-05-04T07:45:00.000Z")
    #expect {
      try SchoolCalendar(data, named: "bank-holidays.json")
    } throws: {
      "\($0)".contains("bank holidays, no school's calendar")
    }
  }

  @Test func aDayEndsAfterItBegins() throws {
    let text = "kind,start,end,title\nterm,2027-04-12,2027-05-28,Summer 1\n"
    #expect(throws: CalendarError.badHours(opens: 960, closes: 900)) {
      try calendar(text, with: CalendarExtras(opens: 960, closes: 900))
    }
  }
}
