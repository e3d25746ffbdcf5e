import Casework
import Records

/// Times as people say them: `Tuesday 4 May 2027, 08:45`.
enum PeopleTime {
  static func text(_ instant: Instant) -> String {
    let local = LondonTime(instant)
    let minutes = local.minutes % 60
    return "\(text(local.date)), \(padded(local.minutes / 60)):\(padded(minutes))"
  }

  static func text(_ date: LocalDate) -> String {
    "\(weekdays[date.weekday.rawValue - 1]) \(date.day) \(months[date.month - 1]) \(date.year)"
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
