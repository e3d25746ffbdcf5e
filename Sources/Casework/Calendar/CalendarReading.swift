public import FoundationEssentials
import Records

extension SchoolCalendar {
  /// Reads a calendar file by the ending of its name: `.json` in the shape of an authority's term
  /// dates, `.csv`, or `.ics`.
  /// - Throws: `CalendarError` that names file, line and what was expected.
  public init(
    _ data: Data, named name: String, opens: Int = 8 * 60 + 45, closes: Int = 15 * 60 + 30
  ) throws(CalendarError) {
    let lower = name.lowercased()
    if lower.hasSuffix(".json") {
      self = try TermDatesFile(data, source: name).calendar(opens: opens, closes: closes)
      return
    }
    let text = String(decoding: data, as: UTF8.self)
    let entries: [CalendarEntry]
    if lower.hasSuffix(".csv") {
      entries = try CalendarCSV.entries(text, source: name)
    } else if lower.hasSuffix(".ics") {
      entries = try CalendarICS.entries(text, source: name)
    } else {
      throw .unknownKind(file: name)
    }
    try self.init(entries, opens: opens, closes: closes, source: name)
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

/// A calendar as all-day events of iCalendar (RFC 5545): what an event is, its CATEGORIES or the words
/// of its SUMMARY say. Events that are neither term, holiday nor training are passed over.
enum CalendarICS {
  private struct Event {
    let line: Int
    var start: String?
    var end: String?
    var summary = ""
    var categories = ""
    var isRecurring = false
  }

  static func entries(_ text: String, source: String) throws(CalendarError) -> [CalendarEntry] {
    var entries: [CalendarEntry] = []
    var event: Event?
    var isCalendar = false
    for (number, line) in unfolded(text) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let name = line[..<colon].split(separator: ";").first.map { $0.uppercased() } ?? ""
      let value = String(line[line.index(after: colon)...])
      switch (name, value.uppercased()) {
      case ("BEGIN", "VCALENDAR"): isCalendar = true
      case ("BEGIN", "VEVENT"): event = Event(line: number)
      case ("END", "VEVENT"):
        if let event, let entry = try entry(event, source: source) { entries.append(entry) }
        event = nil
      case ("DTSTART", _): event?.start = value
      case ("DTEND", _): event?.end = value
      case ("SUMMARY", _): event?.summary = unescaped(value)
      case ("CATEGORIES", _): event?.categories = value
      case ("RRULE", _): event?.isRecurring = true
      default: break
      }
    }
    guard isCalendar else {
      throw .badLine(file: source, line: 1, problem: "expected BEGIN:VCALENDAR")
    }
    return entries
  }

  /// RFC 5545 section 3.1: a line that begins with a space goes on with the one before.
  private static func unfolded(_ text: String) -> [(number: Int, line: String)] {
    var lines: [(number: Int, line: String)] = []
    let all = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (number, line) in all.enumerated() {
      if let first = line.first, first == " " || first == "\t", !lines.isEmpty {
        lines[lines.count - 1].line += line.dropFirst()
      } else {
        lines.append((number + 1, String(line)))
      }
    }
    return lines
  }

  private static func entry(
    _ event: Event, source: String
  ) throws(CalendarError) -> CalendarEntry? {
    guard let kind = kind(of: event) else { return nil }
    func fail(_ problem: String) -> CalendarError {
      .badLine(file: source, line: event.line, problem: "'\(event.summary)': \(problem)")
    }
    // A repeated holiday would be read as its first day alone.
    guard !event.isRecurring else { throw fail("events that repeat are not read; list the days") }
    guard let start = event.start.flatMap(date) else {
      throw fail("DTSTART: expected a day as 20270504")
    }
    // The end of an all-day event is the day after its last (RFC 5545 section 3.6.1).
    guard let end = event.end.map({ date($0) }) ?? start.advanced(byDays: 1) else {
      throw fail("DTEND: expected a day as 20270504")
    }
    let last = max(start, end.advanced(byDays: -1))
    guard end >= start else { throw fail("DTEND lies before DTSTART") }
    return CalendarEntry(kind, start...last, title: event.summary)
  }

  private static func kind(of event: Event) -> CalendarEntry.Kind? {
    for category in event.categories.lowercased().split(separator: ",") {
      if let kind = CalendarEntry.Kind(rawValue: String(category)) { return kind }
    }
    let words = event.summary.lowercased()
    func says(_ any: [String]) -> Bool { any.contains { words.contains($0) } }
    if says(["inset", "training day", "staff day", "professional development"]) {
      return .insetDay
    }
    if says(["bank holiday"]) { return .bankHoliday }
    if says(["holiday", "half term", "half-term", "school closed"]) { return .holiday }
    return says(["term"]) ? .term : nil
  }

  private static func date(_ text: String) -> LocalDate? {
    let digits = text.prefix(8)
    guard digits.count == 8, digits.allSatisfy(\.isNumber), let number = Int(digits) else {
      return nil
    }
    return LocalDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
  }

  private static func unescaped(_ text: String) -> String {
    text.replacing("\\,", with: ",").replacing("\\;", with: ";").replacing("\\n", with: " ")
      .replacing("\\\\", with: "\\")
  }
}
