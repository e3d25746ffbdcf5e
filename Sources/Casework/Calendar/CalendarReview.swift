import Records

/// Looks for what a calendar cannot mean.
struct CalendarReview {
  let terms: [CalendarEntry]
  let holidays: [CalendarEntry]
  let insetDays: Set<LocalDate>
  let gaps: [ClosedRange<LocalDate>]
  let known: ClosedRange<LocalDate>

  /// Schools in England have a holiday at least every eight weeks; two more are leeway.
  private static let mostDaysWithoutHoliday = 70

  /// The longest holiday of maintained schools in England and Wales is the summer's, of six weeks and the
  /// weekends and bank holiday around them; seven weeks are leeway. More means that a term is missing, and
  /// every deadline in it would be silently late.
  private static let mostDaysWithoutSchool = 49

  /// Nobody opens a school for one or two days; a term's first day alone was read as all of it.
  private static let fewestDaysOfTerm = 3

  /// - Parameters:
  ///   - isClosed: whether a day is a bank holiday.
  ///   - hasSchool: whether a day is a school day.
  func doubts(
    isClosed: (LocalDate) -> Bool, hasSchool: (LocalDate) -> Bool
  ) -> [CalendarDoubt] {
    let found =
      gaps.map { CalendarDoubt(days: $0, problem: .gap) }
      + overlaps(in: terms) + overlaps(in: holidays) + insets(isClosed) + longStretches()
      + shortTerms + withoutSchool(hasSchool)
    return found.sorted { $0.days.lowerBound < $1.days.lowerBound }
  }

  private var shortTerms: [CalendarDoubt] {
    terms.filter { SchoolCalendar.days($0.days).count < Self.fewestDaysOfTerm }.map {
      CalendarDoubt(days: $0.days, problem: .shortTerm($0.title))
    }
  }

  private func withoutSchool(_ hasSchool: (LocalDate) -> Bool) -> [CalendarDoubt] {
    var (doubts, first) = ([CalendarDoubt](), known.lowerBound)
    func look(until next: LocalDate) {
      let count = Int(next.daysSinceEpoch) - Int(first.daysSinceEpoch)
      guard count > Self.mostDaysWithoutSchool else { return }
      doubts.append(
        CalendarDoubt(days: first...next.advanced(byDays: -1), problem: .noSchool(days: count)))
    }
    // What the calendar says nothing about is in doubt anyway.
    for day in SchoolCalendar.days(known)
    where hasSchool(day) || gaps.contains(where: { $0.contains(day) }) {
      look(until: day)
      first = day.advanced(byDays: 1)
    }
    look(until: known.upperBound.advanced(byDays: 1))
    return doubts
  }

  private func overlaps(in entries: [CalendarEntry]) -> [CalendarDoubt] {
    let sorted = entries.sorted { $0.days.lowerBound < $1.days.lowerBound }
    return zip(sorted, sorted.dropFirst()).compactMap { one, other in
      guard other.days.lowerBound <= one.days.upperBound else { return nil }
      let last = min(one.days.upperBound, other.days.upperBound)
      return CalendarDoubt(
        days: other.days.lowerBound...last, problem: .overlap(one.title, other.title))
    }
  }

  private func insets(_ isClosed: (LocalDate) -> Bool) -> [CalendarDoubt] {
    insetDays.sorted().filter { day in
      day.isWeekend || isClosed(day) || holidays.contains { $0.days.contains(day) }
        || (!terms.isEmpty && !terms.contains { $0.days.contains(day) })
    }.map { CalendarDoubt(days: $0...$0, problem: .insetWithoutSchool) }
  }

  /// Between two holidays, or two terms, there may be only so much school.
  private func longStretches() -> [CalendarDoubt] {
    var ends = [known.lowerBound.advanced(byDays: -1)]
    var stretches: [ClosedRange<LocalDate>] = []
    let breaks = holidays.map(\.days) + gaps + betweenTerms
    for days in breaks.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      let first = (ends.max() ?? known.lowerBound).advanced(byDays: 1)
      let last = days.lowerBound.advanced(byDays: -1)
      if first <= last { stretches.append(first...last) }
      ends.append(days.upperBound)
    }
    let first = (ends.max() ?? known.lowerBound).advanced(byDays: 1)
    if first <= known.upperBound { stretches.append(first...known.upperBound) }
    return stretches.compactMap { stretch in
      let count = SchoolCalendar.days(stretch).count
      guard count > Self.mostDaysWithoutHoliday else { return nil }
      return CalendarDoubt(days: stretch, problem: .noHoliday(days: count))
    }
  }

  private var betweenTerms: [ClosedRange<LocalDate>] {
    let sorted = terms.map(\.days).sorted { $0.lowerBound < $1.lowerBound }
    return zip(sorted, sorted.dropFirst()).compactMap { term, next in
      let (first, last) = (
        term.upperBound.advanced(byDays: 1), next.lowerBound.advanced(byDays: -1)
      )
      return first <= last ? first...last : nil
    }
  }
}
