import Agreements
import Casework
import Node
import Records
import Replica

/// Who can see a record, and why: in plain words, for whoever asks and for whoever has to answer.
struct SharingPage: Page {
  let path = "/records/:id/sharing"

  struct Model: Sendable {
    let title: String
    let back: String?
    let own: Own
    let agencies: [Group]
    let more: String?
    let places: [String]
    let answers: AnswerLinks?
  }

  /// The part of this agency's own people.
  struct Own: Sendable {
    let agency: String
    let roles: [RoleLine]
    let people: String?
  }

  struct RoleLine: Sendable {
    let title: String
    let sees: String
  }

  private static let mostAgencies = 20

  /// One agency's part.
  struct Group: Sendable {
    let name: String
    let sees: [Line]
    let seesNothing: Bool
    let withheld: [Line]
    let basis: String?
  }

  struct Line: Sendable {
    let field: String
    let reason: String
  }

  func show(_ visit: Visit) throws -> Reply {
    guard let id = visit.recordID() else { return .notFound }
    let record = try visit.desk.reader.record(id)
    try visit.desk.audit("viewed", of: [id], detail: "sharing")
    let partnership = try visit.desk.replica.partnership()
    let peers = partnership.peers(of: visit.desk.agency, at: visit.now)
    // A school with many others would get a page without end: those with a part in it come first, also
    // where nothing has gone to them from here, as from a laptop that meets its own agency only.
    let named = Self.schools(record, visit)
    let reached = Set(try visit.desk.replica.whereabouts(of: id).map(\.peer.agency))
    let concerned = peers.filter {
      $0 != visit.desk.agency
        && ($0.namedKind != .school || reached.contains($0) || named.contains($0))
    }
    let groups = try concerned.prefix(Self.mostAgencies).map {
      try group(record, $0, partnership, visit)
    }
    return .page(
      Screen(
        "Who can see this", "sharing",
        Model(
          title: visit.label(of: id), back: visit.address(of: id, type: record.type),
          own: Self.own(record, visit), agencies: groups,
          more: concerned.count > Self.mostAgencies
            ? "Only the first \(Self.mostAgencies) of \(concerned.count) agencies are shown." : nil,
          places: try Whereto.lines(of: [id], visit), answers: AnswerLinks(id, visit))))
  }

  /// The schools that a record names, or that the records around it name: those may be routed to.
  private static func schools(_ record: RecordSnapshot, _ visit: Visit) -> Set<AgencyID> {
    var named: Set<AgencyID> = []
    func look(_ record: RecordSnapshot) -> [RecordID] {
      var targets: [RecordID] = []
      for value in record.fields.filter({ $0.field.isRouting }).flatMap(\.values) {
        switch value.value {
        case .agency(let agency): named.insert(agency)
        case .reference(let target): targets.append(target)
        default: break
        }
      }
      return targets
    }
    for target in look(record).prefix(mostAgencies) {
      if let found = try? visit.desk.reader.record(target) { _ = look(found) }
    }
    for type in ["notification", "action"] {
      for found in (try? visit.desk.related(type, to: record.id)) ?? [] {
        named.formUnion(found.agencies("school"))
      }
    }
    return named
  }

  /// Which roles here see what of it: the agency's own policy.
  private static func own(_ record: RecordSnapshot, _ visit: Visit) -> Own {
    let fields = record.fields.map(\.field).filter { $0.name != Field.person.name }
    // Roles that nobody has here say nothing: the policy that every node has knows those of all agencies.
    let accounts = ((try? visit.desk.replica.accounts()) ?? []).filter { $0.disabledAt == nil }
    let used = Set(accounts.map(\.role))
    let roles = ((try? visit.desk.node.rolePolicy())?.roles ?? []).filter { used.contains($0.name) }
    let lines = roles.map { role in
      let (seen, unseen) = (
        fields.filter { role.sees($0.label) }.map(\.title),
        fields.filter { !role.sees($0.label) }.map(\.title)
      )
      let text =
        unseen.isEmpty
        ? "Sees all of it."
        : seen.isEmpty
          ? "Sees nothing of it."
          : "Sees \(seen.joined(separator: ", ")). Does not see \(unseen.joined(separator: ", "))."
      return RoleLine(title: role.title, sees: text)
    }
    let seals = (try? KeptFromModel(record.id, visit))?.seals ?? []
    let names = seals.map(\.people).joined(separator: ", ")
    return Own(
      agency: visit.desk.node.configuration.name, roles: lines,
      people: names.isEmpty
        ? "Whoever it is kept from by name does not see it, whatever their role."
        : "Kept by name from \(Excerpt.of(names, bytes: Excerpt.lineBytes)), whatever their role.")
  }

  private func group(
    _ record: RecordSnapshot, _ agency: AgencyID, _ partnership: Partnership, _ visit: Visit
  ) throws -> Group {
    var (sees, withheld) = (Reasons(), Reasons())
    var basis: String?
    for field in record.fields where field.field.name != Field.person.name {
      let decision = try visit.desk.replica.explain(
        record.id, field.field.name, for: agency, now: visit.now
      ).decision
      let reason = Self.plain(decision, visit)
      guard decision.isAllowed else {
        withheld.add(field.field.title, reason)
        continue
      }
      sees.add(field.field.title, reason)
      if let lineage = decision.lineage,
        let agreed = partnership.term(of: lineage, at: visit.now)?.agreement
      {
        basis =
          "\(agreed.purpose). \(agreed.legalBasis.joined(separator: "; ")). "
          + "Agreement \(lineage), version \(agreed.version)."
      }
    }
    return Group(
      name: visit.name(of: agency), sees: sees.lines, seesNothing: sees.lines.isEmpty,
      withheld: withheld.lines, basis: basis)
  }

  /// Why, without the words of agreements.
  private static func plain(_ decision: Decision, _ visit: Visit) -> String {
    switch decision.rule {
    case .grant(_, nil): "the agreement lets them see it in every record"
    case .grant(_, let route?):
      route == visit.recordID()
        ? "the agreement lets them see it, since this record names them"
        : "the agreement lets them see it, since \(visit.label(of: route)) names them"
    case .author: "they wrote it themselves"
    case .noGrant: "the agreement does not let them see it"
    case .notRouted: "they may see it only where a record concerns them, and this one does not"
    case .restricted: "it is kept from them"
    case .notOnward: "it is another agency's, and not ours to pass on"
    case .hiddenTarget: "it leads to somebody of whom they may see nothing"
    default: decision.reason
    }
  }
}

/// Fields by the reason that they have in common.
private struct Reasons {
  private(set) var lines: [SharingPage.Line] = []

  mutating func add(_ field: String, _ reason: String) {
    guard let place = lines.firstIndex(where: { $0.reason == reason }) else {
      lines.append(SharingPage.Line(field: field, reason: reason))
      return
    }
    lines[place] = SharingPage.Line(field: lines[place].field + ", " + field, reason: reason)
  }
}
