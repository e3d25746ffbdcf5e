import Agreements
import Foundation
import Node
import Records
import Replica

struct AgreementFacts: Encodable {
  struct GrantFacts: Encodable {
    let id: String
    let to: String
    let read: [String]
    let write: [String]
    let routed: Bool
    let onward: Bool
  }

  /// A party that takes no part: suspended, or gone.
  struct LapseFacts: Encodable {
    let agency: String
    let state: String
    let since: String
    let accept_until: String
  }

  let agreement: String
  let version: Int
  let digest: String
  let purpose: String
  let legal_basis: [String]
  let starts: String
  let review: String?
  let ends: String
  let principals: [String]
  let members: [String]
  let lapses: [LapseFacts]
  let missing_signatures: [String]
  let grants: [GrantFacts]

  init(_ agreed: Agreement, _ partnership: Partnership, at now: Instant) {
    agreement = agreed.lineage
    version = agreed.version
    digest = agreed.digest.description
    purpose = agreed.purpose
    legal_basis = agreed.legalBasis
    starts = agreed.starts.description
    review = agreed.review?.description
    ends = agreed.ends.description
    principals = agreed.principals.map(\.description)
    members = (partnership.members[agreed.lineage] ?? [:]).keys.sorted().map(\.description)
    lapses = partnership.parties.compactMap { agency in
      partnership.lapse(of: agency, in: agreed.lineage, at: now).map {
        LapseFacts(
          agency: agency.description, state: $0.kind.rawValue, since: $0.since.description,
          accept_until: $0.acceptUntil.description)
      }
    }
    missing_signatures = agreed.missingSignatures.map(\.description)
    grants = agreed.grants.map { grant in
      let recipient =
        switch grant.recipient {
        case .kind(let kind): "kind \(kind.rawValue)"
        case .agency(let agency): agency.description
        }
      return GrantFacts(
        id: grant.id, to: recipient, read: grant.read.map(\.description),
        write: grant.write.map(\.description), routed: grant.isRouted, onward: grant.isOnward)
    }
  }

  var text: String {
    var lines = [
      "\(agreement), version \(version): \(purpose)",
      "  in force \(starts) to \(ends)" + (review.map { ", review \($0)" } ?? ""),
      "  legal basis: \(legal_basis.joined(separator: "; "))",
      "  principals: \(principals.map(standing).joined(separator: ", "))",
      "  members: \(members.isEmpty ? "none yet" : members.map(standing).joined(separator: ", "))",
    ]
    for grant in grants {
      lines.append("  grant \(grant.id) to \(grant.to)\(grant.routed ? ", routed" : "")")
      if !grant.read.isEmpty { lines.append("    reads \(grant.read.joined(separator: ", "))") }
      if !grant.write.isEmpty { lines.append("    writes \(grant.write.joined(separator: ", "))") }
    }
    return lines.joined(separator: "\n")
  }

  private func standing(_ agency: String) -> String {
    let lapse = lapses.first { $0.agency == agency }
    return agency + (lapse.map { " (\($0.state) since \($0.since))" } ?? "")
  }
}

struct StatusFacts: Encodable {
  struct LinkFacts: Encodable {
    let agency: String
    let connected: Bool
    let waiting: Int
    let last_sync: String?

    /// Every key is always there: scripts read `last_sync` as null before the first sync.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(agency, forKey: .agency)
      try container.encode(connected, forKey: .connected)
      try container.encode(waiting, forKey: .waiting)
      try container.encode(last_sync, forKey: .last_sync)
    }

    private enum CodingKeys: CodingKey { case agency, connected, waiting, last_sync }
  }

  let agency: String
  let agreement: String?
  let version: Int?
  let running: Bool
  let links: [LinkFacts]
  let quarantined: Int
  let conflicts: Int
  /// Agencies from which this node, restored from a backup, has still to learn what it lost.
  let relearning: [String]
  let warnings: [String]

  init(_ node: LocalNode) async throws {
    let now = node.clock.now()
    let partnership = try node.replica.partnership()
    let connected = await node.connectedPeers()
    let syncs = try node.replica.lastSyncs()
    let term = partnership.terms(at: now).first
    agency = node.agency.description
    agreement = term?.agreement.lineage
    version = term?.agreement.version
    running = connected != nil
    links = try partnership.peers(of: node.agency, at: now).map { peer in
      let name = NodeName(agency: peer)
      return LinkFacts(
        agency: peer.description, connected: connected?.contains(peer) ?? false,
        waiting: try node.replica.waiting(for: name, now: now),
        last_sync: syncs[name]?.description)
    }
    quarantined = try node.replica.quarantine().count
    relearning = try node.replica.relearning().map(\.description)
    conflicts = try relearning.isEmpty ? node.replica.conflicts().count : 0
    warnings = partnership.warnings(at: now)
  }

  var text: String {
    var lines = ["\(agency), \(running ? "running" : "not running")"]
    lines.append(agreement.map { "agreement \($0), version \(version ?? 0)" } ?? "no agreement yet")
    for link in links {
      let state = link.connected ? "connected" : "not connected"
      let last = link.last_sync.map { "last in step \($0)" } ?? "never in step"
      lines.append("  \(link.agency): \(state), \(link.waiting) waiting, \(last)")
    }
    lines.append("\(quarantined) kept aside, \(conflicts) waiting for a choice")
    if !relearning.isEmpty {
      lines.append(
        "Restored from a backup: waiting for \(relearning.joined(separator: ", ")) to tell what it "
          + "lost; until then nothing is shown, written or sent")
    }
    lines += warnings.map { "Warning: \($0)" }
    return lines.joined(separator: "\n")
  }
}
