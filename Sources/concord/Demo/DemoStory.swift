import Agreements
import Casework
import Foundation
import Node
import Records
import Replica

/// What happens in the demo, in order. All values are fictional and say so.
struct DemoStory {
  let data: DemoData
  let police: DemoAgency
  let care: DemoAgency
  let school: DemoAgency
  let tell: (String) -> Void
  /// Saturday 1 May 2027, 22:40 in London; Monday is a bank holiday.
  static let incidentAt = Instant(milliseconds: 1_809_207_600_000)

  /// Tuesday 4 May 2027, 10:00 in London: school began at 08:45.
  static let tuesdayAt = Instant(milliseconds: 1_809_421_200_000)

  let child = LocalNode.newRecordID()
  let sibling = LocalNode.newRecordID()
  let adult = LocalNode.newRecordID()
  let incident = LocalNode.newRecordID()
  let childVoice = DemoRecord()
  let adultVoice = DemoRecord()
  let action = DemoRecord()
  var notification: RecordID { Self.notification(of: child, incident) }
  /// The one that nobody opens.
  var unopened: RecordID { Self.notification(of: sibling, incident) }
  var delivery: RecordID { CaseIDs.delivery(of: notification) }
  var response: RecordID { CaseIDs.response(to: notification, by: school.id) }
  var plan: RecordID { CaseIDs.plan(from: notification) }

  private static func notification(of child: RecordID, _ incident: RecordID) -> RecordID {
    CaseIDs.notification(child: child, incident: incident, occurredAt: incidentAt)
  }

  /// What is written in the story, and at which agencies it may be by the rules of Operation
  /// Encompass: addresses and adults never at a school, how a school supports a child nowhere else.
  var values: [(text: String, mayBeAt: [AgencyID])] {
    let everywhere = [police.id, care.id, school.id]
    let investigators = [police.id, care.id]
    return [
      (Text.child, everywhere), (Text.childWords, everywhere), (Text.context, everywhere),
      (Text.guidance, everywhere), (Text.adult, investigators), (Text.place, investigators),
      (Text.circumstances, investigators), (Text.addresses[0], investigators),
      (Text.addresses[1], investigators), (Text.addresses[2], investigators),
      (Text.pastoral, [school.id]), (Text.nhsNumber, [care.id]),
      (Text.childVoice, investigators), (Text.adultVoice, [care.id]),
      (Text.task, [police.id, care.id]), (Text.sibling, everywhere),
    ]
  }

  private enum Text {
    static let child = "Example Child A"
    static let adult = "Example Parent B"
    static let addresses = [
      "1 Example Street (fictional)", "2 Example Road (fictional)", "3 Example Lane (fictional)",
    ]
    static let place = "Fictional place of the incident"
    static let circumstances = "Fictional circumstances for investigators"
    static let childWords = "Fictional words of the child"
    static let context = "Fictional context: the child was present"
    static let guidance = "Fictional guidance: watch and listen"
    static let pastoral = "Fictional pastoral action of the school"
    static let sibling = "Example Child C"
    static let childVoice = "Fictional words: I want to stay at my school"
    static let adultVoice = "Fictional words: please do not tell him where we are"
    static let task = "Fictional task: make the door safe"
    /// From the range that is reserved for tests.
    static let nhsNumber = "9990000018"
  }

  var agencies: [DemoAgency] { [police, care, school] }
  var records: [RecordID] {
    [child, sibling, adult, incident, notification, delivery, response, unopened, plan]
      + [childVoice, adultVoice, action].compactMap(\.id)
  }

  init(data: DemoData, folder: String, tell: @escaping (String) -> Void) throws {
    self.data = data
    self.tell = tell
    guard let police = AgencyID("police.south-yorkshire"), let care = AgencyID("care.E08000019"),
      let school = data.school.agency
    else { throw NodeError("the demo's agencies have no valid ids") }
    let now = Self.incidentAt.advanced(byMilliseconds: 20 * 60_000)
    self.police = try DemoAgency(
      police, kind: .police, title: "South Yorkshire Police", under: folder, clock: now)
    self.care = try DemoAgency(
      care, kind: .care, title: "Sheffield children's social care", under: folder, clock: now)
    self.school = try DemoAgency(
      school, kind: .school, title: data.school.name, under: folder, clock: now)
  }

