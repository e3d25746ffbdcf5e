import Agreements
import Casework
import Node
import Records
import Replica

/// An incident as it was recorded: who has been told of which child, and who still has to be.
struct RecordedPage: Page {
  let path = "/incidents/:id"

  struct Model: Sendable {
    let here: String
    let problems: [Form.Problem]
    let facts: [Fact]
    let children: [Told]
    let views: ViewsModel?
    let judge: JudgeModel?
    let isJudging: Bool
    let sharing: String
    let history: String
    let answers: AnswerLinks?
    let places: [String]
  }

  func show(_ visit: Visit) throws -> Reply { try page(visit, asking: nil) }

  private func page(_ visit: Visit, asking: (child: RecordID, choices: [AgencyID])?) throws -> Reply
  {
    guard let id = visit.recordID() else { return .notFound }
    let record = try visit.desk.caseRecord(id, type: "incident")
    try visit.desk.audit("viewed", of: [id])
    let issued = try visit.desk.reader.records(ofType: "notification", referringTo: id)
      .map(\.id).map(visit.desk.notification)
    let children = record.references("children").map { child in
      Told(child, issued, choices: asking?.child == child ? asking?.choices : nil, visit)
    }
    var screen = Screen(
      "Incident", "recorded",
      Model(
        here: "/incidents/\(id)", problems: visit.form.problems,
        facts: Fact.of(
          record,
          ["reference", "occurred_at", "place", "circumstances", "child_words"], visit),
        children: children, views: try ViewsModel(record, visit),
        judge: JudgeModel(record, visit), isJudging: visit.form.isTyped(in: "judge"),
        sharing: "/records/\(id)/sharing", history: "/records/\(id)/history",
        answers: AnswerLinks(id, visit),
        places: try Whereto.lines(of: [id], visit)))
    screen.hasProblems = !visit.form.isSound
    return .page(screen)
  }

  func act(_ visit: Visit) throws -> Reply {
    guard let id = visit.recordID() else { return .notFound }
    let record = try visit.desk.caseRecord(id, type: "incident")
    var visit = visit
    switch visit.form.text("do") {
    case "tell" where visit.may(.notify):
      guard let child = Self.child(record, visit) else { return .notFound }
      if let reply = try tell(child, of: record, &visit) { return reply }
    case "school" where visit.may(.record):
      guard let child = Self.child(record, visit) else { return .notFound }
      guard try correct(child, &visit) else { return try show(visit) }
      // Whoever could not be told before now can be.
      if visit.may(.notify) { _ = try? visit.desk.notify(Self.request(child, of: id)) }
    case "judge" where visit.may(.judge):
      guard try JudgeModel.judge(record, &visit) else { return try show(visit) }
    default: return .notTheirs
    }
    return .redirect("/incidents/\(id)")
  }

  private static func child(_ incident: CaseRecord, _ visit: Visit) -> RecordID? {
    visit.form.text("child").flatMap(RecordID.init)
      .flatMap { incident.references("children").contains($0) ? $0 : nil }
  }

  private static func request(_ child: RecordID, of incident: RecordID) -> NotifyRequest {
    var request = NotifyRequest(child: child)
    request.incident = incident
    return request
  }

  /// Tells whoever is to be told of a child.
  /// - Returns: the page once more, where a person has to do something first.
  private func tell(
    _ child: RecordID, of incident: CaseRecord, _ visit: inout Visit
  ) throws -> Reply? {
    var request = Self.request(child, of: incident.id)
    request.school = visit.form.text("school").flatMap(AgencyID.init)
    guard incident.instant("occurred_at") != nil else {
      visit.form.fail("do", "It is not known here when it happened, so nobody can be told yet")
      return try show(visit)
    }
    let recipient = try? visit.desk.recipient(of: child)
    if case .choice(let agencies)? = recipient?.to,
      !agencies.contains(where: { $0 == request.school })
    {
      visit.form.fail("school", "Choose who is told")
      return try page(visit, asking: (child, agencies))
    }
    do {
      _ = try visit.desk.notify(request)
      return nil
    } catch {
      let words = try Visit.words(error)
      visit.form.fail(
        "do", recipient.map { "Nobody is told: \(visit.why($0.reason))" } ?? words)
      return try show(visit)
    }
  }

