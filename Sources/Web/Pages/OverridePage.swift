import Agreements
import Casework
import Node
import Records
import Replica

/// Looks once at a child of which anything is kept from whoever looks (break glass, domain rule 18). The
/// same is said whether there is such a child or not, until the reason stands in the audit; its owner is told
/// at once. It opens what people keep from somebody, never more than their role sees.
struct OverridePage: Page {
  let path = "/override"
  let duty: Duty? = .override

  struct Model: Sendable {
    let problems: [Form.Problem]
    /// The form's: sent twice, as by a double click, it is one look.
    let number: String
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
    let number = visit.number ?? visit.desk.newRecordID()
    // Why stands only with the records that are found: who reads the audit may not see all of them.
    try visit.desk.audit("asked-to-override")
    let words = SearchWords.of(name) + ["\(born)"]
    let ids = visit.index.children(matching: words, isWhole: true).sorted().prefix(5)
    let look = Look(reason: reason, number: number, words: words)
    var children: [Child] = []
    for id in ids {
      guard let found = try self.look(at: id, look, visit) else { continue }
      guard case .child(let child) = found else {
        visit.form.fail("reason", "You have looked once. To look again, send this once more")
        visit.form.suggestAnew("number", "\(visit.desk.newRecordID())")
        return page(visit)
      }
      children.append(child)
    }
    return .page(
      Screen(
        "Shown once", "overridden",
        Found(reason: reason, children: children, isEmpty: children.isEmpty)))
  }

  private func page(_ visit: Visit) -> Reply {
    var form = visit.form
    form.suggest("number", "\(visit.desk.newRecordID())")
    var screen = Screen(
      "Look at what is kept from you", "override",
      Model(
        problems: visit.form.problems, number: form.text("number") ?? "",
        name: visit.form.field("name", "The child's full name"),
        born: visit.form.dayField("born", "Date of birth", hint: "For example, 27 3 2016"),
        reason: visit.form.field("reason", "Why you have to look")))
    screen.hasProblems = !visit.form.isSound
    return .page(screen)
  }

  /// What somebody asked for, and why.
  private struct Look {
    let reason: String
    let number: RecordID
    let words: [String]
  }

  private enum Shown {
    case child(Child)
    /// It was shown for this form a while ago, and that was the one time.
    case before
  }

  private static let fields = ["date_of_birth", "school", "address", "needs"]
  /// A second click comes within this; whoever sends the form again after it looks again.
  private static let oneLook: Int64 = 60_000

  /// Shows one child as their role sees it, and tells those who keep something of it from them; nothing
  /// where what they see of it is not what they asked for.
  private func look(at id: RecordID, _ look: Look, _ visit: Visit) throws -> Shown? {
    let isKept = visit.hidden.records.contains(id) || !(visit.hidden.fields[id] ?? []).isEmpty
    let open = isKept ? visit.seeingAll : visit
    guard let record = try? open.desk.caseRecord(id, type: "child"),
      SearchPage.matches(record, look.words, isWhole: true)
    else { return nil }
    var told = "Nothing was kept from you: nobody had to be told."
    if isKept {
      guard let owners = try tell(of: id, look, visit) else { return .before }
      told = "Told at once: \(owners.map(visit.name).joined(separator: ", "))."
    }
    try visit.desk.audit(isKept ? "overrode" : "viewed", of: [id], detail: look.reason)
    return .child(
      Child(name: open.childName(id), facts: Fact.of(record, Self.fields, open), told: told))
  }

  /// Writes down that somebody looks, for those who keep it from them; nothing where they have looked with
  /// this form before.
  private func tell(of id: RecordID, _ look: Look, _ visit: Visit) throws -> [AgencyID]? {
    let node = visit.desk.node
    let owners = try owners(of: id, node)
    // One form may find several children.
    let account = "\(visit.viewer.account.name)\n\(id)"
    let override = CaseIDs.entered("override", number: look.number, by: account)
    if let before = try? node.caseRecord(override, type: "override") {
      let at = before.entries("reason").last?.at ?? Instant(milliseconds: 0)
      return visit.now.milliseconds - at.milliseconds < Self.oneLook ? owners : nil
    }
    let assignments: [Edit.Assignment] =
      [.set(field: "record", text: "\(id)"), .set(field: "reason", text: look.reason)]
      + owners.map { .add(field: "told", text: "\($0)") }
    _ = try node.put([
      Edit(
        type: "override", record: override, assignments: assignments,
        person: visit.viewer.account.title)
    ])
    return owners
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

extension Visit {
  /// The same visit, with nothing kept from them by name; their role sees as much as before.
  fileprivate var seeingAll: Visit {
    Visit(
      desk: ViewedDesk(desk.node, viewer: viewer, hidden: Hidden()), index: index,
      hidden: Hidden(), form: Form(), parameters: [:], figures: figures,
      running: running)
  }
}

extension Form {
  /// Fills in something else than what came with the form.
  fileprivate mutating func suggestAnew(_ field: String, _ text: String) {
    _ = take(out: field)
    suggest(field, text)
  }
}
