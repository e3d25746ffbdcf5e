public import FoundationEssentials
public import Records

/// Bank holidays in the shape of gov.uk/bank-holidays.json.
public struct BankHolidaysFile: Hashable, Sendable {
  /// Titles by day.
  public let days: [LocalDate: String]

  /// Reads one division's events.
  /// - Throws: `CalendarError` that names file and place.
  public init(
    _ data: Data, division: String = "england-and-wales", source: String
  ) throws(CalendarError) {
    struct Division: Decodable {
      struct Event: Decodable {
        let title: String
        let date: String
      }
      let events: [Event]
    }
    let divisions: [String: Division] = try CalendarJSON.decode(data, source: source)
    guard let events = divisions[division]?.events else {
      throw .noDivision(file: source, division)
    }
    var days: [LocalDate: String] = [:]
    for (number, event) in events.enumerated() {
      let place = "\(division).events[\(number)].date"
      days[try CalendarJSON.date(event.date, place, source: source)] = event.title
    }
    self.days = days
  }
}

/// An authority's term dates in the shape that Sheffield's are published in.
public struct TermDatesFile: Hashable, Sendable {
  /// From the first academic year's first day to the last one's last.
  public let known: ClosedRange<LocalDate>
  public let holidays: [SchoolCalendar.Holiday]
  public let bankHolidays: Set<LocalDate>
  /// Professional development (INSET) days that all the authority's schools share.
  public let insetDays: Set<LocalDate>

  private struct File: Decodable {
    struct Year: Decodable {
      struct Holiday: Decodable {
        let start: String
        let end: String
        let label: String
      }
      let name: String
      let bank_holidays: [String]
      let school_holidays: [Holiday]
    }
    let pd_days: [String]
    let academic_years: [Year]
  }

  /// Reads the file.
  /// - Throws: `CalendarError` that names file and place.
  public init(_ data: Data, source: String) throws(CalendarError) {
    let file: File = try CalendarJSON.decode(data, source: source)
    var holidays: [SchoolCalendar.Holiday] = []
    var bankHolidays: Set<LocalDate> = []
    for year in file.academic_years {
      for (number, day) in year.bank_holidays.enumerated() {
        let place = "\(year.name).bank_holidays[\(number)]"
        bankHolidays.insert(try CalendarJSON.date(day, place, source: source))
      }
      for (number, holiday) in year.school_holidays.enumerated() {
        let place = "\(year.name).school_holidays[\(number)]"
        let start = try CalendarJSON.date(holiday.start, place + ".start", source: source)
        let end = try CalendarJSON.date(holiday.end, place + ".end", source: source)
        guard start <= end else { throw .badDate(file: source, place: place + ".end") }
        holidays.append(.init(days: start...end, title: holiday.label))
      }
    }
    var insetDays: Set<LocalDate> = []
    for (number, day) in file.pd_days.enumerated() {
      insetDays.insert(try CalendarJSON.date(day, "pd_days[\(number)]", source: source))
    }
    guard let first = holidays.map(\.days.lowerBound).min(),
      let last = holidays.map(\.days.upperBound).max()
    else { throw .empty(file: source) }
    known = first...last
    self.holidays = holidays
    self.bankHolidays = bankHolidays
    self.insetDays = insetDays
  }

  /// A school's calendar: these dates, the nation's bank holidays with their titles, and the
  /// school's own INSET days.
  public func calendar(
    bankHolidays national: BankHolidaysFile, insetDays own: Set<LocalDate> = [],
    opens: Int = 8 * 60 + 45, closes: Int = 15 * 60 + 30
  ) -> SchoolCalendar {
    let local = Dictionary(
      bankHolidays.map { ($0, "Bank holiday") }, uniquingKeysWith: { first, _ in first })
    return SchoolCalendar(
      known: known, holidays: holidays,
      bankHolidays: local.merging(national.days) { _, titled in titled },
      insetDays: insetDays.union(own), opens: opens, closes: closes)
  }
}

/// What reading both files has in common.
enum CalendarJSON {
  static func decode<T: Decodable>(_ data: Data, source: String) throws(CalendarError) -> T {
    do {
      return try JSONDecoder().decode(T.self, from: data)
    } catch DecodingError.keyNotFound(let key, let context) {
      throw .notJSON(file: source, problem: "\(place(context))\(key.stringValue) is missing")
    } catch DecodingError.typeMismatch(_, let context) {
      throw .notJSON(file: source, problem: "\(place(context))is of another type than expected")
    } catch {
      throw .notJSON(file: source, problem: "not JSON")
    }
  }

  static func date(
    _ text: String, _ place: String, source: String
  ) throws(CalendarError) -> LocalDate {
    guard let date = LocalDate(text) else { throw .badDate(file: source, place: place) }
    return date
  }

  private static func place(_ context: DecodingError.Context) -> String {
    context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
      .joined(separator: ".") + (context.codingPath.isEmpty ? "" : ".")
  }
}
