public import Casework
import Foundation
public import Records

/// What an administrator says of a calendar: a new file, or what a school has of its own beside the
/// authority's (domain rule 2: its INSET days and hours). What is not said stays as it was.
public struct CalendarChange: Hashable, Sendable {
  public var file: String?
  public var opens: Int?
  public var closes: Int?
  public var insetDays: Set<LocalDate>?

  /// States a change.
  public init(
    file: String? = nil, opens: Int? = nil, closes: Int? = nil, insetDays: Set<LocalDate>? = nil
  ) {
    (self.file, self.opens, self.closes) = (file, opens, closes)
    self.insetDays = insetDays
  }
}

extension CaseFiles {
  /// What was taken in.
  public enum TakenCalendar: Sendable {
    case calendar(SchoolCalendar)
    case bankHolidays(BankHolidaysFile)
  }

  /// Hours and INSET days beside a calendar's text, as they lie in the folder.
  private struct Own: Codable {
    var opens: Int?
    var closes: Int?
    var insetDays: [String]?

    enum CodingKeys: String, CodingKey {
      case opens, closes
      case insetDays = "inset_days"
    }
  }

  private static let formats = ["json", "csv", "ics"]
  private static let everybody = "default"

  private var bankHolidays: String { calendars + "/bank-holidays.json" }

  /// Takes in a calendar: of one school, or of all that have none of their own. It takes the place of
  /// the one before.
  /// - Throws: `CalendarError` or `NodeError`; then the one before stays.
  public func takeCalendar(_ path: String, for school: AgencyID?) throws -> SchoolCalendar {
    switch try takeCalendar(CalendarChange(file: path), for: school) {
    case .calendar(let calendar): return calendar
    case .bankHolidays: throw CalendarError.onlyBankHolidays(file: path)
    }
  }

  /// Takes in a calendar, or what a school has of its own beside the one for all; or the nation's bank
  /// holidays, which then hold beside every calendar.
  /// - Throws: `CalendarError` or `NodeError`; then what was there stays.
  public func takeCalendar(_ change: CalendarChange, for school: AgencyID?) throws -> TakenCalendar
  {
    let data = try change.file.map(Self.read)
    if let data, BankHolidaysFile.isOne(data) {
      return .bankHolidays(try takeBankHolidays(data, change, for: school))
    }
    let name = school?.description ?? Self.everybody
    guard let file = change.file ?? path(of: name) ?? path(of: Self.everybody) else {
      throw NodeError("name a calendar file: there is none yet that this could stand beside")
    }
    var own = try self.own(name)
    own.opens = change.opens ?? own.opens
    own.closes = change.closes ?? own.closes
    own.insetDays = change.insetDays.map { $0.sorted().map(\.description) } ?? own.insetDays
    let calendar = try SchoolCalendar(
      try data ?? Self.read(file), named: file, with: try extras([own, self.own(Self.everybody)]))
    try Self.make(calendars)
    if let data { try keep(data, file: file, as: name) }
    try Self.write(try JSONEncoder().encode(own), to: ownPath(name))
    return .calendar(calendar)
  }

  /// A school's calendar: its own, or the one for all, with its hours and INSET days and the nation's
  /// bank holidays; nothing where there is neither.
  /// - Throws: `CalendarError` or `NodeError`.
  public func calendar(of school: AgencyID) throws -> SchoolCalendar? {
    try calendar(named: school.description)
  }

  /// Calendars that end soon or have ended.
  /// - Throws: `CalendarError` or `NodeError`.
  public func endingCalendars(on today: LocalDate) throws -> [EndingCalendar] {
    try names().compactMap { name in
      guard let calendar = try calendar(named: name), let left = calendar.ending(on: today) else {
        return nil
      }
      return EndingCalendar(
        school: AgencyID(name), last: calendar.known.upperBound, daysLeft: left)
    }
  }

  /// The calendar by which a school's deadlines are reckoned, where it ends soon or has ended.
  /// - Throws: `CalendarError` or `NodeError`.
  public func endingCalendar(of school: AgencyID, on today: LocalDate) throws -> EndingCalendar? {
    guard let calendar = try calendar(of: school), let left = calendar.ending(on: today) else {
      return nil
    }
    return EndingCalendar(school: school, last: calendar.known.upperBound, daysLeft: left)
  }

  private func calendar(named name: String) throws -> SchoolCalendar? {
    guard let file = path(of: name) ?? path(of: Self.everybody) else { return nil }
    let files = [file, ownPath(name), ownPath(Self.everybody), bankHolidays]
    return try Self.readCalendars.value(of: files) {
      try SchoolCalendar(
        try Self.read(file), named: file,
        with: try extras([try own(name), try own(Self.everybody)]))
    }
  }

  /// - Parameter own: the school's before everybody's.
  private func extras(_ own: [Own]) throws -> CalendarExtras {
    var extras = CalendarExtras()
    if FileManager.default.fileExists(atPath: bankHolidays) {
      extras.bankHolidays = try BankHolidaysFile(
        try Self.read(bankHolidays), source: bankHolidays)
    }
    extras.insetDays = Set(own.flatMap { $0.insetDays ?? [] }.compactMap(LocalDate.init))
    extras.opens = own.lazy.compactMap(\.opens).first ?? extras.opens
    extras.closes = own.lazy.compactMap(\.closes).first ?? extras.closes
    return extras
  }

  private func own(_ name: String) throws -> Own {
    let path = ownPath(name)
    guard FileManager.default.fileExists(atPath: path) else { return Own() }
    do { return try JSONDecoder().decode(Own.self, from: try Self.read(path)) } catch {
      throw NodeError("\(path) cannot be read: take in the calendar's hours and INSET days again")
    }
  }

  private func ownPath(_ name: String) -> String { "\(calendars)/\(name).own.json" }

  private func path(of name: String) -> String? {
    Self.formats.map { "\(calendars)/\(name).\($0)" }.first {
      FileManager.default.fileExists(atPath: $0)
    }
  }

  /// Whose calendars lie here.
  private func names() -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: calendars)) ?? []
    let names = files.filter { !$0.hasSuffix(".own.json") }.compactMap { file in
      Self.formats.lazy.filter { file.hasSuffix("." + $0) }
        .map { String(file.dropLast($0.count + 1)) }.first
    }
    return Set(names.filter { $0 == Self.everybody || AgencyID($0) != nil }).sorted()
  }

  private func keep(_ data: Data, file: String, as name: String) throws {
    let format = Self.formats.first { file.lowercased().hasSuffix("." + $0) } ?? "json"
    try Self.write(data, to: "\(calendars)/\(name).\(format)")
    for other in Self.formats where other != format {
      try? FileManager.default.removeItem(atPath: "\(calendars)/\(name).\(other)")
    }
  }

  private func takeBankHolidays(
    _ data: Data, _ change: CalendarChange, for school: AgencyID?
  ) throws -> BankHolidaysFile {
    let file = change.file ?? ""
    guard school == nil, change == CalendarChange(file: change.file) else {
      throw NodeError("\(file): bank holidays are everybody's: take them in by themselves")
    }
    let read = try BankHolidaysFile(data, source: file)
    try Self.make(calendars)
    try Self.write(data, to: bankHolidays)
    return read
  }
}
