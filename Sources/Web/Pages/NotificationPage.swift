import Agreements
import Casework
import Node
import Records
import Replica

/// One notification: opened here, answered here, and what has happened since.
struct NotificationPage: Page {
  let path = "/notifications/:id"

  struct Model: Sendable {
    let here: String
    let problems: [Form.Problem]
    let line: NotificationLine
    let withdrawn: String?
    let isWithdrawing: Bool
    /// Whether it waits for somebody of this agency to open it.
    let canOpen: Bool
    let opensAs: String
    let content: Content?
    let answer: Answer?
    let canWithdraw: Bool
    let reason: FieldModel
    let canPlan: Bool
    let steps: [Step]
    let places: [String]
    let sharing: String
    let history: String?
  }

  /// What it says, once it was opened or where it was written.
  struct Content: Sendable {
    let child: String
    let childAddress: String?
    let facts: [Fact]
    let guidance: String?
    let helpline: String?
    let before: [Fact]
    let keepFromParents: Bool
  }

  /// The form to say what is done.
  struct Answer: Sendable {
    let mode: FieldModel
    let actions: FieldModel
    let wishes: FieldModel
    let parents: FieldModel
    let actedOn: FieldModel?
    let detail: FieldModel?
  }

  /// One thing that happened.
  struct Step: Sendable {
    let when: String
    let what: String
  }

  func show(_ visit: Visit) throws -> Reply {
    guard let id = visit.recordID() else { return .notFound }
    let found = try visit.desk.notification(id)
    let isMine = found.school == visit.desk.agency
    let isOpen = !isMine || found.state >= .opened
    try visit.desk.audit("viewed", of: [id], detail: isOpen ? "" : "not opened")
    let isWithdrawn = found.withdrawn != nil
    let mayAnswer = isMine && visit.may(.answer)
    // What was typed while it was taken back is still there to be copied.
    let isTyped = visit.form.isTyped(in: "answer")
    let isIssuer = found.issuer == visit.desk.agency
    var screen = Screen(
      "Notification", "notification",
      Model(
        here: "/notifications/\(id)", problems: visit.form.problems,
        line: NotificationLine(found, visit), withdrawn: found.withdrawn.map { Excerpt.of($0) },
        isWithdrawing: visit.form.isTyped(in: "withdraw"),
        canOpen: mayAnswer && !isWithdrawn && found.state < .opened,
        opensAs: Words.term((visit.viewer.opensAs ?? .keyAdult).rawValue),
        content: isOpen ? try content(of: found, visit) : nil,
        answer: mayAnswer && isOpen && (!isWithdrawn || isTyped)
          ? try answer(to: found, visit) : nil,
        canWithdraw: isIssuer && visit.may(.notify) && !isWithdrawn,
        reason: visit.form.field("reason", "Why it is taken back"),
        canPlan: isOpen && visit.may(.plan) && visit.agencyMay(write: ["family"], of: "plan"),
        steps: try steps(of: found, visit),
        places: try Whereto.lines(of: parts(of: id, visit), visit),
        sharing: "/records/\(id)/sharing", history: isOpen ? "/records/\(id)/history" : nil))
    screen.hasProblems = !visit.form.isSound
    screen.isLive = visit.form.values.isEmpty
    return .page(screen)
  }

  func act(_ visit: Visit) throws -> Reply {
    guard let id = visit.recordID() else { return .notFound }
    let here = "/notifications/\(id)"
    let done = visit.form.text("do")
    let found = try visit.desk.notification(id)
    var visit = visit
    if let problem = problem(found, visit) {
      visit.form.fail("do", problem)
      return try show(visit)
    }
    do {
      switch done {
      case "open" where visit.may(.answer):
        _ = try visit.desk.open(id, as: visit.viewer.opensAs ?? .keyAdult, person: nil)
      case "answer" where visit.may(.answer):
        guard try respond(to: id, &visit) else { return try show(visit) }
      case "withdraw" where visit.may(.notify):
        let reason = visit.form.required("reason", "Say why it is taken back")
        guard let reason, visit.form.isSound else { return try show(visit) }
        try visit.desk.withdraw(id, because: reason, person: nil)
      case "plan" where visit.may(.plan):
        let plan = try visit.desk.startPlan(from: id, reviewOn: nil, goals: nil, person: nil)
        return .redirect("/plans/\(plan.id)")
      default: return .notTheirs
      }
    } catch {
      visit.form.fail("do", try Visit.words(error))
      return try show(visit)
    }
    return .redirect(here)
  }

