import Casework
import Node
import Records
import Replica

/// What was set aside, on the administrator's page: it is tried again, or refused for good, with a reason.
extension NodePage {
  struct EntryLine: Sendable {
    let id: String
    let title: String
    let why: String
    let whatToDo: String
    let isReleasable: Bool
    let isRefusable: Bool
    let reason: FieldModel
    let isTyped: Bool
  }

  static let mostAside = 20

  func line(_ entry: QuarantineEntry, _ visit: Visit) -> EntryLine {
    let id = "\(entry.id)"
    // Many forms stand on one page: only the one that was typed in shows what was typed.
    let isTyped = visit.form.text("entry") == id
    let isRefused = entry.reason == "refused"
    return EntryLine(
      id: id, title: "Entry \(id), from \(visit.name(of: entry.from.agency))",
      why: "\(Words.term(entry.reason))"
        + (entry.detail.isEmpty ? "" : ": \(Excerpt.of(entry.detail, bytes: Excerpt.lineBytes))")
        + ". Written by \(visit.name(of: entry.author)) (\(entry.author)); change "
        + "\("\(entry.change)".prefix(8))…",
      whatToDo: Self.whatToDo(entry, isRefused, visit), isReleasable: entry.isReleasable,
      isRefusable: !isRefused,
      reason: (isTyped ? visit.form : Form()).field("reason-\(id)", "Why"), isTyped: isTyped)
  }

  private static func whatToDo(
    _ entry: QuarantineEntry, _ isRefused: Bool, _ visit: Visit
  ) -> String {
    if isRefused { return "It was refused for good. Its signed header stays as evidence." }
    if let until = entry.heldUntil, !entry.isReleasable {
      return "Nothing: it is tried again by itself \(PeopleTime.spoken(until, now: visit.now))."
    }
    return entry.isReleasable
      ? "If what was missing is here by now, release it: it is judged once more by the same rules."
      : "It may not be applied here. Ask \(visit.name(of: entry.author)) what it was, then refuse it: "
        + "its signed header stays as evidence."
  }

  func act(_ visit: Visit) throws -> Reply {
    guard let text = visit.form.text("entry"), let id = Int64(text) else { return .notFound }
    var visit = visit
    let field = "reason-\(id)"
    let reason = visit.form.required(field, "Say why")
    guard let reason else { return try show(visit) }
    guard PrintableText.isLine(reason) else {
      visit.form.fail(field, "Say why on one line")
      return try show(visit)
    }
    do {
      switch visit.form.text("do") {
      case "release":
        let isApplied = try visit.desk.node.releaseFromQuarantine(id)
        try visit.desk.audit(
          "released", detail: "entry \(id)\(isApplied ? "" : ", asked for again"): \(reason)")
      case "refuse":
        try visit.desk.replica.refuse(id, reason: reason)
        try visit.desk.audit("refused", detail: "entry \(id): \(reason)")
      default: return .notFound
      }
    } catch let error as ReplicaError {
      guard let words = Self.words(error) else { throw error }
      visit.form.fail(field, words)
      return try show(visit)
    }
    return .redirect("/node")
  }

  /// Why an entry stays as it is; nothing where something else went wrong.
  private static func words(_ error: ReplicaError) -> String? {
    switch error {
    case .notInQuarantine: "This entry is not there any more: look at the page once more"
    case .notReleasable: "It may still not be applied here: it stays"
    case .heldUntil: "Its time has not come: it is tried again by itself"
    case .refusedAlready: "It was refused already"
    default: nil
    }
  }
}
