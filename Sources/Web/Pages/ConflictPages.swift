import Agreements
import Casework
import Node
import Records
import Replica

/// Facts on which two people wrote different things at once: a person chooses.
struct ConflictsPage: Page {
  let path: String
  let duty: Duty? = .resolve

  struct Model: Sendable {
    let conflicts: [Line]
    let isEmpty: Bool
    let pager: Pager?
  }

  struct Line: Sendable {
    let address: String
    let title: String
    let count: Int
  }

  static let all = ["/conflicts", "/conflict-list/:page"].map { ConflictsPage(path: $0) }
  private static let size = 50

  func show(_ visit: Visit) throws -> Reply {
    let conflicts = try visit.desk.reader.conflicts()
    let page = visit.pageNumber
    let lines = conflicts.page(page, by: Self.size).map { conflict in
      Line(
        address: "/conflicts/\(conflict.record)/\(conflict.field.field.name)",
        title: "\(conflict.field.field.title) of \(visit.label(of: conflict.record))",
        count: conflict.field.values.count)
    }
    // The last page empties as its facts are settled.
    if lines.isEmpty, page > 1 { return .redirect("/conflicts") }
    return .page(
      Screen(
        "To settle", "conflicts",
        Model(
          conflicts: lines, isEmpty: conflicts.isEmpty,
          pager: Pager(
            page, of: conflicts.count, by: Self.size,
            labels: ("Those before these", "More to settle")
          ) { $0 == 1 ? "/conflicts" : "/conflict-list/\($0)" })))
  }
}

/// One such fact, with every value, whose it is and since when.
struct ConflictPage: Page {
  let path = "/conflicts/:id/:field"
  let duty: Duty? = .resolve

  struct Model: Sendable {
    let address: String
    let problems: [Form.Problem]
    let title: String
    let choice: FieldModel
    let other: FieldModel
    /// The values that were looked at: one that arrives meanwhile is not decided unseen.
    let seen: String
    let history: String
  }

  /// All values stand on the page, since what was not looked at is not decided; of many long ones only the
  /// beginning does.
  private static let bytes = 45_000

  func show(_ visit: Visit) throws -> Reply {
    guard let conflict = try conflict(visit) else {
      return visit.form.values.isEmpty ? .redirect("/conflicts") : .notFound
    }
    try visit.desk.audit("viewed", of: [conflict.record])
    let values = conflict.field.values
    let room = min(Excerpt.besideBytes, max(100, Self.bytes / max(values.count, 1)))
    let answers = values.map { value in
      (
        "\(value.write)",
        Excerpt.of(Words.value(value.value, visit), bytes: room),
        Optional("\(visit.name(of: value.by)), \(PeopleTime.spoken(value.at, now: visit.now))")
      )
    }
    let title = "\(conflict.field.field.title) of \(visit.label(of: conflict.record))"
    var screen = Screen(
      "Choose what stands", "conflict",
      Model(
        address: "/conflicts/\(conflict.record)/\(conflict.field.field.name)",
        problems: visit.form.problems, title: title,
        choice: visit.form.choice(
          "choice", "Which one is right?",
          among: answers + [("other", "Neither: something else", nil)]),
        other: visit.form.field("other", "What is right instead"),
        seen: values.map { "\($0.write)" }.joined(separator: ","),
        history: "/records/\(conflict.record)/history"))
    screen.hasProblems = !visit.form.isSound
    return .page(screen)
  }

  func act(_ visit: Visit) throws -> Reply {
    guard let conflict = try conflict(visit) else { return .redirect("/conflicts") }
    var visit = visit
    let choice = visit.form.required("choice", "Choose one")
    guard let choice, visit.form.isSound else { return try show(visit) }
    let chosen =
      choice == "other"
      ? visit.form.required("other", "Say what is right instead")
      : conflict.field.values.first { "\($0.write)" == choice }?.value.description
    guard let chosen else {
      visit.form.fail("choice", "Choose one: what stands here has changed meanwhile")
      return try show(visit)
    }
    let seen = (visit.form.text("seen") ?? "").split(separator: ",")
      .compactMap { WriteID(hexadecimal: String($0)) }
    do {
      try visit.desk.resolve(
        conflict.record, conflict.field.field.name, value: chosen, seen: seen)
    } catch ReplicaError.unseen {
      visit.form.fail(
        "choice", "Another value has come meanwhile: look at all of them, then choose")
      return try show(visit)
    } catch {
      visit.form.fail(choice == "other" ? "other" : "choice", try Visit.words(error))
      return try show(visit)
    }
    return .redirect("/conflicts")
  }

  private func conflict(_ visit: Visit) throws -> ConflictSnapshot? {
    guard let id = visit.recordID() else { return nil }
    _ = try visit.desk.reader.record(id)
    return try visit.desk.reader.conflicts(of: id).first {
      $0.field.field.name == visit.parameters["field"]
    }
  }
}
