import Agreements
import Casework
import Node
import Records
import Replica

/// What has to hold of notifications once everything has come to rest.
extension World {
  /// How long after a fault's end something may still be held up by it.
  private var aftermath: Int64 { (scenario.redial ?? 30_000 * scale) + 6 * scenario.tick }

  func checkCasework() throws {
    counts.checked[.casework, default: 0] += 1
    let obstacles = Obstacles(plan.actions, aftermath: aftermath)
    for issuer in Set(caseBook.cases.values.map(\.issuer)).sorted() {
      guard failure == nil, let desk = desk(at: issuer, drawing: 0xC4EC) else { return }
      let mine = caseBook.cases.filter { $0.value.issuer == issuer }
      let found = try desk.notifications().filter { $0.issuer == desk.agency }
      if let twice = found.first(where: { mine[$0.id] == nil }) {
        return fail(.casework, "nobody was told that notification \(twice.id) was issued")
      }
      guard found.count == mine.count else {
        return fail(
          .casework, "\(mine.count - found.count) notifications of \(desk.agency) are missing")
      }
      for notification in found {
        guard failure == nil, let booked = mine[notification.id] else { return }
        check(notification, booked)
        try checkSame(notification, booked)
        checkEscalation(notification, booked, obstacles, at: desk.now)
        count(notification, booked, obstacles)
      }
    }
    caseReport.repeated = caseBook.repeated
  }

  private func check(_ found: NotificationCase, _ booked: CaseBook.Case) {
    if found.school != booked.school || !booked.isMeanwhile && found.dueAt != booked.dueAt {
      fail(.casework, "notification \(found.id) is not as it was issued")
    }
    if (found.withdrawn != nil) != booked.isWithdrawn {
      fail(.casework, "notification \(found.id) is withdrawn on one side alone")
    }
    if found.withdrawn == nil, found.state < .delivered {
      fail(.casework, "notification \(found.id) never came to \(booked.school)")
    }
  }

  /// The school, or the officer, sees of it what the issuer sees.
  private func checkSame(_ found: NotificationCase, _ booked: CaseBook.Case) throws {
    guard let index = cast.index(of: booked.school),
      let desk = desk(at: index, drawing: 0xC4EC)
    else { return }
    let there = try desk.notification(found.id)
    if (there.state, there.escalation, there.withdrawn, there.dueAt)
      != (found.state, found.escalation, found.withdrawn, found.dueAt)
    {
      fail(.casework, "\(booked.school) sees another state of notification \(found.id)")
    }
  }

  private func checkEscalation(
    _ found: NotificationCase, _ booked: CaseBook.Case, _ obstacles: Obstacles, at now: Instant
  ) {
    guard let due = found.dueAt, let school = cast.index(of: booked.school) else { return }
    let policy = cast.agreement.escalation.map(EscalationPolicy.init) ?? EscalationPolicy()
    let start = max(due, found.issuedAt ?? due)
    let last = start.advanced(byMilliseconds: policy.hubAfter + 3 * scenario.tick)
    if found.withdrawn == nil, found.state < .opened, now > last, found.escalation < .hub {
      return fail(.casework, "notification \(found.id) waits unopened, and the hub is not told")
    }
    guard found.escalation > .none, let opened = found.reached(.opened),
      opened.advanced(byMilliseconds: 3 * scenario.tick) < due
    else { return }
    let span = sinceBeginning(opened)...sinceBeginning(due)
    if obstacles.cause(between: booked.issuer, school, during: span) == nil {
      fail(.casework, "notification \(found.id) was escalated although it was opened in time")
    }
  }

  private func count(
    _ found: NotificationCase, _ booked: CaseBook.Case, _ obstacles: Obstacles
  ) {
    if booked.isMeanwhile { return caseReport.meanwhile += 1 }
    caseReport.issued += 1
    if found.withdrawn != nil { caseReport.withdrawn += 1 }
    if found.state >= .opened { caseReport.opened += 1 }
    if found.state >= .actedOn { caseReport.actedOn += 1 }
    if found.escalation > .none { caseReport.escalated[found.escalation, default: 0] += 1 }
    guard found.withdrawn == nil || found.state >= .delivered, let wasInTime = found.wasInTime
    else { return }
    if let delivered = found.reached(.delivered) {
      caseReport.delays.append(sinceBeginning(delivered) - booked.issuedAt)
    }
    if wasInTime { return caseReport.inTime += 1 }
    guard let cause = cause(of: found, booked, obstacles) else {
      return fail(.casework, "notification \(found.id) came late, and nothing was in its way")
    }
    caseReport.late[cause, default: 0] += 1
  }

  private func cause(
    of found: NotificationCase, _ booked: CaseBook.Case, _ obstacles: Obstacles
  ) -> LateCause? {
    guard let school = cast.index(of: booked.school) else { return nil }
    if booked.dueAt == booked.occurredAt { return .dueAtOnce }
    let due = sinceBeginning(booked.dueAt)
    // A ledger is looked at once a tick, or soon after something came.
    let pause = cast.isLazy ? 4 * Self.ledgerPause : 2 * scenario.tick
    guard booked.issuedAt + pause < due else { return .issuedLate }
    if let cause = obstacles.cause(between: booked.issuer, school, during: booked.issuedAt...due) {
      return cause
    }
    guard let delivered = found.reached(.delivered) else { return nil }
    let error = obstacles.clockError(of: booked.issuer, school, at: sinceBeginning(delivered))
    // What is stamped in the future of the school's clock waits for its time, and then for the next tick.
    let isExplained = delivered.milliseconds - booked.dueAt.milliseconds <= error + scenario.tick
    return error > 0 && isExplained ? .clock : nil
  }
}
