import Agreements
import Casework
import Node
import Records
import Replica

/// The hub's board: plans that need somebody first.
struct PlansPage: Page {
  let path: String
  let duty: Duty? = .plan

  struct Model: Sendable {
    let plans: [PlanLine]
    let isEmpty: Bool
    let pager: Pager?
  }

  static let all = ["/plans", "/plan-list/:page"].map { PlansPage(path: $0) }
  private static let size = 50

  func show(_ visit: Visit) throws -> Reply {
    let ids = visit.unlessHidden(visit.index.plansInOrder(on: visit.today))
    let page = visit.pageNumber
    let shown = ids.page(page, by: Self.size).compactMap { try? visit.desk.plan($0) }
      .map { PlanLine($0, visit) }
    if shown.isEmpty, page > 1 { return .notFound }
    return .page(
      Screen(
        "Plans", "plans",
        Model(
          plans: shown, isEmpty: shown.isEmpty,
          pager: Pager(
            page, of: ids.count, by: Self.size, labels: ("Plans before these", "More plans")
          ) { $0 == 1 ? "/plans" : "/plan-list/\($0)" })))
  }
}

/// A plan in a list.
struct PlanLine: Sendable {
  let address: String
  let title: String
  let review: String?
  let isDue: Bool
  let late: String?
  let unheard: String?

  init(_ plan: FamilyPlan, _ visit: Visit) {
    address = "/plans/\(plan.id)"
    let names = plan.family.prefix(4).map(visit.label)
    title = names.isEmpty ? "A family" : names.joined(separator: ", ")
    review = visit.spoken(plan.reviewOn)
    isDue = plan.isReviewDue(on: visit.today)
    let count = plan.lateActions(on: visit.today).count
    late = count == 0 ? nil : count == 1 ? "1 late action" : "\(count) late actions"
    let silent = visit.sees("words", of: "voice") ? plan.notYetAsked.count : 0
    unheard =
      silent == 0 ? nil : silent == 1 ? "1 person not yet asked" : "\(silent) people not yet asked"
  }
}

extension FamilyPlan.Action {
  fileprivate var isOpen: Bool { status == "open" || status == "under-way" }
}

/// One plan: what is needed, who does what by when, and the family's own words.
struct PlanPage: Page {
  let path: String
  let duty: Duty? = .plan

  struct Model: Sendable {
    let here: String
    let problems: [Form.Problem]
    let line: PlanLine
    let family: [Person]
    let goals: [Fact.Said]
    let needs: [Need]
    let actions: [Action]
    let isIdle: Bool
    let pager: Pager?
    let voices: [VoiceModel]
    let moreVoices: String?
    let unheard: [String]
    /// Whether their words may be there without this person's seeing them.
    let isOutOfSight: Bool
    let isAdding: Bool
    let isChanging: Bool
    let sharing: String
    let history: String
    let addTask: FieldModel
    let addOwner: FieldModel
    let addDue: DayModel
    let newReview: DayModel
    let goal: FieldModel
    let need: FieldModel
  }

  struct Person: Sendable {
    let name: String
    let address: String?
  }

  struct Need: Sendable {
    let agency: String
    let text: String
    let whole: String?
  }

  struct Action: Sendable {
    let id: String
    let task: String
    let owner: String
    let due: String?
    let status: String
    let isLate: Bool
    let isOwn: Bool
    let choices: [FieldModel.Choice]
  }

  static let all = ["/plans/:id", "/plans/:id/actions/:page"].map { PlanPage(path: $0) }
  /// As much as a page has room for that loads in a car.
  private static let (size, mostPeople, mostGoals, mostVoices) = (20, 20, 3, 6)

  func show(_ visit: Visit) throws -> Reply {
    guard let id = visit.recordID() else { return .notFound }
    let plan = try visit.desk.plan(id)
    try visit.desk.audit("viewed", of: [id])
    let form = visit.form
    let seesWords = visit.sees("words", of: "voice")
    let actions = plan.actions.filter(\.isOpen) + plan.actions.filter { !$0.isOpen }
    let page = visit.pageNumber
    let shown = actions.page(page, by: Self.size)
    if shown.isEmpty, page > 1 { return .notFound }
    var screen = Screen(
      "Plan", "plan",
      Model(
        here: "/plans/\(id)", problems: form.problems, line: PlanLine(plan, visit),
        family: plan.family.prefix(Self.mostPeople).map { person($0, visit) },
        goals: plan.goals.suffix(Self.mostGoals).map {
          Fact.Said($0, of: id, "goals", bytes: Excerpt.besideBytes)
        },
        needs: plan.needs.prefix(Self.mostPeople).map { need($0, of: id, visit) },
        actions: shown.map { action($0, visit) }, isIdle: actions.isEmpty,
        pager: Pager(
          page, of: actions.count, by: Self.size, labels: ("Actions before these", "More actions")
        ) { $0 == 1 ? "/plans/\(id)" : "/plans/\(id)/actions/\($0)" },
        voices: plan.voices.prefix(Self.mostVoices).map { VoiceModel($0, visit) },
        moreVoices: plan.voices.count > Self.mostVoices
          ? "There are \(plan.voices.count) in all: the page of each child has the others." : nil,
        unheard: seesWords ? plan.notYetAsked.prefix(Self.mostPeople).map(visit.label) : [],
        isOutOfSight: !seesWords && plan.voices.isEmpty, isAdding: form.isTyped(in: "add"),
        isChanging: form.isTyped(in: "change"), sharing: "/records/\(id)/sharing",
        history: "/records/\(id)/history",
        addTask: form.field("task", "What is done"),
        addOwner: form.choice("owner", "Who does it", among: owners(visit)),
        addDue: form.dayField("due", "By when", hint: "For example, 27 3 2028"),
        newReview: form.dayField("review", "When the plan is looked at again"),
        goal: form.field("goals", "What the plan is for"),
        need: form.field("needs", "What your agency sees is needed")))
    screen.hasProblems = !form.isSound
    return .page(screen)
  }

