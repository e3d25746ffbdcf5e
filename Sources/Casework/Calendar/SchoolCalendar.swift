public import Records

/// When one school is open to its pupils: term dates, bank holidays, its own INSET days and hours.
public struct SchoolCalendar: Hashable, Sendable {
  /// From the first day about which anything is known to the last.
  public let known: ClosedRange<LocalDate>
  /// Minutes since midnight in London when the school's day begins.
  public let opens: Int
  /// Minutes since midnight in London when the school's day ends.
  public let closes: Int
  /// What in it somebody has to look at, in the order of the days.
  public private(set) var doubts: [CalendarDoubt]
  private let terms: [CalendarEntry]
  private let holidays: [CalendarEntry]
  private let bankHolidays: [LocalDate: String]
  private let insetDays: Set<LocalDate>
  private let gaps: [ClosedRange<LocalDate>]

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
  /// - Parameters:
  ///   - years: the academic years that the entries cover, where the file says so; else they reach
  ///     from the first term or holiday to the last.
  ///   - opens: minutes since midnight in London.
  ///   - closes: minutes since midnight in London.
  ///   - unclear: what reading the entries left open.
  /// - Throws: `CalendarError.empty` where no entry is a term or a holiday, `.badHours` where the day ends
  ///   before it begins.
  public init(
    _ entries: [CalendarEntry], years: [ClosedRange<LocalDate>] = [], opens: Int = usualOpening,
    closes: Int = usualClosing, unclear: [CalendarDoubt] = [], source: String = "the calendar"
  ) throws(CalendarError) {
    guard opens < closes else { throw .badHours(opens: opens, closes: closes) }
    let covering = entries.filter { $0.kind == .term || $0.kind == .holiday }.map(\.days) + years
    guard let first = covering.map(\.lowerBound).min(),
      let last = covering.map(\.upperBound).max()
    else { throw .empty(file: source) }
    known = first...last
    self.opens = opens
    self.closes = closes
    terms = entries.filter { $0.kind == .term }
    holidays = entries.filter { $0.kind == .holiday }
    var bankHolidays: [LocalDate: String] = [:]
    var insetDays: Set<LocalDate> = []
    for entry in entries {
      for day in Self.days(entry.days) {
        switch entry.kind {
        case .bankHoliday: bankHolidays[day] = entry.title
        case .insetDay: insetDays.insert(day)
        case .term, .holiday: break
        }
      }
    }
    self.bankHolidays = bankHolidays
    self.insetDays = insetDays
    gaps = Self.gaps(between: years)
    doubts = []
    let review = CalendarReview(
      terms: terms, holidays: holidays, insetDays: insetDays, gaps: gaps, known: known)
    let found = review.doubts(
      isClosed: { bankHolidays[$0] != nil },
      hasSchool: { (try? status(of: $0)) == .schoolDay })
    doubts = (unclear + found).sorted { $0.days.lowerBound < $1.days.lowerBound }
  }

  /// When a school opens where nothing else is known, in minutes since midnight in London.
  public static let usualOpening = 8 * 60 + 45
  /// When its day ends, likewise.
  public static let usualClosing = 15 * 60 + 30

  /// Why a day is in doubt, so that nobody may rely on what it is said to be.
  public func doubt(about day: LocalDate) -> CalendarDoubt? {
    doubts.first { $0.leavesOpen && $0.days.contains(day) }
  }

  /// Whether the calendar has bank holidays of its own, or was given them.
  public var hasBankHolidays: Bool { !bankHolidays.isEmpty }

  /// What a day is, and why no school where there is none.
  /// - Throws: `CalendarError.unknownDay` for a day outside what is known: nobody guesses.
  public func status(of day: LocalDate) throws(CalendarError) -> DayStatus {
    guard known.contains(day), !gaps.contains(where: { $0.contains(day) }) else {
      throw .unknownDay(day, known: known)
    }
    if day.isWeekend { return .weekend }
    if let title = bankHolidays[day] { return .bankHoliday(title) }
    if let holiday = holidays.first(where: { $0.days.contains(day) }) {
      return .holiday(holiday.title)
    }
    if !terms.isEmpty, !terms.contains(where: { $0.days.contains(day) }) {
      return .holiday("Between terms")
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

  /// All school days that are known, in order.
  public var schoolDays: [LocalDate] {
    Self.days(known).filter { (try? status(of: $0)) == .schoolDay }
  }

  /// So long before a calendar ends an administrator is warned. Councils publish term dates a year ahead
  /// and more, so that two months leave time to find and import them, a summer holiday in between.
  public static let warningDays = 60

  /// How many days are left until the calendar ends, where that is soon: new dates are needed.
  /// - Parameter days: what counts as soon.
  public func ending(on today: LocalDate, within days: Int = warningDays) -> Int? {
    let left = Int(known.upperBound.daysSinceEpoch) - Int(today.daysSinceEpoch)
    return left <= days ? left : nil
  }

  private static func gaps(between years: [ClosedRange<LocalDate>]) -> [ClosedRange<LocalDate>] {
    let sorted = years.sorted { $0.lowerBound < $1.lowerBound }
    return zip(sorted, sorted.dropFirst()).compactMap { year, next in
      let (first, last) = (
        year.upperBound.advanced(byDays: 1), next.lowerBound.advanced(byDays: -1)
      )
      return first <= last ? first...last : nil
    }
  }

  static func days(_ range: ClosedRange<LocalDate>) -> [LocalDate] {
    (range.lowerBound.daysSinceEpoch...range.upperBound.daysSinceEpoch).map {
      LocalDate(daysSinceEpoch: $0)
    }
  }
}

extension LocalDate {
  /// Whether it is a Saturday or a Sunday.
  public var isWeekend: Bool { weekday == .saturday || weekday == .sunday }
}

/// Why a calendar gives no answer, or a file is no calendar.
public enum CalendarError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownDay(LocalDate, known: ClosedRange<LocalDate>)
  case notJSON(file: String, problem: String)
  case badLine(file: String, line: Int, problem: String)
  case badDate(file: String, place: String)
  case noDivision(file: String, String)
  case empty(file: String)
  case unknownKind(file: String)
  case badHours(opens: Int, closes: Int)
  /// Bank holidays, which are no calendar by themselves.
  case onlyBankHolidays(file: String)

  public var description: String {
    switch self {
    case .unknownDay(let day, let known):
      "the school's calendar does not know \(day): it covers \(known.lowerBound) to "
        + "\(known.upperBound); import \(day < known.lowerBound ? "earlier" : "newer") term dates"
    case .notJSON(let file, let problem): "\(file): \(problem)"
    case .badLine(let file, let line, let problem): "\(file): line \(line): \(problem)"
    case .badDate(let file, let place): "\(file): \(place): expected a date as 2027-05-04"
    case .noDivision(let file, let division): "\(file): no division \(division)"
    case .empty(let file): "\(file): no terms and no holidays"
    case .unknownKind(let file):
      "\(file): expected a calendar as .json (term dates), .csv or .ics (iCalendar)"
    case .badHours: "the school's day has to begin before it ends"
    case .onlyBankHolidays(let file):
      "\(file): bank holidays, no school's calendar: a node takes them in beside one "
        + "(concord calendar import DIR \(file)); here, give them with --bank-holidays"
    }
  }
}