  /// Drafts, signs and adopts the agreement, and admits the school.
  func agree() throws {
    func card(_ agency: DemoAgency) throws -> (text: String, source: String) {
      (DocumentFile([try agency.node.card()]).text, "\(agency.id).card")
    }
    let name = "sheffield-encompass.yaml"
    var text = try AgreementDrafting.draft(
      template: (BundledTexts.sheffieldAgreement, name), cards: [try card(police), try card(care)],
      profiles: [], previous: nil)
    text = try police.node.signAgreement(text, source: name)
    text = try care.node.signAgreement(text, source: name)
    let (agreement, _) = try police.node.adopt(text, source: name)
    _ = try care.node.adopt(text, source: name)
    let own = try card(school)
    let deed = try police.node.admit(cardText: own.text, source: own.source)
    _ = try school.node.join(deed, source: "membership")
    tell("Police and social care have signed \(agreement.lineage), version \(agreement.version).")
    tell("Police have admitted \(school.title) (URN \(data.school.urn)).")
  }

  func start() async throws {
    for agency in agencies { try agency.start() }
    try await police.connected(to: [care, school])
    try await care.connected(to: [school])
    tell("Three processes run, each with its own database, linked by mutual TLS.")
  }

  /// Police record an incident and tell the school of two children.
  func notify() async throws -> (due: Instant, delay: Duration) {
    tell(
      "\n\(PeopleTime.text(Self.incidentAt)). Police attend an incident; two children were there.")
    _ = try police.node.caseFiles.takeCalendar(data.termDates, for: nil)
    try await record()
    let sent = ContinuousClock.now
    var due = Self.incidentAt
    for child in [child, sibling] {
      var request = NotifyRequest(child: child)
      request.incident = incident
      request.context = Text.context
      request.guidance = Text.guidance
      due = try police.node.notify(request).dueAt
    }
    await police.node.announceChange()
    try await DemoWait.until("the school has the notification") {
      (try? school.replica.record(notification))?.field("context") != nil
    }
    return (due, sent.duration(to: .now))
  }

  private func record() async throws {
    for (child, name) in [(child, Text.child), (sibling, Text.sibling)] {
      try await police.put(
        "child", child,
        [
          ("name", name), ("date_of_birth", "2016-03-04"),
          ("address", Text.addresses[0]), ("school", school.id.description),
        ])
    }
    try await police.put(
      "adult", adult,
      [("name", Text.adult), ("role", "parent"), ("children", child.description)])
    try await police.put(
      "incident", incident,
      [
        ("reference", "DEMO-0001"), ("occurred_at", Self.incidentAt.description),
        ("children", child.description), ("place", Text.place),
        ("circumstances", Text.circumstances),
        ("persons", adult.description), ("child_words", Text.childWords),
      ])
    _ = try police.node.put([
      Edit(
        type: "incident", record: incident,
        assignments: [.add(field: "children", text: sibling.description)])
    ])
  }

  /// The Key Adult opens one of the two and records what the school does.
  func respond() async throws {
    _ = try school.node.open(notification, as: .keyAdult, person: nil)
    var answer = SchoolResponse()
    answer.mode = "silent"
    answer.actions = Text.pastoral
    answer.isActedOn = true
    _ = try school.node.respond(to: notification, answer)
    await school.node.announceChange()
    try await care.put("child", child, [("nhs_number", Text.nhsNumber)])
    try await DemoWait.until("police see that the school has acted") {
      try police.node.notification(notification).state == .actedOn
    }
    tell(
      "The Key Adult has opened one and acted; police see that, and not how the child is supported."
    )
  }

