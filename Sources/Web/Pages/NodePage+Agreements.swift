import Agreements
import Casework
import Node
import Records

/// What is agreed, on the administrator's page.
extension NodePage {
  struct AgreementLine: Sendable {
    let title: String
    let dates: String
    let isComing: Bool
    let parties: [PartyLine]
    let next: String?
    /// How many members there are.
    let count: String?
    let members: [String]
    let more: String?
  }

  struct PartyLine: Sendable {
    let name: String
    let agency: String
    let state: String
    let isSigned: Bool
  }

  private static let mostMembers = 200

  func line(_ status: SigningStatus, _ node: NodeOverview, _ visit: Visit) -> AgreementLine {
    let agreed = status.round.agreement
    let isComing = !agreed.isComplete
    let members = isComing ? [] : node.members[agreed.lineage] ?? []
    let review = agreed.review.map { ", to be reviewed on \(PeopleTime.plain($0))" } ?? ""
    return AgreementLine(
      title: "\(agreed.lineage), version \(agreed.version)",
      dates:
        "From \(PeopleTime.plain(agreed.starts)) to \(PeopleTime.plain(agreed.ends))\(review).",
      isComing: isComing,
      parties: status.round.parties.map { party in
        PartyLine(
          name: party.card.name, agency: party.agency.description, state: Self.words(party.state),
          isSigned: party.state == .signed)
      },
      next: Self.words(status.step),
      count: members.isEmpty ? nil : members.count == 1 ? "1 member" : "\(members.count) members",
      members: members.prefix(Self.mostMembers).map { member in
        let lapse = member.lapse.map { ": \(Words.term($0.rawValue).lowercased())" } ?? ""
        return "\(visit.name(of: member.agency)) (\(member.agency))\(lapse)"
      },
      more: members.count > Self.mostMembers
        ? "Only the first \(Self.mostMembers) are shown: concord agreement show lists all." : nil)
  }

  private static func words(_ state: SigningRound.State) -> String {
    switch state {
    case .signed: "Signed"
    case .missing: "Not signed yet"
    case .invalid: "The signature does not hold"
    }
  }

  /// What is to be done; nothing where nothing is.
  private static func words(_ step: SigningRound.Step) -> String? {
    switch step {
    case .sign: "This agency has to sign: concord agreement sign."
    case .collect: "Until all have signed, only what both versions allow is shared."
    case .renew: "Ask for the agreement's file again, and sign nothing meanwhile."
    case .adopt: "All have signed: concord agreement adopt."
    case .draftAnew: "The card in it is not this node's: have it drafted anew."
    case .done, .none: nil
    }
  }
}
