public import Records

/// Times as people say them.
public enum PeopleTime {
  /// A moment in full: `Tuesday 4 May 2027, 08:45`.
  public static func text(_ instant: Instant) -> String {
    let local = LondonTime(instant)
    return "\(text(local.date)), \(padded(local.minutes / 60)):\(padded(local.minutes % 60))"
  }

  /// A day in full: `Tuesday 4 May 2027`.
  public static func text(_ date: LocalDate) -> String {
    "\(weekdays[date.weekday.rawValue - 1]) \(date.day) \(months[date.month - 1]) \(date.year)"
  }

  /// A moment from where one stands: `today at 8:45am`, `Tuesday 4 May at 10:40pm` (after the style
  /// guide of GOV.UK).
  public static func spoken(_ instant: Instant, now: Instant) -> String {
    let local = LondonTime(instant)
    return "\(spoken(local.date, today: LondonTime(now).date)) at \(clock(local.minutes))"
  }

  /// A day from where one stands: `yesterday`, `tomorrow`, `Tuesday 4 May`; the year where it is
  /// another.
  public static func spoken(_ date: LocalDate, today: LocalDate) -> String {
    switch Int(date.daysSinceEpoch) - Int(today.daysSinceEpoch) {
    case 0: "today"
    case 1: "tomorrow"
    case -1: "yesterday"
    default:
      "\(weekdays[date.weekday.rawValue - 1]) \(date.day) \(months[date.month - 1])"
        + (date.year == today.year ? "" : " \(date.year)")
    }
  }

  /// A day without its weekday: `4 March 2016`.
  public static func plain(_ date: LocalDate) -> String {
    "\(date.day) \(months[date.month - 1]) \(date.year)"
  }

  private static func clock(_ minutes: Int) -> String {
    let (hour, minute) = (minutes / 60, minutes % 60)
    if minutes == 0 { return "midnight" }
    if minutes == 720 { return "midday" }
    let shown = hour % 12 == 0 ? 12 : hour % 12
    return "\(shown)\(minute == 0 ? "" : ":\(padded(minute))")\(hour < 12 ? "am" : "pm")"
  }

  private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static let weekdays = [
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
  ]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
}
