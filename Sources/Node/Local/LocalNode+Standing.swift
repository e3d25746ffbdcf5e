public import Agreements
import Foundation
public import Records
import Replica

extension LocalNode {
  /// How long what an agency wrote before may still come in: practitioners are offline for days.
  public static let acceptDays = 14

  /// Suspends members that this agency may admit, all or none: from now on nothing is shared with them, and nothing
  /// that they write counts.
  /// - Parameter lineage: under which agreement, where a member has several.
  /// - Returns: what was signed, in the same order; it travels like every document.
  /// - Throws: `NodeError` where this agency may not do so, or one of them is suspended already.
  public func suspend(
    _ members: [AgencyID], acceptDays: Int, reason: String?, under lineage: String?
  ) throws -> [Suspension] {
    try sign(.suspended, members, acceptDays: acceptDays, reason: reason, under: lineage)
  }

  /// Ends members' suspension, of all or of none: what became permitted again is sent.
  /// - Throws: `NodeError` where this agency may not do so, or one of them is not suspended.
  public func reinstate(
    _ members: [AgencyID], reason: String?, under lineage: String?
  ) throws -> [Suspension] {
    try sign(.reinstated, members, acceptDays: 0, reason: reason, under: lineage)
  }

  /// Leaves an agreement, for good: from now on this agency shares nothing and gets nothing. What it
  /// wrote before still goes out.
  /// - Throws: `NodeError` where it is no party, or has left already.
  public func leave(acceptDays: Int, under lineage: String?) throws -> Exit {
    _ = try authority()
    let partnership = try replica.partnership()
    let now = clock.now()
    let agreement = try one(
      partnership.terms(at: now).map(\.agreement).filter {
        partnership.card(of: agency, in: $0) != nil
      }, under: lineage, none: "\(agency) is a party to no agreement here")
    if let lapse = partnership.lapse(of: agency, in: agreement.lineage, at: now),
      lapse.kind == .left
    {
      throw NodeError("\(agency) has left \(agreement.lineage) already, at \(lapse.since)")
    }
    let versions = (partnership.lineages[agreement.lineage] ?? []).map(\.agreement.version)
    let signed = partnership.pending[agreement.lineage]?.agreement.version
    // Stamps may be ahead of the clock; all that was written here up to now is to count.
    let latest = try replica.latestStamp().instant.advanced(byMilliseconds: 1)
    let document = try Exit.document(
      from: agreement.lineage, version: (versions + [signed].compactMap { $0 }).max() ?? 1,
      of: agency, try cutoff(from: max(now, latest), days: acceptDays), key: keys.signing)
    try replica.adopt([document], now: now)
    return try Exit(document, source: "exit")
  }

  /// Signs that a change counts although it came late: every node then takes it in.
  /// - Parameter author: who wrote it.
  /// - Throws: `NodeError` where this agency is no principal, `ReplicaError` where the author is it.
  public func release(
    _ change: ChangeID, by author: AgencyID, reason: String?, under lineage: String?
  ) throws -> Release {
    _ = try authority()
    let partnership = try replica.partnership()
    let agreement = try one(
      partnership.terms(at: clock.now()).map(\.agreement).filter {
        $0.principals.contains(agency) && partnership.card(of: author, in: $0) != nil
      }, under: lineage, none: "\(agency) is no principal of an agreement with \(author)")
    let document = try Release.document(
      of: change, by: author, under: agreement.lineage, reasonCode: reason, signedBy: agency,
      key: keys.signing)
    try replica.adopt([document], now: clock.now())
    return try Release(document, source: "release")
  }

  /// Signs for all of them, and then takes in what was signed in one transaction: for each by itself all that is
  /// agreed would be read anew.
  private func sign(
    _ state: Suspension.State, _ members: [AgencyID], acceptDays: Int, reason: String?,
    under lineage: String?
  ) throws -> [Suspension] {
    _ = try authority()
    guard Set(members).count == members.count else {
      throw NodeError("an agency is named twice")
    }
    let partnership = try replica.partnership()
    let now = clock.now()
    let documents = try members.map { member in
      try notice(
        state, member, try cutoff(from: now, days: acceptDays), reason, under: lineage, partnership)
    }
    try replica.adopt(documents, now: now)
    return try documents.map { try Suspension($0, source: "suspension") }
  }

  private func notice(
    _ state: Suspension.State, _ member: AgencyID, _ cutoff: Cutoff, _ reason: String?,
    under lineage: String?, _ partnership: Partnership
  ) throws -> SignedDocument {
    let now = cutoff.effective
    let agreement = try self.agreement(admitting: member, partnership, under: lineage, now: now)
    let standing = partnership.standing(of: member, in: agreement.lineage)
    let lapse = standing.lapse(at: now)
    if let lapse, lapse.kind == .left {
      throw NodeError("\(member) has left \(agreement.lineage), at \(lapse.since)")
    }
    switch (state, lapse) {
    case (.suspended, let lapse?):
      throw NodeError("\(member) is suspended already, since \(lapse.since)")
    case (.reinstated, nil): throw NodeError("\(member) is not suspended")
    default: break
    }
    return try Suspension.document(
      Suspension.Terms(
        lineage: agreement.lineage, agency: member, state: state, serial: standing.nextSerial,
        cutoff: cutoff, reasonCode: reason),
      by: agency, key: keys.signing)
  }

  private func agreement(
    admitting member: AgencyID, _ partnership: Partnership, under lineage: String?, now: Instant
  ) throws -> Agreement {
    let running = partnership.terms(at: now).map(\.agreement).filter { now < $0.endsAt }
    if running.contains(where: { $0.principals.contains(member) }) {
      throw NodeError(
        "\(member) is a principal: it leaves by itself (concord leave), or a next version drops it")
    }
    let memberships = running.compactMap { agreement in
      partnership.card(of: member, in: agreement).map { (agreement, $0.kind) }
    }
    guard let kind = memberships.first?.1 else {
      throw NodeError("\(member) is no member under an agreement here")
    }
    let mine = memberships.filter { $0.0.admits[$0.1]?.contains(agency) == true }.map(\.0)
    return try one(
      mine, under: lineage,
      none: "no agreement here lets \(agency) admit an agency of kind \(kind.rawValue), so it may "
        + "not suspend one either")
  }

  private func one(
    _ agreements: [Agreement], under lineage: String?, none: String
  ) throws -> Agreement {
    let named = agreements.filter { lineage == nil || $0.lineage == lineage }
    guard let first = named.first else { throw NodeError(none) }
    guard named.count == 1 else {
      let names = named.map(\.lineage).joined(separator: ", ")
      throw NodeError("there are several agreements: say which (--agreement NAME): \(names)")
    }
    return first
  }

  private func cutoff(from effective: Instant, days: Int) throws -> Cutoff {
    let until = effective.advanced(byMilliseconds: Int64(clamping: days) * 86_400_000)
    guard let cutoff = Cutoff(effective: effective, acceptUntil: until) else {
      throw NodeError("--accept-days: expected 0 or more")
    }
    return cutoff
  }
}
