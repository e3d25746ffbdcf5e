public import Records

/// How many of the notifications that were issued on a day reached their school in time. Counts, and nobody's name:
/// for whoever looks after the node.
public struct DayOfNotifications: Hashable, Sendable {
  public let day: LocalDate
  /// The school had it before it was due.
  public private(set) var inTime = 0
  /// The school had it later, or has it not although it is due.
  public private(set) var late = 0
  /// It is not due yet, and the school has it not.
  public private(set) var open = 0

  public var all: Int { inTime + late + open }

  /// The last days up to today, oldest first; what was taken back does not count.
  public static func last(
    _ count: Int, of cases: [NotificationCase], at now: Instant
  ) -> [DayOfNotifications] {
    let today = LondonTime(now).date
    var days = (0..<count).reversed().map {
      DayOfNotifications(day: today.advanced(byDays: -$0))
    }
    let places = Dictionary(uniqueKeysWithValues: days.enumerated().map { ($1.day, $0) })
    for found in cases where found.withdrawn == nil {
      guard let issued = found.issuedAt, let place = places[LondonTime(issued).date] else {
        continue
      }
      if let wasInTime = found.wasInTime {
        if wasInTime { days[place].inTime += 1 } else { days[place].late += 1 }
      } else if found.dueAt.map({ now >= $0 }) ?? false {
        days[place].late += 1
      } else {
        days[place].open += 1
      }
    }
    return days
  }

  private init(day: LocalDate) { self.day = day }
}