  func act(_ visit: Visit) throws -> Reply {
    guard let id = visit.recordID() else { return .notFound }
    _ = try visit.desk.plan(id)
    var visit = visit
    do {
      switch visit.form.text("do") {
      case "add": guard try add(to: id, &visit) else { return try show(visit) }
      case "status":
        guard let action = visit.form.text("action").flatMap(RecordID.init),
          let status = visit.form.text("status")
        else { return .notFound }
        guard
          try visit.desk.plan(id).actions.contains(where: {
            $0.id == action && $0.owner == visit.desk.agency
          })
        else {
          visit.form.fail("do", "Another agency does this now, and says itself how far it is")
          return try show(visit)
        }
        try visit.desk.setStatus(of: action, to: status, person: nil)
      case "change": guard try change(id, &visit) else { return try show(visit) }
      default: return .notFound
      }
    } catch {
      visit.form.fail("do", try Visit.words(error))
      return try show(visit)
    }
    return .redirect("/plans/\(id)")
  }

  private func add(to plan: RecordID, _ visit: inout Visit) throws -> Bool {
    let task = visit.form.required("task", "Say what is done")
    let owner = visit.form.required("owner", "Say who does it").flatMap(AgencyID.init)
    let due = visit.form.day("due", "By when")
    if due == nil { visit.form.fail("due", "Type by when it is done") }
    guard let task, let owner, let due, visit.form.isSound else { return false }
    var request = ActionRequest(task: task, owner: owner, dueOn: due)
    if owner.namedKind == .school { request.school = owner }
    _ = try visit.desk.addAction(to: plan, request)
    return true
  }

  private func change(_ plan: RecordID, _ visit: inout Visit) throws -> Bool {
    var assignments: [Edit.Assignment] = []
    if let day = visit.form.day("review", "When the plan is looked at again") {
      assignments.append(.set(field: "review_on", text: "\(day)"))
    }
    for field in ["goals", "needs"] {
      if let text = visit.form.text(field) { assignments.append(.set(field: field, text: text)) }
    }
    guard visit.form.isSound else { return false }
    guard !assignments.isEmpty else {
      visit.form.fail("review", "Type what is new: nothing was changed")
      return false
    }
    _ = try visit.desk.put([Edit(type: "plan", record: plan, assignments: assignments)])
    return true
  }

  private func owners(_ visit: Visit) -> [(String, String, String?)] {
    let partnership = try? visit.desk.replica.partnership()
    let peers = partnership?.peers(of: visit.desk.agency, at: visit.now) ?? []
    return ([visit.desk.agency] + peers.filter { $0.namedKind != .school }.prefix(20))
      .map { ("\($0)", visit.name(of: $0), nil) }
  }

  private func need(
    _ need: FamilyPlan.Statement, of plan: RecordID, _ visit: Visit
  ) -> Need {
    let said = Fact.Said(need.text, of: plan, "needs", bytes: Excerpt.besideBytes)
    return Need(agency: visit.name(of: need.agency), text: said.text, whole: said.whole)
  }

  private func person(_ id: RecordID, _ visit: Visit) -> Person {
    let isChild = (try? visit.desk.reader.record(id))?.type == "child"
    return Person(name: visit.label(of: id), address: isChild ? "/children/\(id)" : nil)
  }

  private func action(_ action: FamilyPlan.Action, _ visit: Visit) -> Action {
    let isOwn = action.owner == visit.desk.agency
    // What was chosen and could not be saved, as after a session that ended, is still chosen.
    let isTyped =
      visit.form.isTyped(in: "status") && visit.form.text("action") == "\(action.id)"
    let status = isTyped ? visit.form.text("status") ?? action.status : action.status
    return Action(
      id: "\(action.id)", task: Excerpt.of(action.task, bytes: Excerpt.lineBytes),
      owner: action.owner.map(visit.name) ?? "Nobody yet",
      due: visit.spoken(action.dueOn), status: Words.term(action.status),
      isLate: action.isLate(on: visit.today), isOwn: isOwn,
      choices: ["open", "under-way", "done", "dropped"].map {
        FieldModel.Choice(
          id: "status-\(action.id)-\($0)", field: "status", value: $0, label: Words.term($0),
          note: nil, isChosen: status == $0)
      })
  }
}
