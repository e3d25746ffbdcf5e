public import Records

/// When one school is open to its pupils: term dates, bank holidays, its own INSET days and hours.
public struct SchoolCalendar: Hashable, Sendable {
  /// The days about which anything is known.
  public let known: ClosedRange<LocalDate>
  /// Minutes since midnight in London when the school's day begins.
  public let opens: Int
  /// Minutes since midnight in London when the school's day ends.
  public let closes: Int
  private let holidays: [Holiday]
  private let bankHolidays: [LocalDate: String]
  private let insetDays: Set<LocalDate>

  /// A stretch of days without school, first and last day included.
  public struct Holiday: Hashable, Sendable {
    public let days: ClosedRange<LocalDate>
    public let title: String

    /// States a holiday.
    public init(days: ClosedRange<LocalDate>, title: String) {
      self.days = days
      self.title = title
    }
  }

  /// What a day is at the school.
  public enum DayStatus: Hashable, Sendable {
    case schoolDay
    case weekend
    case bankHoliday(String)
    case holiday(String)
    /// In-service training: staff are there, pupils are not.
    case insetDay
  }

  /// Puts a calendar together. By default the day runs from 08:45 to 15:30.
  public init(
    known: ClosedRange<LocalDate>, holidays: [Holiday], bankHolidays: [LocalDate: String],
    insetDays: Set<LocalDate> = [], opens: Int = 8 * 60 + 45, closes: Int = 15 * 60 + 30
  ) {
    self.known = known
    self.holidays = holidays
    self.bankHolidays = bankHolidays
    self.insetDays = insetDays
    self.opens = opens
    self.closes = closes
  }

  /// What a day is, and why no school where there is none.
  /// - Throws: `CalendarError.unknownDay` for a day outside what is known: nobody guesses.
  public func status(of day: LocalDate) throws(CalendarError) -> DayStatus {
    guard known.contains(day) else { throw .unknownDay(day, known: known) }
    if day.weekday == .saturday || day.weekday == .sunday { return .weekend }
    if let title = bankHolidays[day] { return .bankHoliday(title) }
    if let holiday = holidays.first(where: { $0.days.contains(day) }) {
      return .holiday(holiday.title)
    }
    return insetDays.contains(day) ? .insetDay : .schoolDay
  }

  /// The first school day after a day.
  /// - Throws: `CalendarError.unknownDay` where the known dates end before one comes.
  public func nextSchoolDay(after day: LocalDate) throws(CalendarError) -> LocalDate {
    var next = day.advanced(byDays: 1)
    while try status(of: next) != .schoolDay { next = next.advanced(byDays: 1) }
    return next
  }
}

/// Why a calendar gives no answer, or a file is no calendar.
public enum CalendarError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownDay(LocalDate, known: ClosedRange<LocalDate>)
  case notJSON(file: String, problem: String)
  case badDate(file: String, place: String)
  case noDivision(file: String, String)
  case empty(file: String)

  public var description: String {
    switch self {
    case .unknownDay(let day, let known):
      "the school's calendar does not know \(day): it covers \(known.lowerBound) to "
        + "\(known.upperBound); import newer term dates"
    case .notJSON(let file, let problem): "\(file): \(problem)"
    case .badDate(let file, let place): "\(file): \(place): expected a date as 2027-05-04"
    case .noDivision(let file, let division): "\(file): no division \(division)"
    case .empty(let file): "\(file): no academic years"
    }
  }
}
