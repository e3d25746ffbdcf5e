public import Records

/// A length of time by the calendar: years, months, weeks or days (`P25Y`, `P18M`, `P90D`).
public struct Period: Hashable, Sendable, CustomStringConvertible {
  /// What it counts.
  public enum Unit: Character, Hashable, Sendable {
    case years = "Y"
    case months = "M"
    case weeks = "W"
    case days = "D"
  }

  public let count: Int
  public let unit: Unit

  /// States a period.
  public init(_ count: Int, _ unit: Unit) {
    self.count = count
    self.unit = unit
  }

  /// Reads one unit of an ISO 8601 duration, up to 200 years; nothing where the text is none.
  public init?(_ text: String) {
    guard text.first == "P", let unit = text.last.flatMap(Unit.init(rawValue:)),
      let count = Int(text.dropFirst().dropLast()), (1...73_050).contains(count)
    else { return nil }
    self.init(count, unit)
    guard months.map({ $0 <= 2_400 }) ?? true else { return nil }
  }

  public var description: String { "P\(count)\(unit.rawValue)" }

  /// The same for people.
  public var words: String {
    let name: String =
      switch unit {
      case .years: "year"
      case .months: "month"
      case .weeks: "week"
      case .days: "day"
      }
    return "\(count) \(name)\(count == 1 ? "" : "s")"
  }

  private var months: Int? {
    switch unit {
    case .years: count * 12
    case .months: count
    case .weeks, .days: nil
    }
  }

  /// The day on which it is over. Where that month has no such day, its last day.
  public func end(from start: LocalDate) -> LocalDate {
    guard let months else { return start.advanced(byDays: unit == .weeks ? count * 7 : count) }
    let total = start.year * 12 + start.month - 1 + months
    let (year, month) = (total / 12, total % 12 + 1)
    return (0..<4).lazy.compactMap {
      LocalDate(year: year, month: month, day: start.day - $0)
    }.first ?? start.advanced(byDays: months * 31)
  }
}
