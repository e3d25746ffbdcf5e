import Casework
import Records

/// Days and times as people type them.
extension Form {
  /// A day in three boxes, as GOV.UK services ask for one, since a calendar to click is slow for a day that
  /// one knows.
  mutating func day(_ field: String, _ what: String) -> LocalDate? {
    let parts = ["day", "month", "year"].map { text("\(field)-\($0)") }
    guard parts.contains(where: { $0 != nil }) else { return nil }
    guard let day = parts[0].flatMap({ Int($0) }), let month = parts[1].flatMap(Self.month),
      let year = parts[2].flatMap({ Int($0) }), year > 999,
      let date = LocalDate(year: year, month: month, day: day)
    else {
      fail(field, "\(what) must be a real date, like 27 3 2016")
      return nil
    }
    return date
  }

  /// A time of day in one box, in minutes since midnight: `22:40`, `10.40pm`, `2240`.
  mutating func time(_ field: String, _ what: String) -> Int? {
    guard let typed = text(field) else { return nil }
    guard let minutes = Self.minutes(typed) else {
      fail(field, "\(what) must be a time, like 22:40 or 10:40pm")
      return nil
    }
    return minutes
  }

  /// Three boxes for a day.
  func dayField(_ id: String, _ label: String, hint: String? = nil) -> DayModel {
    let whole = field(id, label, hint: hint)
    return DayModel(
      whole: whole, day: values["\(id)-day"] ?? "", month: values["\(id)-month"] ?? "",
      year: values["\(id)-year"] ?? "")
  }

  /// Fills in a day that was not typed.
  mutating func suggest(day date: LocalDate, in field: String) {
    suggest("\(field)-day", "\(date.day)")
    suggest("\(field)-month", "\(date.month)")
    suggest("\(field)-year", "\(date.year)")
  }

  private static func month(_ text: String) -> Int? {
    if let number = Int(text) { return number }
    let names = [
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    return names.firstIndex { text.lowercased().hasPrefix($0) }.map { $0 + 1 }
  }

  static func minutes(_ typed: String) -> Int? {
    var text = typed.lowercased().filter { !$0.isWhitespace }
    var half: Int?
    for (ending, hours) in [("am", 0), ("pm", 12)] where text.hasSuffix(ending) {
      half = hours
      text.removeLast(2)
    }
    let parts = text.split(omittingEmptySubsequences: false) { ":.".contains($0) }
    var (hour, minute): (Int?, Int?) = (nil, 0)
    if parts.count == 2 {
      guard parts[1].count == 2 else { return nil }
      (hour, minute) = (Int(parts[0]), Int(parts[1]))
    } else if text.count == 4 {
      (hour, minute) = (Int(text.prefix(2)), Int(text.suffix(2)))
    } else if half != nil {
      hour = Int(text)
    }
    guard var hour, let minute, (0..<60).contains(minute) else { return nil }
    if let half {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + half
    }
    return (0..<24).contains(hour) ? hour * 60 + minute : nil
  }
}

/// A day as a template draws it.
struct DayModel: Sendable {
  let whole: FieldModel
  let day: String
  let month: String
  let year: String
}
