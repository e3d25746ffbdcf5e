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

  /// What a deadline follows from.
  public enum Basis: Hashable, Sendable {
    /// It happened while the school was open.
    case duringSchool
    /// The school day that begins then.
    case schoolDay(LocalDate)
    /// The calendar does not say: the next weekday that it does not call closed.
    case assumed(LocalDate)
  }

  /// When a school opens of which nothing is known, in minutes since midnight in London.
  public static let usualOpening = 8 * 60 + 45

  /// Whether a person should look: the calendar has no answer.
  public var isAssumed: Bool { if case .assumed = basis { true } else { false } }

  /// The latest moment to tell a school of an incident. Where the calendar does not reach that far
  /// it is due on the next weekday, and says so: nothing is ever undated.
  public static func due(
    after incident: Instant, at school: SchoolCalendar
  ) -> NotificationDeadline {
    let local = LondonTime(incident)
    if (try? school.status(of: local.date)) == .schoolDay, local.minutes < school.closes {
      if local.minutes >= school.opens {
        return NotificationDeadline(at: incident, basis: .duringSchool)
      }
      return opening(of: school, on: local.date, .schoolDay(local.date))
    }
    if let day = try? school.nextSchoolDay(after: local.date) {
      return opening(of: school, on: day, .schoolDay(day))
    }
    let day = firstPossible(from: local, at: school)
    return opening(of: school, on: day, .assumed(day))
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
      at: LondonTime(date: day, minutes: opens).instant, basis: .assumed(day))
  }

  /// The first weekday that the calendar does not know to be closed.
  private static func firstPossible(from local: LondonTime, at school: SchoolCalendar) -> LocalDate
  {
    var day = local.minutes < school.opens ? local.date : local.date.advanced(byDays: 1)
    while true {
      do {
        if try school.status(of: day) == .schoolDay { return day }
      } catch {
        if !day.isWeekend { return day }
      }
      day = day.advanced(byDays: 1)
    }
  }

  private static func opening(
    of school: SchoolCalendar, on day: LocalDate, _ basis: Basis
  ) -> NotificationDeadline {
    NotificationDeadline(at: LondonTime(date: day, minutes: school.opens).instant, basis: basis)
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
