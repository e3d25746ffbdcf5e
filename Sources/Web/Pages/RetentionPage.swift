import Agreements
import Casework
import Foundation
import Node
import Records
import Replica

/// Records whose time is over: somebody looks at each, and keeps it for a reason or destroys it.
struct RetentionPage: Page {
  let path = "/retention"
  let duty: Duty? = .retain

  struct Model: Sendable {
    let problems: [Form.Problem]
    let items: [Line]
    let isEmpty: Bool
    let more: String?
  }

  struct Line: Sendable {
    let id: String
    let what: String
    let address: String?
    let why: String
    let held: String?
    /// What was typed stands with the record that it was typed for.
    let until: DayModel
    let reason: FieldModel
    let isTyped: Bool
  }

  /// More than anybody looks through in a day.
  private static let most = 50

  func show(_ visit: Visit) throws -> Reply {
    let due = try visit.desk.node.retentionDue().filter {
      !visit.hidden.records.contains($0.due.record)
    }
    let shown = due.prefix(Self.most)
    try visit.desk.audit("found", of: shown.map(\.due.record), detail: "time is over")
    var screen = Screen(
      "Time is over", "retention",
      Model(
        problems: visit.form.problems, items: shown.map { line($0, visit) }, isEmpty: due.isEmpty,
        more: due.count > Self.most
          ? "Only the first \(Self.most) of \(due.count) are shown." : nil))
    screen.hasProblems = !visit.form.isSound
    return .page(screen)
  }

  func act(_ visit: Visit) throws -> Reply {
    guard let id = visit.form.text("record").flatMap(RecordID.init) else { return .notFound }
    _ = try visit.desk.reader.record(id)
    var visit = visit
    let reason = visit.form.required("reason", "Say why")
    switch visit.form.text("do") {
    case "keep":
      let day = visit.form.day("until", "The day")
      if visit.form.isSound, day.map({ $0 <= visit.today }) ?? true {
        visit.form.fail("until", "Say until which day to come it is kept")
      }
      guard let reason, let day, visit.form.isSound else { return try show(visit) }
      try visit.desk.replica.keep(
        id, until: day, reason: reason, by: visit.desk.actor, now: visit.now)
    case "destroy":
      guard let reason, visit.form.isSound else { return try show(visit) }
      do {
        _ = try visit.desk.node.destroy(id, reason: reason, by: visit.desk.actor)
      } catch ReplicaError.onHold {
        visit.form.fail("reason", "A legal hold keeps it: nothing was destroyed")
        return try show(visit)
      }
    default: return .notTheirs
    }
    return .redirect("/retention")
  }

  private func line(_ item: RetentionItem, _ visit: Visit) -> Line {
    let (due, form) = (item.due, visit.form)
    let id = due.record.description
    let isTyped = form.text("record") == id
    let type = Words.term(due.type.replacingOccurrences(of: "_", with: "-"))
    let since =
      due.sinceWhat == "last change"
      ? "the last change" : due.sinceWhat.replacingOccurrences(of: "_", with: " ")
    // Many forms stand on one page: only the one that was typed in shows what was typed.
    let shown = isTyped ? form : Form()
    return Line(
      id: id, what: "\(type): \(visit.label(of: due.record))",
      address: visit.address(of: due.record, type: due.type),
      why: "Kept \(due.rule.keep.words) since \(since), \(PeopleTime.plain(due.since)); over since "
        + "\(PeopleTime.plain(due.due)) (\(due.rule.source)).",
      held: item.isOnHold ? "A legal hold keeps it." : nil,
      until: shown.dayField("until", "Keep it until"),
      reason: shown.field("reason", "Why"), isTyped: isTyped)
  }
}
