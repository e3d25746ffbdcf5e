import Agreements
import Casework
import Node
import Records
import Replica

/// A new incident and its notifications, on one page: for an officer in a car at midnight.
struct IncidentPage: Page {
  let path = "/incidents/new"
  let duty: Duty? = .record

  struct Model: Sendable {
    let problems: [Form.Problem]
    let number: String
    let children: [ChildModel]
    let mayAddChild: Bool
    let count: Int
    let day: DayModel
    let time: FieldModel
    let place: FieldModel?
    let circumstances: FieldModel?
    let words: FieldModel?
    let context: FieldModel
    let risk: FieldModel?
    let notFor: [FieldModel]
    let schools: [String]
  }

  /// One child's part of the form.
  struct ChildModel: Sendable {
    let heading: String
    let name: FieldModel
    let born: DayModel
    let school: FieldModel
    let known: FieldModel?
  }

  static let mostChildren = 6

  func show(_ visit: Visit) throws -> Reply {
    var form = visit.form
    form.suggest("number", "\(visit.desk.newRecordID())")
    form.suggest(day: visit.today, in: "at")
    return try page(visit, form)
  }

  func act(_ visit: Visit) throws -> Reply {
    var form = visit.form
    guard form.text("number").flatMap(RecordID.init) != nil else { return .notFound }
    let known = try KnownChildren(form, visit)
    if form.text("do") == "child" {
      form.more()
      return try page(visit, form, known)
    }
    let id = visit.enteredID("incident")
    // Sent twice, as by a double click: it is there already.
    if (try? visit.desk.caseRecord(id, type: "incident")) != nil {
      return .redirect("/incidents/\(id)")
    }
    let entry = try IncidentEntry(&form, incident: id, known, visit)
    guard let entry, form.isSound else { return try page(visit, form, known) }
    do {
      _ = try visit.desk.put(entry.edits)
    } catch {
      form.fail("do", try Visit.words(error))
      return try page(visit, form, known)
    }
    if visit.may(.notify) {
      for child in entry.children { _ = try? visit.desk.notify(entry.request(for: child)) }
    }
    return .redirect("/incidents/\(id)")
  }

  private func page(
    _ visit: Visit, _ form: Form, _ found: KnownChildren = KnownChildren()
  ) throws -> Reply {
    let partnership = try visit.desk.replica.partnership()
    func asked(_ field: String, _ draw: (Form) -> FieldModel) -> FieldModel? {
      let may = partnership.mayWriteAll(visit.desk.agency, [field], of: "incident", at: visit.now)
      return may.term == nil ? nil : draw(form)
    }
    let count = form.childCount
    let children = (1...count).map { number -> ChildModel in
      let known = found.children[number] ?? []
      return ChildModel(
        heading: count == 1 ? "The child" : "Child \(number)",
        name: form.field("child-\(number)-name", "Full name"),
        born: form.dayField(
          "child-\(number)-born", "Date of birth", hint: "For example, 27 3 2016"),
        school: form.field(
          "child-\(number)-school", "School",
          hint: visit.schoolHint),
        known: known.isEmpty
          ? nil
          : form.choice(
            "child-\(number)-known",
            "A child of this name and birthday is known here. Is it the same?",
            among: known.map { ($0.id, $0.label, nil) } + [("new", "No, another child", nil)]))
    }
    var screen = Screen(
      "New incident", "incident",
      Model(
        problems: form.problems, number: form.text("number") ?? "", children: children,
        mayAddChild: count < Self.mostChildren, count: count,
        day: form.dayField("at", "Day it happened"),
        time: form.field("time", "Time it happened", hint: "For example, 22:40 or 10:40pm"),
        place: asked("place") { $0.field("place", "Where") },
        circumstances: asked("circumstances") {
          $0.field(
            "circumstances", "What happened",
            hint: "For police and social care. The school does not see it.")
        },
        words: asked("child_words") { $0.field("words", "What the child said") },
        context: form.field(
          "context", "What the school has to know",
          hint: "For the Key Adult. No address, no other person's name."),
        risk: asked("risk_grade") {
          $0.choice(
            "risk", "Risk as you grade it",
            among: [
              ("standard", "Standard", nil), ("medium", "Medium", nil), ("high", "High", nil),
              ("", "Not graded yet", nil),
            ])
        },
        notFor: KeyAdultRole.allCases.map {
          form.box("not-for-\($0.rawValue)", Words.term($0.rawValue))
        },
        schools: visit.offeredSchools))
    screen.hasProblems = !form.isSound
    return .page(screen)
  }
}

extension Form {
  /// How many children the form has room for.
  var childCount: Int { min(max(Int(text("count") ?? "") ?? 1, 1), IncidentPage.mostChildren) }

  /// Makes room for one more child.
  mutating func more() {
    let count = "\(min(childCount + 1, IncidentPage.mostChildren))"
    _ = take(out: "count")
    suggest("count", count)
  }
}

extension Visit {
  /// The schools that take part, by name.
  var schools: [(name: String, id: AgencyID)] {
    guard let partnership = try? desk.replica.partnership() else { return [] }
    return partnership.parties.filter { $0.namedKind == .school }.map { id in
      (partnership.card(of: id)?.name ?? id.description, id)
    }.sorted { $0.0 < $1.0 }
  }
}
