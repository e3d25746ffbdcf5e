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
    let plans: [PlanLine]
    let told: [String]
    let links: [LinkLine]
    let reads: Bool
  }

  /// One agency that this one is linked with.
  struct LinkLine: Sendable {
    let name: String
    let state: String
    let isBehind: Bool
  }

  private static let most = 50

  func show(_ visit: Visit) throws -> Reply {
    let reads = visit.viewer.role.labels != []
    let waiting = reads ? try Self.waiting(visit) : []
    let conflicts = visit.may(.resolve) ? try visit.desk.reader.conflicts().count : 0
    let files = reads ? try Self.lateFiles(visit) : []
    let plans = visit.may(.plan) ? try Self.urgentPlans(visit) : []
    let shown = waiting.prefix(Self.most).map { NotificationLine($0, visit) }
    var screen = Screen(
      "Today", "today",
      Model(
        today: PeopleTime.text(visit.today), waiting: shown,
        hasMore: waiting.count > Self.most ? waiting.count - Self.most : nil,
        isClear: waiting.isEmpty && conflicts == 0 && files.isEmpty && plans.isEmpty,
        conflicts: conflicts == 0 ? nil : conflicts,
        conflictsWord: conflicts == 1 ? "fact has" : "facts have", files: files, plans: plans,
        told: try Self.told(visit),
        links: try Self.links(visit), reads: reads))
    screen.isLive = true
    return .page(screen)
  }

  /// What this agency has to do something about: what is addressed to it, and what it issued that nobody
  /// has opened in time.
  private static func waiting(_ visit: Visit) throws -> [NotificationCase] {
    let (me, role) = (visit.desk.agency, visit.viewer.role)
    guard role.sees("notice"), role.sees("delivery") else { return [] }
    let found = visit.index.unsettled.values.filter { found in
      !visit.hidden.records.contains(found.id)
        && (found.school == me || found.isLate(at: visit.now) || found.waits(at: me))
    }
    return Inbox.waiting(found, at: visit.now)
  }

  private static func lateFiles(_ visit: Visit) throws -> [String] {
    try visit.desk.waitingTransfers().filter { $0.isLate(on: visit.today) }.map { file in
      let due = visit.spoken(file.dueOn).map { ", due \($0)" } ?? ""
      return "\(visit.childName(file.child)): the child protection file is late\(due)"
    }
  }

  private static func urgentPlans(_ visit: Visit) throws -> [PlanLine] {
    try visit.desk.plans().filter {
      $0.isReviewDue(on: visit.today) || !$0.lateActions(on: visit.today).isEmpty
    }.map { PlanLine($0, visit) }
  }

  /// Who looked at what this agency keeps from them, in the last month.
  private static func told(_ visit: Visit) throws -> [String] {
    guard visit.may(.restrict) else { return [] }
    let month = visit.now.advanced(byMilliseconds: -31 * 86_400_000)
    return try visit.desk.caseRecords("override").compactMap { record in
      guard let entry = record.entries("reason").last, entry.at > month else { return nil }
      let about = record.references("record").first.map(visit.label) ?? "A record"
      return "\(about): looked at \(PeopleTime.spoken(entry.at, now: visit.now)) by somebody of "
        + "\(visit.name(of: entry.by)). Their reason: \(entry.value.description)"
    }
  }

  private static func links(_ visit: Visit) throws -> [LinkLine] {
    let replica = visit.desk.replica
    let (syncs, now) = (try replica.lastSyncs(), visit.now)
    // A device meets its own agency, and nobody else.
    let isDevice = visit.desk.node.configuration.device != nil
    let peers =
      isDevice
      ? [visit.desk.agency] : try replica.partnership().peers(of: visit.desk.agency, at: now)
    func last(_ peer: AgencyID) -> String {
      syncs[NodeName(agency: peer)].map { "in step \(PeopleTime.spoken($0, now: now))" }
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
      return LinkLine(
        name: visit.name(of: peer), state: "\(sent); last \(last(peer))", isBehind: isBehind)
    }
    // Of many schools only those that have not been met for a day.
    let day = now.advanced(byMilliseconds: -86_400_000)
    let silent = peers.filter { peer in
      peer.namedKind == .school && !isDevice
        && syncs[NodeName(agency: peer)].map { $0 < day } ?? true
    }
    return lines
      + silent.prefix(mostLinks).map {
        LinkLine(name: visit.name(of: $0), state: "last \(last($0))", isBehind: false)
      }
  }

  /// Whether anything waits shows soon; how much is for whoever runs the node.
  private static let someOpenings = 40
  private static let mostLinks = 6
}

/// A notification in a list. Names are not in it before it was opened: lists are read over shoulders.
struct NotificationLine: Sendable {
  let address: String
  let title: String
  let state: String
  let due: String?
  let isLate: Bool
  let escalated: String?
  let notFor: String?

  init(_ found: NotificationCase, _ visit: Visit) {
    address = "/notifications/\(found.id)"
    let isMine = found.school == visit.desk.agency
    let school = isMine ? nil : found.school.map(visit.name)
    title =
      (found.state >= .opened
        ? visit.childName(found.child) : isMine ? "A notification" : "A child")
      + (school.map { " (for \($0))" } ?? "")
    isLate = found.isLate(at: visit.now)
    state =
      switch found.state {
      case .issued, .delivered: isLate ? "Late, not opened" : "Not opened yet"
      case .opened: "Opened, nothing done yet"
      case .actedOn: "Acted on"
      }
    due = visit.spoken(found.dueAt)
    escalated =
      found.escalation == .none
      ? nil
      : "Who has been told that it waits: \(Words.term(found.escalation.rawValue))"
    notFor =
      found.notFor.isEmpty
      ? nil : found.notFor.map { Words.term($0.rawValue) }.sorted().joined(separator: " or ")
  }
}
