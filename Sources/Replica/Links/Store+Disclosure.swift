import Agreements
import FoundationEssentials
import GRDB
import Records

extension Store {
  /// Whether another agency may have a write that is here, and by which rule.
  func disclosure(of logged: LoggedWrite, to agency: AgencyID, now: Instant) throws -> Decision {
    let header = logged.header
    let decision = try mayRead(
      agency, logged.write.field, of: header.record, type: header.recordType, now: now)
    if header.author == agency { return decision.overruled(by: .author) }
    guard decision.isAllowed else { return decision }
    if header.author != me.agency, let kept = try notOnward(logged.id) {
      return decision.overruled(by: .notOnward(grants: kept))
    }
    if case .reference(let target) = logged.write.value,
      try !maySeeSomething(of: target, agency, now: now)
    {
      return decision.overruled(
        by: try isRestricted(target, from: agency) ? .restricted : .hiddenTarget)
    }
    return decision
  }

  /// Whether an agency may read a field of a record, whoever wrote it.
  func mayRead(
    _ agency: AgencyID, _ field: String, of record: RecordID, type: String, now: Instant
  ) throws -> Decision {
    let open = try route(of: record, to: agency)
    // What concerns an agency only through a record that is sealed from it is sealed with it.
    let sealed = try open == nil ? route(of: record, to: agency, throughSealed: true) : nil
    let circumstances = Circumstances(
      routedBy: open ?? sealed,
      isRestricted: try sealed != nil || isRestricted(record, from: agency), now: now)
    return partnership.mayRead(agency, field, of: type, from: me.agency, circumstances)
  }

  /// The grants under which a write is here, where none of them lets it be passed on.
  private func notOnward(_ write: WriteID) throws -> [String]? {
    var grants: [String] = []
    for row in try rows("SELECT * FROM justification WHERE write_id = ?", [write.bytes]) {
      let grant: String = row["grant_id"]
      if partnership.isOnward(grant: grant, agreement: try row.id("agreement")) { return nil }
      grants.append(grant)
    }
    return Array(Set(grants)).sorted()
  }

  /// A reference tells that its target exists. It goes only to whom some value of the target may go.
  private func maySeeSomething(
    of target: RecordID, _ agency: AgencyID, now: Instant
  ) throws -> Bool {
    guard let type = try type(of: target) else { return false }
    for row in try rows(
      """
      SELECT DISTINCT cell.field FROM cell JOIN opening o ON o.write_id = cell.write_id
      WHERE cell.record = ? AND o.basis IS NULL
      """, [target.bytes])
    {
      if try mayRead(agency, row["field"], of: target, type: type, now: now).isAllowed {
        return true
      }
    }
    return false
  }
}
