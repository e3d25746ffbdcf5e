/// A day of the week, numbered as in ISO 8601: Monday is 1, Sunday is 7.
public enum Weekday: Int, Hashable, Sendable, CaseIterable {
  case monday = 1
  case tuesday, wednesday, thursday, friday, saturday, sunday
}

/// A day of the Gregorian calendar without a time and without a time zone: a date of birth, a day
/// of term.
///
/// The calendar is proleptic: it also holds for days before its introduction, as in ISO 8601.
public struct LocalDate: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Days since 1970-01-01, negative before it.
  public let daysSinceEpoch: Int32

  /// Takes any count of days, also one whose year does not have four digits.
  public init(daysSinceEpoch: Int32) { self.daysSinceEpoch = daysSinceEpoch }

  /// Nothing where the calendar has no such day, or the year is not in 1...9999.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month),
      day >= 1, day <= CivilDay.daysInMonth(month, of: year)
    else { return nil }
    let civil = CivilDay(year: year, month: month, day: day)
    self.init(daysSinceEpoch: Int32(clamping: civil.daysSinceEpoch))
  }

  /// Reads `YYYY-MM-DD` and nothing else: no spaces, no signs, no shorter forms.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      let year = DecimalDigits.number(bytes[0..<4]),
      let month = DecimalDigits.number(bytes[5..<7]),
      let day = DecimalDigits.number(bytes[8..<10])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// The year; 0 and below are the years before the year 1.
  public var year: Int { civil.year }
  /// The month, 1 to 12.
  public var month: Int { civil.month }
  /// The day of the month, 1 to 31.
  public var day: Int { civil.day }

  /// The day of the week.
  public var weekday: Weekday {
    // 1970-01-01 was a Thursday, the fourth of the cases.
    Weekday.allCases[(Int(daysSinceEpoch) + 3).dividedDown(by: 7).remainder]
  }

  /// The day that many days later, or earlier where negative; stops at the last day it can hold.
  public func advanced(byDays days: Int) -> LocalDate {
    let (sum, overflow) = Int(daysSinceEpoch).addingReportingOverflow(days)
    let reached = overflow ? (days < 0 ? Int.min : Int.max) : sum
    return LocalDate(daysSinceEpoch: Int32(clamping: reached))
  }

  /// `YYYY-MM-DD`; a year outside 0...9999 has a sign and as many digits as it needs.
  public var description: String { civil.description }

  public static func < (left: LocalDate, right: LocalDate) -> Bool {
    left.daysSinceEpoch < right.daysSinceEpoch
  }

  private var civil: CivilDay { CivilDay(daysSinceEpoch: Int(daysSinceEpoch)) }
}

/// Year, month and day as people write them, converted to and from a count of days.
///
/// The months are counted from March, so that the leap day ends its year; then every conversion is
/// plain arithmetic over cycles of 400 years (146,097 days).
struct CivilDay: CustomStringConvertible {
  var year: Int
  var month: Int
  var day: Int

  private static let daysOfCycle = 146_097
  /// Days from 0000-03-01 to 1970-01-01.
  private static let epoch = 719_468

  init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  init(daysSinceEpoch: Int) {
    let (cycle, dayOfCycle) = (daysSinceEpoch + Self.epoch).dividedDown(by: Self.daysOfCycle)
    let leapDays = dayOfCycle / 1460 - dayOfCycle / 36_524 + dayOfCycle / 146_096
    let yearOfCycle = (dayOfCycle - leapDays) / 365
    let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
  }

  var daysSinceEpoch: Int {
    let yearFromMarch = month <= 2 ? year - 1 : year
    let monthFromMarch = month <= 2 ? month + 9 : month - 3
    let (cycle, yearOfCycle) = yearFromMarch.dividedDown(by: 400)
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
    return cycle * Self.daysOfCycle + dayOfCycle - Self.epoch
  }

  static func daysInMonth(_ month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  var description: String {
    let digits = DecimalDigits.padded(abs(year), to: 4)
    let sign = year < 0 ? "-" : year > 9999 ? "+" : ""
    return
      "\(sign)\(digits)-\(DecimalDigits.padded(month, to: 2))-\(DecimalDigits.padded(day, to: 2))"
  }
}

/// Numbers of fixed width in ASCII digits.
enum DecimalDigits {
  /// Nothing where a byte is no ASCII digit; for at most 18 digits.
  static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard !bytes.isEmpty, bytes.count <= 18 else { return nil }
    var result = 0
    for byte in bytes {
      guard isDigit(byte) else { return nil }
      result = result * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return result
  }

  static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  static func padded(_ number: Int, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}

extension Int {
  /// Divides towards negative infinity, so that the remainder of a positive divisor is never
  /// negative and days before the epoch need no special case.
  func dividedDown(by divisor: Int) -> (quotient: Int, remainder: Int) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
