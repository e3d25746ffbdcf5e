public import Records

/// One line of a calendar file: what some days are.
public struct CalendarEntry: Hashable, Sendable {
  public let kind: Kind
  /// First and last day included.
  public let days: ClosedRange<LocalDate>
  public let title: String

  /// What the days are.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case term
    case holiday
    case bankHoliday = "bank-holiday"
    case insetDay = "inset"
  }

  /// States an entry.
  public init(_ kind: Kind, _ days: ClosedRange<LocalDate>, title: String) {
    self.kind = kind
    self.days = days
    self.title = title
  }
}

/// Days on which a calendar contradicts itself, or says less than it should: somebody has to look.
public struct CalendarDoubt: Hashable, Sendable, CustomStringConvertible {
  public let days: ClosedRange<LocalDate>
  public let problem: Problem

  /// What is wrong with the days.
  public enum Problem: Hashable, Sendable {
    /// Between two academic years: what the days are, the calendar does not say.
    case gap
    /// Two entries of one kind.
    case overlap(String, String)
    /// A training day on a day on which there is no school anyway.
    case insetWithoutSchool
    /// No holiday for longer than any school goes without one.
    case noHoliday(days: Int)
    /// No school for longer than any holiday lasts.
    case noSchool(days: Int)
    /// A term that is shorter than any.
    case shortTerm(String)
    /// An entry that seems to say when school begins or ends, and does not say enough.
    case notUnderstood(String)
  }

  /// Whether there may be school on these days although the calendar says no, or the other way round. A
  /// training day in a holiday leaves no doubt about anybody's deadline.
  public var leavesOpen: Bool { problem != .insetWithoutSchool }

  public var description: String {
    let when =
      days.lowerBound == days.upperBound
      ? "\(days.lowerBound)" : "\(days.lowerBound) to \(days.upperBound)"
    return switch problem {
    case .gap: "\(when): the calendar says nothing about these days"
    case .overlap(let one, let other): "\(when): both '\(one)' and '\(other)'"
    case .insetWithoutSchool: "\(when): a training day on which there is no school anyway"
    case .noHoliday(let count): "\(when): \(count) days without a holiday; is one missing?"
    case .noSchool(let count): "\(when): \(count) days without school; is a term missing?"
    case .shortTerm(let title): "\(when): '\(title)' is a very short term; is its end missing?"
    case .notUnderstood(let title):
      "\(when): '\(title)' is not understood; give the whole term or holiday, first day to last"
    }
  }
}
