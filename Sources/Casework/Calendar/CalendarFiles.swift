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

  /// Whether a file has the shape of bank holidays, whatever it is called.
  public static func isOne(_ data: Data) -> Bool {
    struct Shape: Decodable {
      struct Events: Decodable { let events: [[String: JSONAny]] }
      struct JSONAny: Decodable { init(from decoder: any Decoder) {} }
    }
    return (try? JSONDecoder().decode([String: Shape.Events].self, from: data)) != nil
  }

  /// As entries of a calendar.
  public var entries: [CalendarEntry] {
    days.sorted { $0.key < $1.key }.map {
      CalendarEntry(.bankHoliday, $0.key...$0.key, title: $0.value)
    }
  }
}

/// An authority's term dates in the shape that Sheffield's are published in.
public struct TermDatesFile: Hashable, Sendable {
  /// The academic years, each from its first holiday's first day to its last one's last.
  public let years: [ClosedRange<LocalDate>]
  public let entries: [CalendarEntry]

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
    var entries: [CalendarEntry] = []
    var years: [ClosedRange<LocalDate>] = []
    for year in file.academic_years {
      for (number, day) in year.bank_holidays.enumerated() {
        let place = "\(year.name).bank_holidays[\(number)]"
        let date = try CalendarJSON.date(day, place, source: source)
        entries.append(CalendarEntry(.bankHoliday, date...date, title: "Bank holiday"))
      }
      var holidays: [CalendarEntry] = []
      for (number, holiday) in year.school_holidays.enumerated() {
        let place = "\(year.name).school_holidays[\(number)]"
        let start = try CalendarJSON.date(holiday.start, place + ".start", source: source)
        let end = try CalendarJSON.date(holiday.end, place + ".end", source: source)
        guard start <= end else { throw .badDate(file: source, place: place + ".end") }
        holidays.append(CalendarEntry(.holiday, start...end, title: holiday.label))
      }
      if let first = holidays.map(\.days.lowerBound).min(),
        let last = holidays.map(\.days.upperBound).max()
      {
        years.append(first...last)
      }
      entries += holidays
    }
    for (number, day) in file.pd_days.enumerated() {
      let date = try CalendarJSON.date(day, "pd_days[\(number)]", source: source)
      entries.append(CalendarEntry(.insetDay, date...date, title: "INSET day"))
    }
    guard !years.isEmpty else { throw .empty(file: source) }
    self.years = years
    self.entries = entries
  }

  /// A school's calendar: these dates, the nation's bank holidays with their titles, and the
  /// school's own INSET days.
  /// - Throws: `CalendarError` where there is nothing to go by.
  public func calendar(
    bankHolidays national: BankHolidaysFile? = nil, insetDays own: Set<LocalDate> = [],
    opens: Int = SchoolCalendar.usualOpening, closes: Int = SchoolCalendar.usualClosing
  ) throws(CalendarError) -> SchoolCalendar {
    let insets = own.map { CalendarEntry(.insetDay, $0...$0, title: "INSET day") }
    return try SchoolCalendar(
      entries + (national?.entries ?? []) + insets, years: years, opens: opens, closes: closes)
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
