import Agreements
import FoundationEssentials
import Records

/// One agency of a simulation: its keys come from the seed.
struct Player: Sendable {
  let id: AgencyID
  let kind: AgencyKind
  let isPrincipal: Bool
  /// Whether it keeps to no rule; it runs no node, only connections of its own making.
  let isHostile: Bool
  let key: SigningKey
  let card: SignedDocument

  var name: NodeName { NodeName(agency: id) }
}

/// Everybody who takes part, and the documents that they begin with.
struct Cast: Sendable {
  static let federation = "simulated"
  let players: [Player]
  let files: [ProfileFile]
  /// The agreement's first version, profiles and memberships, as every node adopts them.
  let documents: [SignedDocument]
  let agreement: Agreement
  /// The template, with this cast's principals in it.
  let template: String
  /// The first day of the simulation.
  let firstDay: LocalDate

  /// Draws keys for all agencies of a scenario, has them sign the agreement and admits the members.
  /// - Throws: `DocumentError` where the template does not fit the agencies.
  init(_ scenario: Scenario, seed: UInt64) throws {
    let draft = try Agreement(template: scenario.template, source: "template")
    var generator = SeededGenerator(seed: seed, keys: 0xCA57)
    players = try Self.players(of: scenario, draft, &generator)
    let principals = players.filter(\.isPrincipal)
    template = Self.adapt(
      scenario.template, from: draft.principals, to: principals.map(\.id))
    files = try scenario.profiles.map { text throws(DocumentError) in
      try ProfileFile(SignedDocument(kind: .profile, body: Data(text.utf8)), source: "profile")
    }
    var document = try Agreement.draft(
      template: template, source: "template", cards: principals.map(\.card), profiles: files,
      previous: nil)
    for principal in principals { try document.sign(as: principal.id, with: principal.key) }
    let agreement = try Agreement(document, source: "template")
    self.agreement = agreement
    firstDay = scenario.firstDay ?? agreement.starts.advanced(byDays: 200)
    var documents = files.map(\.document) + [document]
    for member in players where !member.isPrincipal {
      guard
        let admitter = principals.first(where: { player in
          agreement.admits[member.kind]?.contains(player.id) ?? false
        })
      else {
        throw DocumentError(
          source: "template", problem: "nobody may admit a \(member.kind.rawValue)")
      }
      documents.append(
        try Membership.document(
          of: agreement.lineage, admitting: member.card, by: admitter.id,
          on: agreement.starts, key: admitter.key))
    }
    self.documents = documents
  }

  /// The player's place in the list.
  func index(of agency: AgencyID) -> Int? { players.firstIndex { $0.id == agency } }

  /// Whether two agencies sync: members with principals, principals with all.
  func areLinked(_ left: Int, _ right: Int) -> Bool {
    left != right && (players[left].isPrincipal || players[right].isPrincipal)
  }

  var honest: [Int] { players.indices.filter { !players[$0].isHostile } }

  private static func players(
    of scenario: Scenario, _ draft: Agreement, _ generator: inout SeededGenerator
  ) throws -> [Player] {
    var players: [Player] = []
    for kind in scenario.agencies.keys.sorted() {
      let named = draft.principals.filter { $0.description.hasPrefix("\(kind.rawValue).") }
      let count = scenario.agencies[kind, default: 0]
      for number in 0..<count {
        let isMember = draft.admits[kind] != nil && named.isEmpty
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

  /// The template's principals, where they are listed, give way to those of the simulation.
  private static func adapt(
    _ template: String, from old: [AgencyID], to new: [AgencyID]
  ) -> String {
    let wanted = new.map(\.description).joined(separator: ", ")
    let listed = old.map(\.description).joined(separator: ", ")
    let inLines = old.map { "\n  - \($0)" }.joined()
    let text = replace("[\(listed)]", in: template, with: "[\(wanted)]")
    return replace("principals:\(inLines)\n", in: text, with: "principals: [\(wanted)]\n")
  }

  private static func replace(_ part: String, in text: String, with other: String) -> String {
    text.split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
  }
}
