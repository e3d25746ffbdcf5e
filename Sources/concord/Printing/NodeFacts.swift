import Agreements
import Foundation
import Node
import Records
import Replica

struct AgreementFacts: Encodable {
  struct GrantFacts: Encodable {
    let id: String
    let to: RecipientFacts
    let read: [String]
    let write: [String]
    let lower: [String]
    let routed: Bool
    let onward: Bool
    let purpose: String?
    let legal_basis: [String]
  }

  /// Whom a grant is for: exactly one of the two.
  struct RecipientFacts: Encodable {
    var kind: String?
    var agency: String?

    init(_ recipient: Grant.Recipient) {
      switch recipient {
      case .kind(let kind): self.kind = kind.rawValue
      case .agency(let agency): self.agency = agency.description
      }
    }

    var text: String { kind.map { "kind \($0)" } ?? agency ?? "" }
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
  /// Who may admit members of a kind.
  let admits: [String: [String]]
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
    admits = Dictionary(
      uniqueKeysWithValues: agreed.admits.map { ($0.key.rawValue, $0.value.map(\.description)) })
    missing_signatures = agreed.missingSignatures.map(\.description)
    grants = agreed.grants.map { grant in
      GrantFacts(
        id: grant.id, to: RecipientFacts(grant.recipient), read: grant.read.map(\.description),
        write: grant.write.map(\.description), lower: grant.lower.map(\.description),
        routed: grant.isRouted, onward: grant.isOnward, purpose: grant.purpose,
        legal_basis: grant.legalBasis)
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
    for (kind, admitters) in admits.sorted(by: { $0.key < $1.key }) {
      lines.append("  a \(kind) is admitted by \(admitters.joined(separator: " or "))")
    }
    for grant in grants { lines += text(grant) }
    return lines.map(PrintableText.shown).joined(separator: "\n")
  }
}

extension AgreementFacts {
  private func text(_ grant: GrantFacts) -> [String] {
    let routed = grant.routed ? ", of records that concern it" : ""
    let onward = grant.onward ? ", and may pass on what it reads" : ""
    var lines = ["  grant \(grant.id) to \(grant.to.text)\(routed)\(onward)"]
    for (word, fields) in [
      ("reads", grant.read), ("writes", grant.write), ("may lower", grant.lower),
    ] where !fields.isEmpty {
      lines.append("    \(word) \(fields.joined(separator: ", "))")
    }
    if let purpose = grant.purpose { lines.append("    purpose: \(purpose)") }
    if !grant.legal_basis.isEmpty {
      lines.append("    legal basis: \(grant.legal_basis.joined(separator: "; "))")
    }
    return lines
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

  /// One of the agency's devices that is let in now.
  struct DeviceLinkFacts: Encodable {
    let device: String
    let connected: Bool
    let waiting: Int
    let last_sync: String?
  }

  let agency: String
  /// Which of the agency's devices this is; absent at its own node.
  let device: String?
  let agreement: String?
  let version: Int?
  let running: Bool
  let links: [LinkFacts]
  let devices: [DeviceLinkFacts]
  let quarantined: Int
  let conflicts: Int
  /// Agencies from which this node, restored from a backup, has still to learn what it lost.
  let relearning: [String]
  let warnings: [String]

  init(_ node: LocalNode) async throws {
    let now = node.clock.now()
    let partnership = try node.replica.partnership()
    let connected = await node.connectedNodes()
    let syncs = try node.replica.lastSyncs()
    let term = partnership.terms(at: now).first
    agency = node.agency.description
    agreement = term?.agreement.lineage
    version = term?.agreement.version
    running = connected != nil
    links = try node.peers().map { peer in
      let name = NodeName(agency: peer)
      return LinkFacts(
        agency: peer.description, connected: connected?.contains(name) ?? false,
        waiting: try node.replica.waiting(for: name, now: now),
        last_sync: syncs[name]?.description)
    }
    device = node.configuration.device
    devices =
      try node.configuration.device == nil
      ? node.devices().filter(\.counts).map { device in
        DeviceLinkFacts(
          device: device.node.node, connected: connected?.contains(device.node) ?? false,
          waiting: try node.replica.waiting(for: device.node, now: now),
          last_sync: syncs[device.node]?.description)
      } : []
    quarantined = try node.replica.quarantine().count
    relearning = try node.replica.relearning().map(\.description)
    conflicts = try relearning.isEmpty ? node.replica.conflicts().count : 0
    warnings =
      partnership.warnings(at: now) + (try node.replica.quarantineOverflow().map(\.text))
  }

  var text: String {
    let name = agency + (device.map { "/\($0)" } ?? "")
    var lines = ["\(name), \(running ? "running" : "not running")"]
    lines.append(agreement.map { "agreement \($0), version \(version ?? 0)" } ?? "no agreement yet")
    for link in links {
      let state = link.connected ? "connected" : "not connected"
      let last = link.last_sync.map { "last in step \($0)" } ?? "never in step"
      lines.append("  \(link.agency): \(state), \(link.waiting) waiting, \(last)")
    }
    for device in devices {
      let state = device.connected ? "connected" : "not connected"
      let last = device.last_sync.map { "last in step \($0)" } ?? "never in step"
      lines.append("  device \(device.device): \(state), \(device.waiting) waiting, \(last)")
    }
    lines.append("\(quarantined) kept aside, \(conflicts) waiting for a choice")
    if !relearning.isEmpty {
      lines.append(
        "Restored from a backup: waiting for \(relearning.joined(separator: ", ")) to tell what it "
          + "lost; until then nothing is shown, written or sent")
    }
    lines += warnings.map { "Warning: \($0)" }
    return lines.map(PrintableText.shown).joined(separator: "\n")
  }
}
