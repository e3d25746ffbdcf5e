import Records

/// A calendar as all-day events of iCalendar (RFC 5545): what an event is, its CATEGORIES or the words
/// of its SUMMARY say. Events that are neither term, holiday nor training are passed over, and so is
/// whatever has a time of day: a holiday club's evening is no holiday.
enum CalendarICS {
  private struct Event {
    let line: Int
    var start: String?
    var end: String?
    var isTimed = false
    var summary = ""
    var categories = ""
    var isRecurring = false
  }

  static func read(
    _ text: String, source: String
  ) throws(CalendarError) -> (entries: [CalendarEntry], unclear: [CalendarDoubt]) {
    var entries: [CalendarEntry] = []
    var marks: [TermMark] = []
    for event in try events(text, source: source) where !event.isTimed {
      if let mark = TermMark.Kind(event.summary), event.categories.isEmpty {
        let days = try days(of: event, source: source)
        marks.append(TermMark(kind: mark, days: days, title: event.summary))
      } else if let kind = kind(of: event) {
        let days = try days(of: event, source: source)
        entries.append(CalendarEntry(kind, days, title: event.summary))
      }
    }
    let (terms, unclear) = TermMark.terms(from: marks, beside: entries)
    return (entries + terms, unclear)
  }

  private static func events(
    _ text: String, source: String
  ) throws(CalendarError) -> [Event] {
    var events: [Event] = []
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
        if let event { events.append(event) }
        event = nil
      case ("DTSTART", _):
        event?.start = value
        // `VALUE=DATE` or eight digits; a day with a time is written 20270504T180000.
        event?.isTimed = value.uppercased().contains("T")
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
    return events
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

  private static func days(
    of event: Event, source: String
  ) throws(CalendarError) -> ClosedRange<LocalDate> {
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
    guard end >= start else { throw fail("DTEND lies before DTSTART") }
    return start...max(start, end.advanced(byDays: -1))
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
    // What goes on in a holiday is none: clubs and bookings are announced long before.
    guard !says(["club", "booking"]) else { return nil }
    let breaks = seasons.map { "\($0) break" }
    if says(["holiday", "half term", "half-term", "school closed"] + breaks) { return .holiday }
    return says(["term"]) ? .term : nil
  }

  private static let seasons = [
    "autumn", "october", "christmas", "winter", "february", "spring", "easter", "may", "whitsun",
    "summer",
  ]

  private static func date(_ text: String) -> LocalDate? {
    guard text.count == 8, text.allSatisfy(\.isNumber), let number = Int(text) else { return nil }
    return LocalDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
  }

  private static func unescaped(_ text: String) -> String {
    text.replacing("\\,", with: ",").replacing("\\;", with: ";").replacing("\\n", with: " ")
      .replacing("\\\\", with: "\\")
  }
}

/// An event that says only when something begins or ends, as many schools' calendars do: "First day of
/// term". The first and the last day together are a term; one without the other is for a person to mend.
struct TermMark {
  let kind: Kind
  let days: ClosedRange<LocalDate>
  let title: String

  enum Kind {
    case first, last
    /// The beginning or end of a half-term or a holiday.
    case other

    init?(_ summary: String) {
      let words = summary.lowercased()
      func says(_ any: [String]) -> Bool { any.contains { words.contains($0) } }
      guard says(["term", "school", "holiday"]) else { return nil }
      let begins = says([
        "first day", "start of", "starts", "begins", "beginning of", "reopens", "returns",
      ])
      let ends = says(["last day", "end of", "ends", "breaks up", "finishes"])
      guard begins != ends else { return nil }
      self =
        says(["half term", "half-term", "holiday"]) ? .other : begins ? .first : .last
    }
  }

  /// What the marks say, beside the terms that are there in full.
  static func terms(
    from marks: [TermMark], beside entries: [CalendarEntry]
  ) -> (terms: [CalendarEntry], unclear: [CalendarDoubt]) {
    let known = entries.filter { [.term, .holiday].contains($0.kind) }.map(\.days)
    func isSaid(_ mark: TermMark) -> Bool {
      known.contains { days in
        days.lowerBound == mark.days.lowerBound || days.upperBound == mark.days.upperBound
      }
    }
    var terms: [CalendarEntry] = []
    var unclear: [CalendarDoubt] = []
    var open: TermMark?
    func leave(_ mark: TermMark?) {
      guard let mark else { return }
      unclear.append(CalendarDoubt(days: mark.days, problem: .notUnderstood(mark.title)))
    }
    let sorted = marks.filter { !isSaid($0) }.sorted { $0.days.lowerBound < $1.days.lowerBound }
    for mark in sorted {
      switch mark.kind {
      case .other: leave(mark)
      case .first:
        leave(open)
        open = mark
      case .last:
        guard let first = open else {
          leave(mark)
          continue
        }
        terms.append(
          CalendarEntry(
            .term, first.days.lowerBound...mark.days.upperBound,
            title: "\(first.title) – \(mark.title)"))
        open = nil
      }
    }
    leave(open)
    return (terms, unclear)
  }
}
