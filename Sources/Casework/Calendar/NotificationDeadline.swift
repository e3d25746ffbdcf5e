public import Records

/// When a school has to be told.
///
/// The Domestic Abuse Act 2021 s.49A asks for "as soon as is reasonably practicable"; the practice of
/// Operation Encompass is before the next school day of that school begins (CAFADA briefing). What
/// happens within school hours is due at once.
public enum NotificationDeadline {
  /// The latest moment to tell a school of an incident.
  /// - Throws: `CalendarError.unknownDay` where the calendar ends before the next school day.
  public static func due(
    after incident: Instant, at school: SchoolCalendar
  ) throws(CalendarError) -> Instant {
    let local = LondonTime(incident)
    guard try school.status(of: local.date) == .schoolDay, local.minutes < school.closes else {
      let day = try school.nextSchoolDay(after: local.date)
      return LondonTime(date: day, minutes: school.opens).instant
    }
    if local.minutes >= school.opens { return incident }
    return LondonTime(date: local.date, minutes: school.opens).instant
  }
}
