public import Records

/// What a value can hardly mean, though its type allows it: refused where a person enters it.
public enum Plausibility {
  /// Clocks may differ: what happened up to this many milliseconds from now counts as now.
  public static let leeway: Int64 = 300_000

  /// Says what is wrong with a value, or nothing.
  /// - Parameters:
  ///   - type: the record's type.
  ///   - text: the value as it was typed; what is no date at all is refused elsewhere.
  public static func problem(
    with text: String, in field: String, of type: String, at now: Instant
  ) -> String? {
    switch (type, field) {
    case ("child", "date_of_birth"):
      guard let date = LocalDate(text) else { return nil }
      let today = LondonTime(now).date
      if date > today { return "a day up to today (\(today))" }
      // Nobody older is a pupil: a wrong year would lead to the wrong child.
      let oldest = today.advanced(byDays: -26 * 366)
      return date < oldest ? "the date of birth of a child, after \(oldest)" : nil
    case (_, "occurred_at"), (_, "issued_at"), (_, "acted_at"):
      guard let instant = Instant(text) else { return nil }
      return instant > now.advanced(byMilliseconds: leeway) ? "a moment up to now (\(now))" : nil
    case (_, "completed_on"), (_, "asked_on"):
      guard let date = LocalDate(text) else { return nil }
      let today = LondonTime(now).date
      return date > today ? "a day up to today (\(today))" : nil
    default: return nil
    }
  }
}
