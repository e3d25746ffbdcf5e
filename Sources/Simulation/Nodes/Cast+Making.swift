import Agreements
import FoundationEssentials
import Records

/// How a cast is made.
extension Cast {
  /// Who is to be party to one agreement.
  struct Group {
    let principals: [Int]
    let members: [Int]
  }

  /// One partnership of all, or in an area one of the force with each council.
  static func groups(
    _ players: [Player], in area: Area?, _ indices: [AgencyID: Int]
  ) -> [Group] {
    guard let area, let force = indices[area.force] else {
      let principals = players.indices.filter { players[$0].isPrincipal }
      return [
        Group(
          principals: principals, members: players.indices.filter { !players[$0].isPrincipal })
      ]
    }
    return area.councils.compactMap { council in
      indices[council.id].map {
        Group(principals: [force, $0], members: council.schools.compactMap { indices[$0] })
      }
    }
  }

  static func circle(
    _ group: Group, _ players: [Player], _ template: String, _ files: [ProfileFile]
  ) throws -> Circle {
    let principals = group.principals.map { players[$0] }
    var document = try Agreement.draft(
      template: template, source: "template", cards: principals.map(\.card), profiles: files,
      previous: nil)
    for principal in principals { try document.sign(as: principal.id, with: principal.key) }
    let agreement = try Agreement(document, source: "template")
    let deeds = try group.members.map { index in
      let member = players[index]
      guard
        let admitter = principals.first(where: { player in
          agreement.admits[member.kind]?.contains(player.id) ?? false
        })
      else {
        throw DocumentError(
          source: "template", problem: "nobody may admit a \(member.kind.rawValue)")
      }
      return try Membership.document(
        of: agreement.lineage, admitting: member.card, by: admitter.id,
        on: agreement.starts, key: admitter.key)
    }
    return Circle(
      agreement: agreement, principals: group.principals, members: group.members, deeds: deeds)
  }

  static func players(
    of scenario: Scenario, _ draft: Agreement, _ generator: inout SeededGenerator
  ) throws -> [Player] {
    var players: [Player] = []
    for kind in scenario.agencies.keys.sorted() {
      let named = names(of: kind, in: scenario, draft)
      let isMember =
        draft.admits[kind] != nil && !draft.principals.contains { $0.namedKind == kind }
      let count = scenario.agencies[kind, default: 0]
      for number in 0..<count {
        let text =
          number < named.count ? named[number].description : "\(kind.rawValue).\(100_001 + number)"
        guard let id = AgencyID(text),
          let key = SigningKey(seed: .random(count: 32, using: &generator))
        else { throw DocumentError(source: "scenario", problem: "no agency id: \(text)") }
        let card = try Card(
          agency: id, federation: federation, kind: kind, name: "Simulated \(text)",
          endpoint: "127.0.0.1:1", signingKey: key.publicKey,
          authority: Data("no certificate".utf8)
        ).document(signedBy: key)
        players.append(
          Player(
            id: id, kind: kind, isPrincipal: !isMember,
            isHostile: number >= count - scenario.hostile[kind, default: 0], key: key, card: card))
      }
    }
    return players
  }

  private static func names(
    of kind: AgencyKind, in scenario: Scenario, _ draft: Agreement
  ) -> [AgencyID] {
    guard let area = scenario.area else {
      return draft.principals.filter { $0.description.hasPrefix("\(kind.rawValue).") }
    }
    switch kind {
    case .police: return [area.force]
    case .care: return area.councils.map(\.id)
    default: return area.councils.flatMap(\.schools)
    }
  }

  /// The template's principals, where they are listed, give way to those of the simulation.
  static func adapt(
    _ template: String, of draft: Agreement, to new: [AgencyID], named name: String?
  ) -> String {
    let wanted = new.map(\.description).joined(separator: ", ")
    let listed = draft.principals.map(\.description).joined(separator: ", ")
    let inLines = draft.principals.map { "\n  - \($0)" }.joined()
    var text = replace("[\(listed)]", in: template, with: "[\(wanted)]")
    text = replace("principals:\(inLines)\n", in: text, with: "principals: [\(wanted)]\n")
    guard let name else { return text }
    return replace("agreement: \(draft.lineage)\n", in: text, with: "agreement: \(name)\n")
  }

  private static func replace(_ part: String, in text: String, with other: String) -> String {
    text.split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
  }
}
