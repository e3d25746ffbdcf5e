public import Records

/// A wall-clock time in Europe/London on a day.
public struct LondonTime: Hashable, Sendable {
  public let date: LocalDate
  /// Minutes since midnight on the wall clock, from 0 up to 1,439.
  public let minutes: Int

  /// States a day and a time of day in minutes since midnight, clamped to the day.
  public init(date: LocalDate, minutes: Int) {
    self.date = date
    self.minutes = min(max(minutes, 0), 1439)
  }

  /// What clocks in London show at a moment; seconds are dropped.
  public init(_ instant: Instant) {
    let offset: Int64 = Self.isSummerTime(instant) ? 3_600_000 : 0
    let shown = instant.advanced(byMilliseconds: offset)
    date = shown.utcDate
    minutes = shown.millisecondsOfUTCDay / 60_000
  }

  /// A moment as clocks in London show it, with the offset (ISO 8601): `2027-05-04T08:45:00+01:00`.
  public static func iso8601(_ instant: Instant) -> String {
    let isSummer = isSummerTime(instant)
    let shown = instant.advanced(byMilliseconds: isSummer ? 3_600_000 : 0).description
    return "\(shown.prefix(19))\(isSummer ? "+01:00" : "+00:00")"
  }

  /// The moment at which clocks in London show this. Of a time that occurs twice (the last Sunday of
  /// October, 01:00 to 01:59) the first; a time that is skipped (the last Sunday of March, the same
  /// hour) is read as if clocks had not changed, which is an hour later on the wall.
  public var instant: Instant {
    let asUTC = Instant(utc: date).advanced(byMilliseconds: Int64(minutes) * 60_000)
    let asSummer = asUTC.advanced(byMilliseconds: -3_600_000)
    return Self.isSummerTime(asSummer) ? asSummer : asUTC
  }

  /// Summer time runs from 01:00 GMT on the last Sunday of March to 01:00 GMT on the last Sunday of
  /// October (Summer Time Act 1972 as amended by the Summer Time Order 2002).
  private static func isSummerTime(_ instant: Instant) -> Bool {
    let year = instant.utcDate.year
    guard let start = lastSunday(of: 3, year), let end = lastSunday(of: 10, year) else {
      return false
    }
    let hour: Int64 = 3_600_000
    return instant >= Instant(utc: start).advanced(byMilliseconds: hour)
      && instant < Instant(utc: end).advanced(byMilliseconds: hour)
  }

  /// March and October both have 31 days.
  private static func lastSunday(of month: Int, _ year: Int) -> LocalDate? {
    guard let last = LocalDate(year: year, month: month, day: 31) else { return nil }
    return (0..<7).lazy.map { last.advanced(byDays: -$0) }.first { $0.weekday == .sunday }
  }
}
