import Agreements
import Casework
import Node
import Records
import Replica

/// What waits for whoever is signed in, what is late first.
struct TodayPage: Page {
  let path = "/"

  struct Model: Sendable {
    let today: String
    let waiting: [NotificationLine]
    let hasMore: Int?
    let isClear: Bool
    let conflicts: Int?
    let conflictsWord: String
    let files: [String]
    let moreFiles: String?
    let plans: [PlanLine]
    let morePlans: Int?
    let told: [Fact.Said]
    let moreTold: String?
    let linksTitle: String
    let links: [LinkLine]
    let moreLinks: String?
    let reads: Bool
  }

  /// One agency that this one is linked with.
  struct LinkLine: Sendable {
    let name: String
    let state: String
    let isBehind: Bool
  }

  private static let (most, mostOthers) = (NotificationLine.size, 20)

  func show(_ visit: Visit) throws -> Reply {
    let reads = visit.viewer.role.labels != []
    let waiting = reads ? Self.waiting(visit) : []
    let conflicts = visit.may(.resolve) ? try visit.desk.reader.conflictPlaces().count : 0
    let files = reads ? Self.lateFiles(visit) : []
    let plans =
      visit.may(.plan) ? visit.unlessHidden(visit.index.urgentPlans(on: visit.today)) : []
    let told = try Self.told(visit)
    let isDevice = visit.desk.node.configuration.device != nil
    let (links, silent) = try Self.links(visit)
    func more(_ count: Int, than most: Int) -> Int? { count > most ? count - most : nil }
    var screen = Screen(
      "Today", "today",
      Model(
        today: PeopleTime.text(visit.today),
        waiting: NotificationLine.page(1, of: waiting, visit),
        hasMore: more(waiting.count, than: Self.most),
        isClear: waiting.isEmpty && conflicts == 0 && files.isEmpty && plans.isEmpty,
        conflicts: conflicts == 0 ? nil : conflicts,
        conflictsWord: conflicts == 1 ? "fact has" : "facts have",
        files: Array(files.prefix(Self.mostOthers)),
        moreFiles: Self.first(files.count),
        plans: visit.plans(plans, atMost: Self.mostOthers).map { PlanLine($0, visit) },
        morePlans: more(plans.count, than: Self.mostOthers),
        told: Array(told.prefix(Self.mostOthers)),
        moreTold: Self.first(told.count),
        linksTitle: isDevice ? "With your agency" : "With other agencies", links: links,
        moreLinks: more(silent, than: Self.mostLinks).map {
          "\($0) more schools have not been met for a day."
        }, reads: reads))
    screen.isLive = true
    return .page(screen)
  }

  /// What this agency has to do something about.
  static func waiting(_ visit: Visit) -> [RecordID] {
    let role = visit.viewer.role
    guard role.sees("notice"), role.sees("delivery") else { return [] }
    return visit.index.waiting(at: visit.now, except: visit.hidden.records)
  }

  private static func lateFiles(_ visit: Visit) -> [String] {
    visit.lateFiles(atMost: mostOthers + 1).map { file in
      let due = visit.spoken(file.dueOn).map { ", due \($0)" } ?? ""
      return "\(visit.childName(file.child)): the child protection file is late\(due)"
    }
  }

  /// Said of a list of which one more was read than is shown.
  private static func first(_ count: Int) -> String? {
    count > mostOthers ? "Only the first \(mostOthers) are shown." : nil
  }

  /// Who looked at what this agency keeps from them, in the last month; the newest first.
  private static func told(_ visit: Visit) throws -> [Fact.Said] {
    guard visit.may(.restrict) else { return [] }
    let month = visit.now.advanced(byMilliseconds: -31 * 86_400_000)
    return visit.overrides(since: month, atMost: mostOthers + 1).compactMap { record in
      guard let entry = record.entries("reason").last else { return nil }
      let about = record.references("record").first.map(visit.label) ?? "A record"
      let reason = entry.value.description
      let shown = Excerpt.of(reason, bytes: Excerpt.lineBytes)
      return Fact.Said(
        text: "\(about): looked at \(PeopleTime.spoken(entry.at, now: visit.now)) by "
          + "\(looker(record.id, entry.by, visit)). Their reason: \(shown)", by: nil,
        whole: shown == reason ? nil : "/records/\(record.id)/fields/reason")
    }
  }

  /// Who it was is known to their own agency alone.
  private static func looker(_ id: RecordID, _ agency: AgencyID, _ visit: Visit) -> String {
    let name = visit.name(of: agency)
    guard agency == visit.desk.agency else { return "somebody of \(name), which knows who it was" }
    let person = (try? visit.desk.reader.history(of: id))?.first?.person
    let isShown = visit.viewer.role.sees(Field.person.label)
    return isShown ? person ?? "somebody here" : "somebody here"
  }

  /// How it stands with those that this node syncs with, and how many schools have not been met.
  private static func links(_ visit: Visit) throws -> (lines: [LinkLine], silent: Int) {
    let replica = visit.desk.replica
    let (syncs, now) = (try replica.lastSyncs(), visit.now)
    // A device meets its own agency, and nobody else.
    let isDevice = visit.desk.node.configuration.device != nil
    let peers =
      isDevice
      ? [visit.desk.agency] : try replica.partnership().peers(of: visit.desk.agency, at: now)
    func last(_ peer: AgencyID) -> String {
      syncs[NodeName(agency: peer)].map { "last in step \(PeopleTime.spoken($0, now: now))" }
        ?? "not met yet"
    }
    let lines = try peers.filter { $0.namedKind != .school || isDevice }.prefix(mostLinks).map {
      peer in
      let isBehind =
        try replica.waiting(
          for: NodeName(agency: peer), lookingAt: someOpenings, now: now) > 0
      let sent =
        isBehind
        ? "something is saved here and not sent yet" : "everything written here has been sent"
      let refused = isDevice ? try replica.refusedSince(NodeName(agency: peer)) : nil
      let state = refused.map(visit.refused) ?? "\(sent); \(last(peer))"
      return LinkLine(name: visit.name(of: peer), state: state, isBehind: isBehind)
    }
    // Of many schools only those that have not been met for a day.
    let day = now.advanced(byMilliseconds: -86_400_000)
    let silent = peers.filter { peer in
      peer.namedKind == .school && !isDevice
        && syncs[NodeName(agency: peer)].map { $0 < day } ?? true
    }
    let schools = silent.prefix(mostLinks).map {
      LinkLine(name: visit.name(of: $0), state: last($0), isBehind: false)
    }
    return (lines + schools, silent.count)
  }

  /// Whether anything waits shows soon; how much is for whoever runs the node.
  private static let someOpenings = 40
  private static let mostLinks = 6
}
