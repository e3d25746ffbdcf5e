public import Records

/// A calendar that ends soon, or has ended: an alert before deadlines have to be guessed.
public struct EndingCalendar: Hashable, Sendable, CustomStringConvertible {
  /// Whose it is; nothing where it is for all schools without one of their own.
  public let school: AgencyID?
  /// The last day that it knows.
  public let last: LocalDate
  /// Fewer than none once it has ended.
  public let daysLeft: Int

  /// States what ends when.
  public init(school: AgencyID?, last: LocalDate, daysLeft: Int) {
    (self.school, self.last, self.daysLeft) = (school, last, daysLeft)
  }

  public var description: String {
    let whose = school.map { "the calendar of \($0)" } ?? "the calendar for all schools"
    let when =
      switch daysLeft {
      case ..<0: "ended on \(last)"
      case 0: "ends today"
      case 1: "ends tomorrow"
      default: "ends on \(last), in \(daysLeft) days"
      }
    return
      "\(whose) \(when): import newer term dates (concord calendar import), or deadlines after it "
      + "are the next weekday"
  }
}
