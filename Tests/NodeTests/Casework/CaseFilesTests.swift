import Casework
import Foundation
import Node
import Records
import TestSupport
import Testing

/// What a node knows of its schools' days beside the authority's calendar (domain rule 2).
@Suite struct CaseFilesTests {
  private let folder: TemporaryFolder
  private let files: CaseFiles
  private let school: AgencyID
  private let other: AgencyID

  init() throws {
    folder = try TemporaryFolder()
    files = CaseFiles(folder.path)
    school = try #require(AgencyID("school.106982"))
    other = try #require(AgencyID("school.107010"))
  }

  private func write(_ text: String, _ name: String) throws -> String {
    let path = "\(folder.path)/\(name)"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func day(_ text: String) throws -> LocalDate { try #require(LocalDate(text)) }

  private let table = "kind,start,end,title\nterm,2027-04-12,2027-05-28,Summer 1\n"

  @Test func aSchoolHasHoursAndTrainingDaysOfItsOwn() throws {
    _ = try files.takeCalendar(try write(table, "terms.csv"), for: nil)
    let inset = try day("2027-05-04")
    _ = try files.takeCalendar(
      CalendarChange(opens: 8 * 60 + 30, closes: 15 * 60, insetDays: [inset]), for: school)
    let own = try #require(try files.calendar(of: school))
    #expect(own.opens == 8 * 60 + 30 && own.closes == 15 * 60)
    #expect(try own.status(of: inset) == .insetDay)
    let others = try #require(try files.calendar(of: other))
    #expect(others.opens == SchoolCalendar.usualOpening)
    #expect(try others.status(of: inset) == .schoolDay)
    // New term dates leave what is the school's own.
    _ = try files.takeCalendar(try write(table, "again.csv"), for: nil)
    #expect(try files.calendar(of: school)?.opens == 8 * 60 + 30)
  }

  @Test func bankHolidaysHoldBesideEveryCalendar() throws {
    _ = try files.takeCalendar(try write(table, "terms.csv"), for: nil)
    let mayDay = try day("2027-05-03")
    #expect(try files.calendar(of: school)?.status(of: mayDay) == .schoolDay)
    let path = repositoryRoot.appendingPathComponent("Protocol/data/bank-holidays.json").path
    guard
      case .bankHolidays(let taken) = try files.takeCalendar(CalendarChange(file: path), for: nil)
    else {
      Issue.record("read as something else")
      return
    }
    #expect(taken.days[mayDay] != nil)
    let status = try files.calendar(of: school)?.status(of: mayDay)
    guard case .bankHoliday? = status else {
      Issue.record("\(String(describing: status))")
      return
    }
    #expect(throws: NodeError.self) {
      try files.takeCalendar(CalendarChange(file: path), for: school)
    }
  }

  @Test func whatIsRefusedLeavesWhatWasThere() throws {
    #expect(throws: NodeError.self) {
      try files.takeCalendar(CalendarChange(opens: 540), for: school)
    }
    _ = try files.takeCalendar(try write(table, "terms.csv"), for: nil)
    #expect(throws: CalendarError.self) {
      try files.takeCalendar(CalendarChange(opens: 960, closes: 900), for: nil)
    }
    #expect(try files.calendar(of: school)?.opens == SchoolCalendar.usualOpening)
  }

  @Test func aCalendarThatEndsIsSaidBefore() throws {
    _ = try files.takeCalendar(try write(table, "terms.csv"), for: nil)
    #expect(try files.endingCalendars(on: day("2027-03-01")).isEmpty)
    let ending = try #require(try files.endingCalendars(on: day("2027-05-01")).first)
    #expect(ending.school == nil && ending.daysLeft == 27)
    #expect("\(ending)".contains("ends on 2027-05-28, in 27 days"))
    #expect(try files.endingCalendar(of: school, on: day("2027-06-01"))?.daysLeft == -4)
    let ended = try #require(try files.endingCalendars(on: day("2027-06-01")).first)
    #expect("\(ended)".contains("ended on 2027-05-28"))
  }
}
