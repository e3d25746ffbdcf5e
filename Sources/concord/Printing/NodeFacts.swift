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
