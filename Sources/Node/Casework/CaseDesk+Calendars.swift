public import Casework
import Records

extension CaseDesk {
  /// Calendars that end soon or have ended, for whoever looks after the node; the pages' first one may
  /// show them too.
  /// - Throws: `CalendarError` or `NodeError`.
  public func endingCalendars() throws -> [EndingCalendar] {
    try caseFiles.endingCalendars(on: LondonTime(now).date)
  }

  /// Why a person should look at a notification's deadline: its school's calendar, as it is here today,
  /// does not say when it was due. It is asked anew each time, so that the flag lasts as long as its cause
  /// and no longer.
  /// - Throws: `CalendarError` or `NodeError`.
  public func assumption(
    about found: NotificationCase
  ) throws -> NotificationDeadline.Assumption? {
    guard let school = found.school, let occurredAt = found.occurredAt else { return nil }
    guard let calendar = try caseFiles.calendar(of: school) else {
      // Who was sent it cannot know what calendar its issuer went by.
      return found.issuer == agency ? .noCalendar : nil
    }
    return NotificationDeadline.due(after: occurredAt, at: calendar).assumption
  }
}
