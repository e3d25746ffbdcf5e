import Agreements
import FoundationEssentials
import GRDB
import Records

extension Store {
  /// Whether another node may have a write that is here, and by which rule.
  func disclosure(of logged: LoggedWrite, to peer: NodeName, now: Instant) throws -> Decision {
    if isWithinAgency(peer) { return try ownDisclosure(of: logged, to: peer) }
    let (header, agency) = (logged.header, peer.agency)
    let decision = try mayRead(
      agency, logged.write.field, of: header.record, type: header.recordType, now: now,
      own: header.author == me.agency ? header : nil)
    if header.author == agency { return decision.overruled(by: .author) }
    guard decision.isAllowed else { return decision }
    if header.author != me.agency, let kept = try notOnward(logged.at),
      try !came(logged.at, from: agency)
    {
      return decision.overruled(by: .notOnward(grants: kept))
    }
    if case .reference(let target) = logged.write.value,
      try !maySeeSomething(of: target, agency, now: now)
    {
      return decision.overruled(
        by: try isSealed(target, from: agency) ? .restricted : .hiddenTarget)
    }
    return decision
  }

  /// Whether an agency may read a field of a record from this node, whoever wrote it.
  /// - Parameter own: the change, where this agency wrote it.
  func mayRead(
    _ agency: AgencyID, _ field: String, of record: RecordID, type: String, now: Instant,
    own: ChangeHeader? = nil
  ) throws -> Decision {
    let circumstances = Circumstances(
      routedBy: try route(of: record, to: agency),
      isRestricted: try isRestricted(field, of: record, from: agency), now: now,
      sender: Circumstances.Sender(me.agency, own: own))
    let decision = partnership.mayRead(
      agency, field, of: type, circumstances, remembering: memory.decisions)
    // What concerns an agency only through a record that is sealed from it is sealed with it.
    guard case .notRouted = decision.rule,
      try route(of: record, to: agency, throughSealed: true) != nil
    else { return decision }
    return decision.overruled(by: .restricted)
  }

  /// Whether an agency gave a write to this node: one that has lost it may have it back.
  private func came(_ write: WritePlace, from agency: AgencyID) throws -> Bool {
    try held(write).contains { $0.reason.sender == NodeName(agency: agency) }
  }

  /// The grants under which a write is here, where none of them lets it be passed on.
  private func notOnward(_ write: WritePlace) throws -> [String]? {
    let reasons = try held(write).map(\.reason)
    let isOnward = reasons.contains {
      partnership.isOnward(grant: $0.grant, agreement: $0.agreement)
    }
    return isOnward ? nil : Set(reasons.map(\.grant)).sorted()
  }

  /// A reference tells that its target exists. It goes only to whom some value of the target may go.
  private func maySeeSomething(
    of target: RecordID, _ agency: AgencyID, now: Instant
  ) throws -> Bool {
    guard let type = try type(of: target) else { return false }
    return try fieldsWithValues(of: target).contains {
      try mayRead(agency, $0, of: target, type: type, now: now).isAllowed
    }
  }
}
