import Agreements
import Casework
import Records
import Replica

/// When a notification is due. A deadline stands once it is issued, so a device that has no calendar of the
/// school says none: its agency's node, which has the calendars, does as soon as it hears.
extension CaseDesk {
  /// Whether this desk should rather say no deadline than one that it had to assume.
  func isLeftToAgency(_ deadline: NotificationDeadline) -> Bool {
    deadline.isAssumed && replica.me.isDevice
  }

  /// Who is told meanwhile, where the school is closed and the agreement says so.
  func deferral(
    after occurredAt: Instant, by calendar: SchoolCalendar?, told: AgencyID
  ) throws -> Deferral? {
    guard let calendar else { return nil }
    let found = try agreed(\.deferral).first { $0.officer(for: occurredAt, at: calendar) != nil }
    return found?.officer == told ? nil : found
  }

  /// Says when a notification is due that a device of this agency issued without a deadline, and tells
  /// whoever is to know meanwhile.
  func missingDeadline(of found: NotificationCase) throws -> [Edit] {
    guard !replica.me.isDevice, found.issuer == agency, found.dueAt == nil,
      let occurredAt = found.occurredAt, let school = found.school
    else { return [] }
    let calendar = try caseFiles.calendar(of: school)
    let deadline =
      calendar.map { NotificationDeadline.due(after: occurredAt, at: $0) }
      ?? .due(afterUnknown: occurredAt)
    var edits = [
      Edit(
        type: "notification", record: found.id,
        assignments: [.set(field: "due_at", text: "\(deadline.at)")])
    ]
    let other = CaseIDs.meanwhile(of: found.id)
    guard let child = found.child, (try? caseRecord(other, type: "notification")) == nil,
      let deferral = try deferral(after: occurredAt, by: calendar, told: school)
    else { return edits }
    var request = NotifyRequest(child: child)
    request.incident = found.incident
    request.context = try caseRecord(found.id, type: "notification").text("context")
    var issue = Issue(
      request: request, id: found.id, school: school, occurredAt: occurredAt, issuedAt: now)
    issue.tellMeanwhile(deferral, until: deadline.at)
    edits += issue.edits
    return edits
  }
}

extension Issue {
  /// Turns it into what an officer is told while the school is closed.
  mutating func tellMeanwhile(_ deferral: Deferral, until opening: Instant) {
    id = CaseIDs.meanwhile(of: id)
    school = deferral.officer
    sentBy = nil
    dueAt = deferral.deadline(after: occurredAt)
    guidance = "The school is closed until \(opening); look after the child meanwhile."
  }
}
