public import Agreements
public import Records

/// When a school has to be told, and what that follows from.
///
/// The Domestic Abuse Act 2021 s.49A asks for "as soon as is reasonably practicable"; the practice of
/// Operation Encompass is before the next school day of that school begins (CAFADA briefing). What
/// happens within school hours is due at once.
public struct NotificationDeadline: Hashable, Sendable {
  public let at: Instant
  public let basis: Basis
  /// Why a person should look; nothing where the calendar has an answer.
  public let assumption: Assumption?

  /// What a deadline follows from.
  public enum Basis: Hashable, Sendable {
    /// It happened while the school was open.
    case duringSchool
    /// The school day that begins then.
    case schoolDay(LocalDate)
    /// The calendar does not say: the next weekday that it does not call closed.
    case assumed(LocalDate)
  }

  /// Why the calendar has no answer.
  public enum Assumption: Hashable, Sendable, CustomStringConvertible {
    case noCalendar
    case beforeCalendar(LocalDate)
    case beyondCalendar(LocalDate)
    case inDoubt(CalendarDoubt)

    public var description: String {
      switch self {
      case .noCalendar: "there is no calendar: the next weekday is assumed"
      case .beforeCalendar(let first):
        "the calendar begins on \(first) only: the next weekday is assumed"
      case .beyondCalendar(let last):
        "the calendar ends on \(last): the next weekday is assumed; import newer dates"
      case .inDoubt(let doubt):
        "the calendar is in doubt, so the next weekday is assumed: \(doubt)"
      }
    }
  }

  /// When a school opens of which nothing is known, in minutes since midnight in London.
  public static let usualOpening = SchoolCalendar.usualOpening

  /// Whether a person should look: the calendar has no answer.
  public var isAssumed: Bool { assumption != nil }

  /// The latest moment to tell a school of an incident. Where the calendar does not reach that far, or is
  /// in doubt about a day, it is due on the next weekday, and says so: nothing is ever undated, nor late
  /// because of a calendar with a term missing.
  public static func due(
    after incident: Instant, at school: SchoolCalendar
  ) -> NotificationDeadline {
    let local = LondonTime(incident)
    let isSchoolDay = (try? school.status(of: local.date)) == .schoolDay
    if isSchoolDay, school.opens <= local.minutes, local.minutes < school.closes {
      return NotificationDeadline(at: incident, basis: .duringSchool, assumption: nil)
    }
    var day = local.minutes < school.opens ? local.date : local.date.advanced(byDays: 1)
    while true {
      let assumption = assumption(about: day, at: school)
      if mayHaveSchool(day, at: school, isOpen: assumption != nil) {
        let moment = LondonTime(date: day, minutes: school.opens).instant
        return NotificationDeadline(
          at: moment, basis: assumption == nil ? .schoolDay(day) : .assumed(day),
          assumption: assumption)
      }
      day = day.advanced(byDays: 1)
    }
  }

  /// The same for a school without any calendar.
  /// - Parameter opens: minutes since midnight in London.
  public static func due(afterUnknown incident: Instant, opens: Int = usualOpening)
    -> NotificationDeadline
  {
    let local = LondonTime(incident)
    var day = local.date
    if local.minutes >= opens { day = day.advanced(byDays: 1) }
    while day.isWeekend { day = day.advanced(byDays: 1) }
    return NotificationDeadline(
      at: LondonTime(date: day, minutes: opens).instant, basis: .assumed(day),
      assumption: .noCalendar)
  }

  private static func assumption(
    about day: LocalDate, at school: SchoolCalendar
  ) -> Assumption? {
    if day < school.known.lowerBound { return .beforeCalendar(school.known.lowerBound) }
    if day > school.known.upperBound { return .beyondCalendar(school.known.upperBound) }
    return school.doubt(about: day).map(Assumption.inDoubt)
  }

  /// - Parameter isOpen: whether what the calendar says of the day may be wrong.
  private static func mayHaveSchool(
    _ day: LocalDate, at school: SchoolCalendar, isOpen: Bool
  ) -> Bool {
    do {
      switch try school.status(of: day) {
      case .schoolDay: return true
      case .weekend, .bankHoliday: return false
      case .holiday, .insetDay: return isOpen
      }
    } catch {
      return !day.isWeekend
    }
  }
}

extension Deferral {
  /// Who is told at once beside the school, which is told by its deadline all the same.
  public func officer(for incident: Instant, at school: SchoolCalendar) -> AgencyID? {
    let due = NotificationDeadline.due(after: incident, at: school)
    let (from, until) = (LondonTime(incident), LondonTime(due.at))
    guard from.date < until.date else { return nil }
    let between = SchoolCalendar.days(from.date...until.date.advanced(byDays: -1))
    let isHoliday = between.contains { day in
      switch try? school.status(of: day) {
      case .holiday, .bankHoliday, .insetDay: true
      default: false
      }
    }
    if isHoliday { return coversHolidays ? officer : nil }
    return coversWeekends && between.contains { $0.isWeekend } ? officer : nil
  }

  /// When the officer is due to have been told: by the morning after, whatever day that is.
  public func deadline(after incident: Instant) -> Instant {
    let (local, opens) = (LondonTime(incident), NotificationDeadline.usualOpening)
    let day = local.minutes < opens ? local.date : local.date.advanced(byDays: 1)
    return LondonTime(date: day, minutes: opens).instant
  }
}
