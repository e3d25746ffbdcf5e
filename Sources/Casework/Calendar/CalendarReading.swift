public import FoundationEssentials
public import Records

/// What a school or a node knows beside the calendar's own text.
public struct CalendarExtras: Hashable, Sendable {
  public var bankHolidays: BankHolidaysFile?
  /// The school's own training days.
  public var insetDays: Set<LocalDate>
  /// Minutes since midnight in London.
  public var opens: Int
  /// Minutes since midnight in London.
  public var closes: Int

  /// States what is known; by default nothing but the usual hours.
  public init(
    bankHolidays: BankHolidaysFile? = nil, insetDays: Set<LocalDate> = [],
    opens: Int = SchoolCalendar.usualOpening, closes: Int = SchoolCalendar.usualClosing
  ) {
    (self.bankHolidays, self.insetDays) = (bankHolidays, insetDays)
    (self.opens, self.closes) = (opens, closes)
  }
}

extension SchoolCalendar {
  /// Reads a calendar file by the ending of its name: `.json` in the shape of an authority's term
  /// dates, `.csv`, or `.ics`.
  /// - Throws: `CalendarError` that names file, line and what was expected.
  public init(
    _ data: Data, named name: String, with extras: CalendarExtras = CalendarExtras()
  ) throws(CalendarError) {
    let lower = name.lowercased()
    if lower.hasSuffix(".json") {
      guard !BankHolidaysFile.isOne(data) else { throw .onlyBankHolidays(file: name) }
      self = try TermDatesFile(data, source: name).calendar(
        bankHolidays: extras.bankHolidays, insetDays: extras.insetDays, opens: extras.opens,
        closes: extras.closes)
      return
    }
    // Spreadsheets put a byte order mark in front.
    let whole = String(decoding: data, as: UTF8.self)
    let text = whole.hasPrefix("\u{FEFF}") ? String(whole.dropFirst()) : whole
    var (entries, unclear): ([CalendarEntry], [CalendarDoubt]) = ([], [])
    if lower.hasSuffix(".csv") {
      entries = try CalendarCSV.entries(text, source: name)
    } else if lower.hasSuffix(".ics") {
      (entries, unclear) = try CalendarICS.read(text, source: name)
    } else {
      throw .unknownKind(file: name)
    }
    let insets = extras.insetDays.map { CalendarEntry(.insetDay, $0...$0, title: "INSET day") }
    try self.init(
      entries + (extras.bankHolidays?.entries ?? []) + insets, opens: extras.opens,
      closes: extras.closes, unclear: unclear, source: name)
  }
}

/// A calendar as a table: the columns `kind`, `start`, `end`, `title`; kinds are `term`, `holiday`,
/// `bank-holiday` and `inset`; an empty `end` is the day of the start.
enum CalendarCSV {
  private static let columns = ["kind", "start", "end", "title"]

  static func entries(_ text: String, source: String) throws(CalendarError) -> [CalendarEntry] {
    var rows: [[String]]
    do { rows = try CSVRows(text, source: source).rows } catch {
      throw .badLine(file: source, line: error.row, problem: error.problem)
    }
    guard !rows.isEmpty, rows.removeFirst() == columns else {
      throw .badLine(
        file: source, line: 1, problem: "expected the columns \(columns.joined(separator: ","))")
    }
    var entries: [CalendarEntry] = []
    for (number, row) in rows.enumerated() where row != [""] {
      entries.append(try entry(row, line: number + 2, source: source))
    }
    return entries
  }

  private static func entry(
    _ row: [String], line: Int, source: String
  ) throws(CalendarError) -> CalendarEntry {
    func fail(_ problem: String) -> CalendarError {
      .badLine(file: source, line: line, problem: problem)
    }
    guard row.count == columns.count else { throw fail("expected \(columns.count) columns") }
    guard let kind = CalendarEntry.Kind(rawValue: row[0]) else {
      let kinds = CalendarEntry.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw fail("kind: expected one of \(kinds)")
    }
    guard let start = LocalDate(row[1]) else { throw fail("start: expected a date as 2027-05-04") }
    guard let end = row[2].isEmpty ? start : LocalDate(row[2]) else {
      throw fail("end: expected a date as 2027-05-04")
    }
    guard start <= end else { throw fail("end: lies before the start") }
    return CalendarEntry(kind, start...end, title: row[3])
  }
}
