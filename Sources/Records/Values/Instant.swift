/// A moment, exact to the millisecond, the same all over the world.
public struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Milliseconds since 1970-01-01T00:00:00Z, negative before it; leap seconds do not count.
  public let milliseconds: Int64

  /// Takes any count of milliseconds, also one whose year does not have four digits.
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Midnight UTC at the start of the day.
  public init(utc date: LocalDate) {
    milliseconds = Int64(date.daysSinceEpoch) * Int64(Self.millisecondsPerDay)
  }

  /// Reads RFC 3339, strictly: `2026-09-01T08:30:00Z`, `2026-09-01T09:30:00.25+01:00`.
  ///
  /// The `T` and the offset are required, `T` and `Z` in upper case. A fraction has 1 to 9 digits;
  /// what is finer than a millisecond is dropped. Second 60 is refused. The moment must lie in the
  /// years 1 to 9999, both as written and in UTC, so that what was read can be written again.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"),
      let date = LocalDate(String(decoding: bytes[0..<10], as: UTF8.self)),
      let seconds = Self.secondsOfDay(bytes[11..<19]),
      let (fraction, rest) = Self.fraction(bytes[19...]),
      let offset = Self.offset(rest)
    else { return nil }
    let milliseconds = Instant(utc: date).milliseconds + Int64((seconds - offset) * 1000 + fraction)
    guard Self.writable.contains(milliseconds) else { return nil }
    self.init(milliseconds: milliseconds)
  }

  /// The day in UTC; the last one that a date can hold, where the moment lies beyond it.
  public var utcDate: LocalDate { LocalDate(daysSinceEpoch: Int32(clamping: split.quotient)) }

  /// Milliseconds since midnight UTC, from 0 up to 86,399,999.
  public var millisecondsOfUTCDay: Int { split.remainder }

  /// The moment that much later, or earlier where negative; stops at the last one it can hold.
  public func advanced(byMilliseconds change: Int64) -> Instant {
    let (sum, overflow) = milliseconds.addingReportingOverflow(change)
    let reached = overflow ? (change < 0 ? Int64.min : Int64.max) : sum
    return Instant(milliseconds: reached)
  }

  /// RFC 3339 in UTC with exactly three digits of fraction: `2026-09-01T08:30:00.000Z`.
  public var description: String {
    let (days, rest) = split
    let (seconds, fraction) = rest.quotientAndRemainder(dividingBy: 1000)
    let time = [seconds / 3600, seconds / 60 % 60, seconds % 60]
      .map { DecimalDigits.padded($0, to: 2) }.joined(separator: ":")
    return "\(CivilDay(daysSinceEpoch: days))T\(time).\(DecimalDigits.padded(fraction, to: 3))Z"
  }

  public static func < (left: Instant, right: Instant) -> Bool {
    left.milliseconds < right.milliseconds
  }

  private static let millisecondsPerDay = 86_400_000

  /// 0001-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
  private static let writable: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

  private var split: (quotient: Int, remainder: Int) {
    Int(milliseconds).dividedDown(by: Self.millisecondsPerDay)
  }
}

extension Instant {
  /// `HH:MM:SS`, where the slice has eight bytes.
  private static func secondsOfDay(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard let minutes = hoursAndMinutes(bytes.prefix(5)),
      bytes[bytes.startIndex + 5] == UInt8(ascii: ":"),
      let seconds = DecimalDigits.number(bytes.suffix(2)), seconds < 60
    else { return nil }
    return minutes * 60 + seconds
  }

  /// `HH:MM` in minutes, where the slice has five bytes.
  private static func hoursAndMinutes(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard let hours = DecimalDigits.number(bytes.prefix(2)), hours < 24,
      bytes[bytes.startIndex + 2] == UInt8(ascii: ":"),
      let minutes = DecimalDigits.number(bytes.suffix(2)), minutes < 60
    else { return nil }
    return hours * 60 + minutes
  }

  /// Whole milliseconds of an optional fraction, and what follows it.
  private static func fraction(
    _ bytes: ArraySlice<UInt8>
  ) -> (milliseconds: Int, rest: ArraySlice<UInt8>)? {
    guard bytes.first == UInt8(ascii: ".") else { return (0, bytes) }
    let digits = bytes.dropFirst().prefix(while: DecimalDigits.isDigit)
    guard (1...9).contains(digits.count) else { return nil }
    let padded = digits.prefix(3) + Array(repeating: UInt8(ascii: "0"), count: 3)
    guard let milliseconds = DecimalDigits.number(padded.prefix(3)) else { return nil }
    return (milliseconds, bytes[digits.endIndex...])
  }

  /// Seconds east of UTC: `Z`, `+hh:mm` or `-hh:mm`, and nothing after it.
  private static func offset(_ bytes: ArraySlice<UInt8>) -> Int? {
    if bytes.elementsEqual([UInt8(ascii: "Z")]) { return 0 }
    guard bytes.count == 6, let sign = bytes.first,
      sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
      let minutes = hoursAndMinutes(bytes.dropFirst())
    else { return nil }
    return minutes * (sign == UInt8(ascii: "-") ? -60 : 60)
  }
}
