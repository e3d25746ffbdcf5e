import Agreements
import FoundationEssentials
import GRDB
import Records

extension Store {
  /// What holds between this node and a peer: versions in force, next ones that lack signatures,
  /// whether one of the two is suspended or has left, what was released. What the peer may see can
  /// change with them alone, and with the time.
  func terms(for peer: NodeName, at now: Instant) throws -> Data {
    var terms = sharedTerms(with: peer, at: now).reduce(into: Data()) { digests, term in
      digests.append(term.agreement.digest.bytes)
      if let next = partnership.pending[term.agreement.lineage] {
        digests.append(next.agreement.digest.bytes)
      }
    }
    for lineage in partnership.standings.keys.sorted() {
      for agency in [me.agency, peer.agency] {
        terms.append(partnership.standing(of: agency, in: lineage).summary(at: now))
      }
    }
    for release in partnership.releases.values.joined().filter({ $0.agency == me.agency })
      .sorted(by: { $0.document.id < $1.document.id })
    {
      terms.append(release.document.id.bytes)
    }
    if isOwnDevice(peer) { try terms.append(scopeDigest(of: peer)) }
    // Once the peer can read it, what was kept back goes.
    if try !knowsDevices(peer) { terms.append(0) }
    return terms
  }

  /// The agreements in force to which both this node and a peer are parties.
  func sharedTerms(with peer: NodeName, at now: Instant) -> [Partnership.Term] {
    partnership.terms(at: now).filter { term in
      now < term.agreement.endsAt
        && [me.agency, peer.agency].allSatisfy {
          partnership.card(of: $0, in: term.agreement) != nil
        }
    }
  }

  /// What was sent while the peer may have refused it, one side knowing sooner than the other that a
  /// version or a party had ceased to count, counts as not sent: what of it may go now goes again.
  func forgetRefused(by peer: NodeName, now: Instant) throws {
    let drift = ReplicaLimits().driftMilliseconds
    for lineage in partnership.lineages.keys.sorted() {
      let versions = (partnership.lineages[lineage] ?? []).map(\.agreement)
      var periods: [(agreement: Digest, since: Instant, end: Instant?)] = []
      for (version, next) in zip(versions, versions.dropFirst()) {
        periods.append((version.digest, next.startsAt, nil))
      }
      for agency in [me.agency, peer.agency] {
        for lapse in partnership.standing(of: agency, in: lineage).lapses(until: now) {
          periods += versions.map { ($0.digest, lapse.since, lapse.end) }
        }
      }
      for (agreement, since, end) in periods {
        let last = end?.advanced(byMilliseconds: drift).milliseconds ?? .max
        try run(
          """
          UPDATE disclosure SET resend = 1, refused = 'superseded', retry_at = ?,
          was_had = was_had OR resend = 0 AND NOT EXISTS (
            SELECT 1 FROM outgoing u WHERE u.peer = disclosure.peer AND u.change = disclosure.change)
          WHERE peer = ? AND reason IN (SELECT no FROM reason WHERE sender = '' AND agreement = ?)
          AND at >= ? AND at <= ? AND retracted_at IS NULL
          """,
          [
            now.milliseconds, peer.description, agreement.bytes,
            since.advanced(byMilliseconds: -drift).milliseconds, last,
          ])
      }
    }
  }

  /// Whether a change is held as late whose author takes part everywhere again.
  func someLateAuthorIsBack(at now: Instant) throws -> Bool {
    try rows(
      "SELECT DISTINCT author FROM quarantine WHERE is_held = 1 AND reason = ?", [Objection.late]
    ).contains { !partnership.hasLapsed(try $0.agency("author"), at: now) }
  }

  /// A notice as far as it may have an effect here: under an agreement that was adopted, with a
  /// signature that holds.
  func acceptable(notice document: SignedDocument) -> SignedDocument? {
    let lineage: String?
    switch document.kind {
    case .suspension: lineage = (try? Suspension(document, source: "suspension"))?.lineage
    case .exit: lineage = (try? Exit(document, source: "exit"))?.lineage
    case .release: lineage = (try? Release(document, source: "release"))?.lineage
    default: lineage = nil
    }
    guard let lineage, partnership.lineages[lineage] != nil else { return nil }
    return partnership.keepingSignatures(of: document)
  }
}
