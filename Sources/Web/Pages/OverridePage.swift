import Agreements
import Casework
import Node
import Records
import Replica

/// Looks once at a child that is kept from whoever looks (break glass, domain rule 18). The same is said
/// whether there is such a child or not, until the reason stands in the audit; its owner is told at once.
struct OverridePage: Page {
  let path = "/override"
  let duty: Duty? = .override

  struct Model: Sendable {
    let problems: [Form.Problem]
    let name: FieldModel
    let born: DayModel
    let reason: FieldModel
  }

  /// What was found, shown this once.
  struct Found: Sendable {
    let reason: String
    let children: [Child]
    let isEmpty: Bool
  }

  struct Child: Sendable {
    let name: String
    let facts: [Fact]
    let told: String
  }

  func show(_ visit: Visit) throws -> Reply { page(visit) }

  func act(_ visit: Visit) throws -> Reply {
    var visit = visit
    let name = visit.form.required("name", "Type the child's full name")
    let born = visit.form.day("born", "Date of birth")
    if born == nil { visit.form.fail("born", "Type the child's date of birth") }
    let reason = visit.form.required("reason", "Say why you have to look")
    if let reason, reason.count < 10 {
      visit.form.fail("reason", "Say why in a sentence: its owner reads it")
    }
    guard let name, let born, let reason, visit.form.isSound else { return page(visit) }
    try visit.desk.audit("asked-to-override", detail: reason)
    let words = SearchWords.of(name) + ["\(born)"]
    let ids = visit.index.children(matching: words, isWhole: true).sorted().prefix(5)
    let children = try ids.map { try look(at: $0, reason, visit) }
    return .page(
      Screen(
        "Shown once", "overridden",
        Found(reason: reason, children: children, isEmpty: children.isEmpty)))
  }

  private func page(_ visit: Visit) -> Reply {
    var screen = Screen(
      "Look at what is kept from you", "override",
      Model(
        problems: visit.form.problems, name: visit.form.field("name", "The child's full name"),
        born: visit.form.dayField("born", "Date of birth", hint: "For example, 27 3 2016"),
        reason: visit.form.field("reason", "Why you have to look")))
    screen.hasProblems = !visit.form.isSound
    return .page(screen)
  }

  /// Shows one child as the whole agency may see it, and tells those who keep it from others.
  private func look(at id: RecordID, _ reason: String, _ visit: Visit) throws -> Child {
    let node = visit.desk.node
    let record = try node.caseRecord(id, type: "child")
    let isHidden = visit.hidden.records.contains(id)
    var told = "Nothing was kept from you: nobody had to be told."
    if isHidden {
      let owners = try owners(of: id, node)
      try visit.desk.audit("overrode", of: [id], detail: reason)
      let assignments: [Edit.Assignment] =
        [.set(field: "record", text: "\(id)"), .set(field: "reason", text: reason)]
        + owners.map { .add(field: "told", text: "\($0)") }
      _ = try node.put([
        Edit(
          type: "override", record: visit.desk.newRecordID(), assignments: assignments,
          person: visit.viewer.account.title)
      ])
      told = "Told at once: \(owners.map(visit.name).joined(separator: ", "))."
    }
    let open = Visit(
      desk: ViewedDesk(node, viewer: visit.viewer, hidden: Hidden()), index: visit.index,
      hidden: Hidden(), form: Form(), parameters: [:], figures: visit.figures)
    return Child(
      name: open.childName(id),
      facts: Fact.of(record, ["date_of_birth", "school", "address", "needs"], open), told: told)
  }

  /// Who wrote the record first, and who keeps it from others.
  private func owners(of id: RecordID, _ node: LocalNode) throws -> [AgencyID] {
    var owners: Set<AgencyID> = []
    if let first = try node.replica.history(of: id).first { owners.insert(first.by) }
    for restriction in try node.reader.records(ofType: "restriction", referringTo: id) {
      owners.formUnion(restriction.fields.flatMap(\.values).map(\.by))
    }
    return owners.sorted()
  }
}
