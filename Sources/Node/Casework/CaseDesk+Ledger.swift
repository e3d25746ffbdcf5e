import Agreements
public import Casework
public import Records
import Replica

/// What a clock brings about.
extension CaseDesk {
  /// Enters that notifications have arrived here, how far those that this agency issued have to be
  /// escalated, which releases are over, and which files have to be chased.
  /// - Parameter open: what was open when it was kept last; brought up to date.
  /// - Returns: how many entries were made, when something will be due next, and what waits for somebody
  ///   at this agency, each with how far it is escalated.
  /// - Throws: `ReplicaError`.
  public func keepLedger(
    _ open: inout OpenCases
  ) throws -> (entered: Int, next: Instant?, waiting: [RecordID: EscalationStep]) {
    let due = try dueEntries(&open)
    let others = try endedReleases() + dueChases()
    return (try putEach(due.edits + others), due.next, due.waiting)
  }

  /// When unopened notifications go on, as the first agreement says that says anything.
  private func escalationPolicy() throws -> EscalationPolicy {
    try agreed(\.escalation).first.map(EscalationPolicy.init) ?? EscalationPolicy()
  }

  private func dueEntries(
    _ open: inout OpenCases
  ) throws -> (edits: [Edit], next: Instant?, waiting: [RecordID: EscalationStep]) {
    let (now, policy) = (now, try escalationPolicy())
    var edits: [Edit] = []
    var next: Instant?
    var waiting: [RecordID: EscalationStep] = [:]
    let me = agency
    // What a device issued waits for its deadline, what a force passed on until the school has acted.
    let isDone = { (found: NotificationCase) in
      if found.withdrawn != nil { return true }
      let last = found.school == me && me.namedKind == .police ? DeliveryState.actedOn : .opened
      return found.state >= last && (found.dueAt != nil || found.issuer != me)
    }
    for found in try open.look(at: self, isDone: isDone) {
      edits += try missingDeadline(of: found) + passedOn(found)
      guard found.state < .opened else { continue }
      if found.waits(at: agency) { waiting[found.id] = found.escalation }
      if found.school == agency, found.state < .delivered {
        edits.append(ledgerEdit(of: found, [.delivered], by: nil, person: nil))
      }
      guard found.issuer == agency, found.state < .opened, let school = found.school else {
        continue
      }
      let readiness = try open.readiness(of: school, at: self)
      let step = policy.step(for: found, readiness: readiness, at: now)
      if step > found.escalation {
        if step == .hub { waiting[found.id] = step }
        edits.append(
          Edit(
            type: "notification", record: found.id,
            assignments: [.set(field: "escalation", text: step.rawValue)]))
      }
      if let later = policy.next(for: found, readiness: readiness, after: now) {
        next = min(next ?? later, later)
      }
    }
    return (edits, next, waiting)
  }

  /// What the school has said of a notification that this force passed on: the force that it came from
  /// hears that it was acted on once the school has, and not before (domain rules 5 and 8).
  private func passedOn(_ found: NotificationCase) throws -> [Edit] {
    guard found.school == agency, agency.namedKind == .police, found.state < .actedOn,
      let passed = try? notification(CaseIDs.passedOn(found.id)), passed.state == .actedOn
    else { return [] }
    return [ledgerEdit(of: found, [.actedOn], by: nil, person: nil)]
  }
}
