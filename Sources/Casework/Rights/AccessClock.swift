public import Records

/// The time that an agency has to answer a person who asks what it holds about them.
public enum AccessClock {
  /// One calendar month from the day on which the request came (UK GDPR Art 12(3)); where the month has no
  /// such day, its last day; where that is a weekend or a bank holiday, the next working day (Information
  /// Commissioner's Office, guidance on the right of access).
  /// - Parameter months: three where it was extended for complex or many requests (Art 12(3)).
  public static func due(
    received: LocalDate, bankHolidays: Set<LocalDate>, months: Int = 1
  ) -> LocalDate {
    var day = Period(months, .months).end(from: received)
    while [.saturday, .sunday].contains(day.weekday) || bankHolidays.contains(day) {
      day = day.advanced(byDays: 1)
    }
    return day
  }
}