  /// Why it cannot be opened or answered any more, or by somebody else.
  private func problem(_ found: NotificationCase, _ visit: Visit) -> String? {
    guard visit.may(.answer), visit.form.isTyped(in: "open") || visit.form.isTyped(in: "answer")
    else { return nil }
    if found.withdrawn != nil {
      return "It was taken back meanwhile: there is nothing more to do, and nothing was saved"
    }
    guard found.school == visit.desk.agency else {
      return
        "It is for \(found.school.map(visit.name) ?? "another agency"), which opens and answers it"
    }
    let role = visit.viewer.opensAs ?? .keyAdult
    guard visit.form.isTyped(in: "open"), found.notFor.contains(role) else { return nil }
    let others = KeyAdultRole.allCases.filter { !found.notFor.contains($0) }
      .map { Words.term($0.rawValue) }
    return "It is not for the \(Words.term(role.rawValue)). "
      + "Ask the \(others.joined(separator: " or the ")) to open it"
  }

  /// The notification, its ledger and the answer: where one has gone, the others belong to it.
  private func parts(of id: RecordID, _ visit: Visit) -> [RecordID] {
    [id, CaseIDs.delivery(of: id), CaseIDs.response(to: id, by: visit.desk.agency)].filter {
      (try? visit.desk.reader.record($0)) != nil
    }
  }

  private func respond(to id: RecordID, _ visit: inout Visit) throws -> Bool {
    var response = SchoolResponse()
    response.mode = visit.form.text("mode")
    response.actions = visit.form.text("actions")
    response.childWishes = visit.form.text("wishes")
    response.doNotContactParents = visit.form.isTicked("parents") ? true : nil
    response.isActedOn = visit.form.isTicked("acted")
    response.detail = visit.form.text("detail")
    guard visit.form.isSound else { return false }
    if response == SchoolResponse() {
      visit.form.fail(
        "mode", "Say at least one thing: how the child is supported, or what was done")
      return false
    }
    _ = try visit.desk.respond(to: id, response)
    return true
  }

  private func content(of found: NotificationCase, _ visit: Visit) throws -> Content {
    let record = try visit.desk.caseRecord(found.id, type: "notification")
    let child = found.child.flatMap { try? visit.desk.caseRecord($0, type: "child") }
    let incident = found.incident.flatMap { try? visit.desk.caseRecord($0, type: "incident") }
    var facts: [Fact] = []
    facts.add("When it happened", visit.spoken(found.occurredAt))
    facts.add("What the school has to know", record, "context")
    if let child {
      facts += Fact.of(child, ["date_of_birth", "school", "languages", "needs"], visit)
    }
    if let incident {
      facts += Fact.of(incident, ["reference", "child_words", "place", "circumstances"], visit)
    }
    let responses = try visit.desk.related("response", to: found.id)
    let before = responses.flatMap {
      Fact.of($0, ["mode", "actions", "child_wishes", "detail"], visit)
    }
    return Content(
      child: visit.childName(found.child),
      childAddress: child.map { "/children/\($0.id)" }, facts: facts,
      guidance: record.text("guidance").map { Excerpt.of($0) }, helpline: try visit.desk.helpline(),
      before: before,
      keepFromParents: responses.contains { $0.isTrue("do_not_contact_parents") })
  }

  private func answer(to found: NotificationCase, _ visit: Visit) throws -> Answer {
    let form = visit.form
    let partnership = try visit.desk.replica.partnership()
    let mayTell =
      partnership.mayWriteAll(visit.desk.agency, ["detail"], of: "response", at: visit.now).term
      != nil
    return Answer(
      mode: form.choice(
        "mode", "How is the child supported?",
        among: [
          ("silent", "Silently", "other pupils do not notice"),
          ("overt", "Openly", "the child knows that you know"),
        ]),
      actions: form.field("actions", "What is done", hint: "Seen only within your school"),
      wishes: form.field("wishes", "What the child wishes", hint: "In the child's own words"),
      parents: form.box("parents", "Do not contact the parents about this"),
      actedOn: found.state < .actedOn
        ? form.box("acted", "The child has been supported", hint: "The police see that you acted")
        : nil,
      detail: mayTell
        ? form.field("detail", "For the hub", hint: "Only what the hub has to know") : nil)
  }

  private func steps(of found: NotificationCase, _ visit: Visit) throws -> [Step] {
    var steps: [(Instant, String)] = []
    if let issued = found.issuedAt {
      steps.append((issued, "\(found.issuer.map(visit.name) ?? "Somebody") issued it"))
    }
    for entry in found.ledger where entry.state > .issued {
      let what =
        switch entry.state {
        case .issued, .delivered: "it arrived"
        case .opened: "it was opened"
        case .actedOn: "the child was supported"
        }
      steps.append((entry.at, "\(visit.name(of: entry.by)): \(what)"))
    }
    let record = try visit.desk.caseRecord(found.id, type: "notification")
    if let taken = record.entries("withdrawn").last {
      steps.append((taken.at, "\(visit.name(of: taken.by)) took it back"))
    }
    return steps.sorted { $0.0 < $1.0 }.map {
      Step(when: PeopleTime.spoken($0.0, now: visit.now), what: $0.1)
    }
  }
}
