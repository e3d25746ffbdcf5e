import Agreements
import Casework
import Node
import Records
import Replica

/// All that waits, where there is more than Today has room for.
struct WaitingPage: Page {
  let path = "/waiting/:page"

  struct Model: Sendable {
    let waiting: [NotificationLine]
    let isEmpty: Bool
    let pager: Pager?
  }

  func show(_ visit: Visit) throws -> Reply {
    let waiting = visit.viewer.role.labels != [] ? TodayPage.waiting(visit) : []
    let (page, size) = (visit.pageNumber, NotificationLine.size)
    let shown = NotificationLine.page(page, of: waiting, visit)
    // The last page empties while people do what waits there.
    if shown.isEmpty, page > 1 { return .redirect("/") }
    return .page(
      Screen(
        "All that waits", "waiting",
        Model(
          waiting: shown, isEmpty: waiting.isEmpty,
          pager: Pager(
            page, of: waiting.count, by: size, labels: ("Those before these", "More that waits")
          ) { "/waiting/\($0)" })))
  }
}

/// A notification in a list. Names are not in it before it was opened: lists are read over shoulders.
struct NotificationLine: Sendable {
  let address: String
  private(set) var title: String
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

  /// How many stand on one page.
  static let size = 50

  /// One page of those that wait. Links that lead to different ones have different names, also for who hears
  /// them one by one.
  static func page(_ number: Int, of ids: [RecordID], _ visit: Visit) -> [Self] {
    let found = ids.page(number, by: size).compactMap { visit.index.unsettled[$0]?.notification }
    var lines = found.map { NotificationLine($0, visit) }
    let alike = Dictionary(grouping: lines.indices) { lines[$0].title }
    for places in alike.values where places.count > 1 {
      for (count, place) in places.enumerated() {
        lines[place].title += ", \(count + 1) of \(places.count)"
      }
    }
    return lines
  }
}
