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
  /// The partnerships: one, or in a force's area one of the force with each council.
  let circles: [Circle]
  /// The template, with this cast's principals in it.
  let template: String
  /// The first day of the simulation.
  let firstDay: LocalDate
  /// Whether nodes begin only once there is something for them: then most of them are schools of an area
  /// that have nothing yet.
  let isLazy: Bool
  private let indices: [AgencyID: Int]
  /// Of each player, the circles that it belongs to.
  private let memberships: [[Int]]

  /// The parties to one agreement.
  struct Circle: Sendable {
    let agreement: Agreement
    /// Players by their index, ascending.
    let principals: [Int]
    let members: [Int]
    /// The deeds of the members, in their order.
    let deeds: [SignedDocument]

    var parties: [Int] { (principals + members).sorted() }
  }

  /// Draws keys for all agencies of a scenario, has them sign the agreement and admits the members.
  /// - Throws: `DocumentError` where the template does not fit the agencies.
  init(_ scenario: Scenario, seed: UInt64) throws {
    let draft = try Agreement(template: scenario.template, source: "template")
    var generator = SeededGenerator(seed: seed, keys: 0xCA57)
    let players = try Self.players(of: scenario, draft, &generator)
    self.players = players
    indices = Dictionary(
      players.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    files = try scenario.profiles.map { text throws(DocumentError) in
      try ProfileFile(SignedDocument(kind: .profile, body: Data(text.utf8)), source: "profile")
    }
    isLazy = scenario.area != nil
    var circles: [Circle] = []
    for group in Self.groups(players, in: scenario.area, indices) {
      let text = Self.adapt(
        scenario.template, of: draft, to: group.principals.map { players[$0].id },
        named: isLazy ? "encompass-\(players[group.principals[1]].id.local)" : nil)
      circles.append(try Self.circle(group, players, text, files))
    }
    self.circles = circles
    template = Self.adapt(
      scenario.template, of: draft, to: players.filter(\.isPrincipal).map(\.id), named: nil)
    memberships = players.indices.map { player in
      circles.indices.filter {
        circles[$0].principals.contains(player) || circles[$0].members.contains(player)
      }
    }
    firstDay = scenario.firstDay ?? circles[0].agreement.starts.advanced(byDays: 200)
  }

  /// The first agreement: where there are several, they say the same of other parties.
  var agreement: Agreement { circles[0].agreement }

  /// The player's place in the list.
  func index(of agency: AgencyID) -> Int? { indices[agency] }

  /// Whether two agencies sync: members with principals, principals with all.
  func areLinked(_ left: Int, _ right: Int) -> Bool {
    left != right && (players[left].isPrincipal || players[right].isPrincipal)
      && memberships[left].contains { circle in
        memberships[right].contains(circle)
          && (circles[circle].principals.contains(left)
            || circles[circle].principals.contains(right))
      }
  }

  /// The honest agencies with which one syncs, ascending.
  func peers(of player: Int) -> [Int] {
    guard isLazy, let first = memberships[player].first else {
      return honest.filter { areLinked($0, player) }
    }
    let circle = circles[first]
    if circle.members.contains(player) { return circle.principals }
    return Set(memberships[player].flatMap { circles[$0].parties }).subtracting([player]).sorted()
  }

  /// What an agency's node has from the beginning: profiles and agreements, and of deeds all of its
  /// partnerships or, where nodes begin lazily, a member's own.
  func documents(of player: Int) -> [SignedDocument] {
    let own = memberships[player].map { circles[$0] }
    var documents = files.map(\.document) + own.map(\.agreement.document)
    for circle in own {
      if isLazy, let place = circle.members.firstIndex(of: player) {
        documents.append(circle.deeds[place])
      } else {
        documents += circle.deeds
      }
    }
    return documents
  }

  /// Profiles, agreements and all deeds.
  var documents: [SignedDocument] {
    files.map(\.document) + circles.map(\.agreement.document) + circles.flatMap(\.deeds)
  }

  /// The council of a school, where there are several.
  func council(of school: Int) -> AgencyID? {
    guard isLazy, let circle = memberships[school].first else { return nil }
    return circles[circle].principals.map { players[$0].id }.first { $0.namedKind == .care }
  }

  var honest: [Int] { players.indices.filter { !players[$0].isHostile } }
}