  /// Puts a child's school right.
  private func correct(_ child: RecordID, _ visit: inout Visit) throws -> Bool {
    let field = Told.correctionField(child)
    switch visit.meant(by: visit.form.text(field)) {
    case .none: visit.form.fail(field, "Type the child's school")
    case .problem(let problem): visit.form.fail(field, problem)
    case .school(let school):
      guard visit.form.isSound else { return false }
      do {
        _ = try visit.desk.put([
          Edit(
            type: "child", record: child, assignments: [.set(field: "school", text: "\(school)")])
        ])
      } catch { visit.form.fail(field, try Visit.words(error)) }
    }
    return visit.form.isSound
  }
}

/// How agencies see an incident, side by side: none stands for another.
struct ViewsModel: Sendable {
  let rows: [Row]
  let areApart: Bool

  struct Row: Sendable {
    let agency: String
    let category: String
    let risk: String
    let since: String
  }

  init?(_ incident: CaseRecord, _ visit: Visit) throws {
    let seen = Perspectives(on: incident, by: try BundledTexts.crosswalk())
    guard !seen.rows.isEmpty else { return nil }
    areApart = seen.areApart
    func said(_ judgement: Perspectives.Judgement?) -> String {
      guard let judgement else { return "Nothing said" }
      return Words.term(judgement.says) + (judgement.means.map { " (\($0))" } ?? "")
    }
    rows = seen.rows.map { row in
      let times = [row.category?.at, row.risk?.at].compactMap { $0 }
      return Row(
        agency: visit.name(of: row.agency), category: said(row.category), risk: said(row.risk),
        since: visit.spoken(times.max()) ?? "")
    }
  }
}

/// The form in which somebody says how their own agency sees an incident.
struct JudgeModel: Sendable {
  let category: FieldModel
  let risk: FieldModel

  init?(_ incident: CaseRecord, _ visit: Visit) {
    guard visit.may(.judge), let partnership = try? visit.desk.replica.partnership(),
      visit.agencyMay(write: ["category", "risk_grade"], of: "incident")
    else { return nil }
    var form = visit.form
    for (field, typed) in [("category", "category"), ("risk_grade", "risk")] {
      let own = incident.entries(field).last { $0.by == visit.desk.agency }
      form.suggest(typed, own?.value.words)
    }
    func terms(_ vocabulary: String) -> [(String, String, String?)] {
      partnership.terms(of: vocabulary).map { ($0, Words.term($0), nil) }
    }
    category = form.choice("category", "What your agency sees in it", among: terms("category"))
    risk = form.choice("risk", "Risk as your agency grades it", among: terms("risk"))
  }

  /// Writes what was chosen, where it is new.
  static func judge(_ incident: CaseRecord, _ visit: inout Visit) throws -> Bool {
    var assignments: [Edit.Assignment] = []
    for (field, typed) in [("category", "category"), ("risk_grade", "risk")] {
      let own = incident.entries(field).last { $0.by == visit.desk.agency }?.value.words
      if let said = visit.form.text(typed), said != own {
        assignments.append(.set(field: field, text: said))
      }
    }
    guard visit.form.isSound else { return false }
    guard !assignments.isEmpty else {
      visit.form.fail("category", "Choose what is new: nothing was changed")
      return false
    }
    do {
      _ = try visit.desk.put([
        Edit(type: "incident", record: incident.id, assignments: assignments)
      ])
    } catch {
      visit.form.fail("category", try Visit.words(error))
      return false
    }
    return true
  }
}