  /// Police and social care work apart, each on its own copy.
  func workOffline() async throws {
    police.stop()
    care.stop()
    try await police.put("incident", incident, [("risk_grade", "medium"), ("category", "crime")])
    try await police.put("child", child, [("address", Text.addresses[1])])
    try await care.put(
      "incident", incident, [("risk_grade", "high"), ("category", "child-protection")])
    try await care.put("child", child, [("address", Text.addresses[2])])
    tell("\nPolice and social care go offline. Each grades the risk, and each changes the address.")
  }

  func comeBack() async throws {
    for agency in agencies { try agency.move(to: Self.tuesdayAt) }
    for agency in agencies { try agency.start() }
    try await settle()
    tell("\n\(PeopleTime.text(Self.tuesdayAt)). All are back and in step again.")
  }

  /// What nobody opened by its deadline is escalated by the node that issued it.
  func escalate() async throws -> EscalationStep {
    try await DemoWait.until("the hub hears of what nobody opened") {
      try care.node.notification(unopened).escalation == .hub
    }
    let late = Inbox.waiting(try care.node.notifications(), at: care.node.clock.now())
    tell("Nobody has opened the other notification, and the school names no second Key Adult:")
    for found in late where found.id == unopened {
      tell("  " + NotificationText.line(found, now: care.node.clock.now()))
    }
    return try care.node.notification(unopened).escalation
  }

  /// The notification grows into a plan, with the family's own words.
  func makePlan() async throws {
    let today = LondonTime(Self.tuesdayAt).date
    _ = try care.node.startPlan(
      from: notification, reviewOn: today.advanced(byDays: 28), goals: nil, person: nil)
    action.id = try care.node.addAction(
      to: plan,
      ActionRequest(task: Text.task, owner: police.id, dueOn: today.advanced(byDays: 2)))
    var words = VoiceRequest(about: child, askedOn: today, consent: "hub")
    words.words = Text.childVoice
    words.shareWith = [police.id]
    childVoice.id = try care.node.record(words)
    var own = VoiceRequest(about: adult, askedOn: today, consent: "hearer-only")
    own.words = Text.adultVoice
    adultVoice.id = try care.node.record(own)
    await care.node.announceChange()
    try await settle()
    tell("\nSocial care lets it grow into a plan, with the words of the child and of the mother:")
    try show(at: care, today)
    tell("This is what police see of it; the mother's words are for whoever heard them alone:")
    try show(at: police, today)
  }

  private func show(at agency: DemoAgency, _ today: LocalDate) throws {
    let seen = try agency.node.plan(plan)
    tell(
      PlanText.of(
        seen, try agency.node.perspectives(of: seen), today: today,
        names: try agency.node.names(of: seen.family)))
  }

  /// Has every node exchange until all are quiet.
  func settle() async throws {
    try await police.connected(to: [care, school])
    try await care.connected(to: [police, school])
    for _ in 0..<2 {
      for agency in agencies {
        let report = try await agency.node.sync(with: nil, logger: DemoLog.logger)
        if let failed = report.peers.first(where: { $0.error != nil }) {
          throw NodeError("\(agency.id) and \(failed.agency): \(failed.error ?? "")")
        }
      }
    }
  }

  /// Social care chooses between the addresses.
  func resolve() async throws -> [ValueFacts] {
    guard let conflict = try care.replica.conflicts().first else {
      throw NodeError("no conflict was shown to social care")
    }
    for agency in [police, care] {
      let grades = try agency.replica.record(incident).field("risk_grade")?.values ?? []
      let text = grades.map { "\($0.by) says \($0.value)" }.joined(separator: ", ")
      tell("\(agency.title) sees the risk side by side: \(text).")
    }
    let values = conflict.field.values
    tell("The address is shown as \(values.count) values to review:")
    for value in values { tell("  \(value.value), by \(value.by)") }
    _ = try care.node.resolve(
      child, "address", value: Text.addresses[2], seen: values.map(\.write),
      person: nil)
    await care.node.announceChange()
    try await settle()
    tell("Social care chooses; all nodes agree.")
    return values.map(ValueFacts.init)
  }
}

/// A record whose id is known once it is made.
final class DemoRecord {
  var id: RecordID?
}
