import Agreements
public import Casework
public import Records
public import Replica

/// What an officer says of a notification; everything else follows from the records.
public struct NotifyRequest: Hashable, Sendable {
  public var child: RecordID
  public var incident: RecordID?
  /// The school that a person chose, where there is a choice.
  public var school: AgencyID?
  /// When it happened, where no incident says so.
  public var occurredAt: Instant?
  public var context: String?
  public var guidance: String?
  /// The roles at the school that must not open it, as where the person who is a danger to the child, or
  /// a relative, has one (domain rule 19).
  public var notFor: Set<KeyAdultRole> = []
  /// The notification that this agency was sent to pass on: where the school is linked with it alone
  /// (domain rule 8).
  public var passesOn: RecordID?
  public var person: String?

  /// States whom it concerns.
  public init(child: RecordID) { self.child = child }
}

/// A notification as it was issued.
public struct IssuedNotification: Hashable, Sendable {
  public let id: RecordID
  /// Whether it was there before: a repeated command issues nothing twice.
  public let isNew: Bool
  public let school: AgencyID
  public let reason: Recipient.Reason?
  public let dueAt: Instant
  /// Whether the calendar had no answer.
  public let isAssumed: Bool
  /// What the recipient lacks, so that guidance went with it.
  public let lacks: [Readiness.Lack]
  /// Who is told meanwhile, where the school is closed and the agreement says so.
  public let meanwhile: AgencyID?
  /// Whether the child was recorded as a pupil there by it.
  public let isEnrolled: Bool
}

extension CaseDesk {
  /// Issues a notification: to whom and by when follows from the child's school and its calendar.
  /// - Parameter lists: the lists of schools, where they were read already.
  /// - Throws: `NodeError` where a person has to choose or know more first, or `ReplicaError`.
  public func notify(
    _ request: NotifyRequest, by lists: CaseFiles.Lists? = nil
  ) throws -> IssuedNotification {
    let (request, passed) = try takingOver(request)
    let incident = try request.incident.map { try caseRecord($0, type: "incident") }
    guard let occurredAt = request.occurredAt ?? incident?.instant("occurred_at") else {
      throw NodeError("occurred_at: say when it happened (--at), or name an incident that does")
    }
    let now = now
    try checkPlausible(occurredAt.description, "occurred_at", of: "notification")
    let recipient = try recipient(of: request, by: lists)
    let (told, school) = try decided(recipient)
    var id =
      passed.map { CaseIDs.passedOn($0.id) }
      ?? CaseIDs.notification(
        child: request.child, incident: request.incident, occurredAt: occurredAt)
    var edits: [Edit] = []
    while let known = try? caseRecord(id, type: "notification") {
      guard let ending = try ending(known, told: told, person: request.person) else {
        return try issuedBefore(known)
      }
      id = CaseIDs.again(id)
      edits += ending
    }
    let calendar = try caseFiles.calendar(of: school)
    let deadline =
      calendar.map { NotificationDeadline.due(after: occurredAt, at: $0) }
      ?? .due(afterUnknown: occurredAt)
    let lacks = told.namedKind == .school ? try readiness(of: told).lacks : []
    let passOn =
      told == school
      ? nil
      : "Pass this on to \(school), which your force has a link with: notify with --passes-on."
    var issue = Issue(
      request: request, id: id, school: told, occurredAt: occurredAt, issuedAt: now,
      dueAt: isLeftToAgency(deadline) ? nil : deadline.at,
      guidance: request.guidance ?? passOn ?? (lacks.isEmpty ? nil : Guidance.text))
    if told != school { issue.sentBy = agency }
    let enrolment = try enrolling(request.child, at: school, person: request.person)
    edits +=
      try linking(request.child, through: told == school ? nil : told) + enrolment
      + sealing(request, from: recipient.reason) + issue.edits
    let deferral = try deferral(after: occurredAt, by: calendar, told: told)
    if let deferral {
      issue.tellMeanwhile(deferral, until: deadline.at)
      edits += issue.edits
    }
    if let passed {
      edits = try vouching(for: request.child, person: request.person) + edits
      // Nobody has acted on it before the school has: that is entered once the school says so.
      let states: [DeliveryState] = [.delivered, .opened].filter { $0 > passed.state }
      if !states.isEmpty {
        edits.append(ledgerEdit(of: passed, states, by: nil, person: request.person))
      }
    }
    _ = try put(edits)
    return IssuedNotification(
      id: id, isNew: true, school: told, reason: recipient.reason,
      dueAt: deadline.at, isAssumed: deadline.isAssumed, lacks: lacks,
      meanwhile: deferral?.officer, isEnrolled: !enrolment.isEmpty)
  }

  /// A child who goes to school in another force's area concerns that force and this one, so that each
  /// hears what the other does; and that force no longer, once the child goes to school elsewhere
  /// (overlay `cross-border`).
  private func linking(_ child: RecordID, through force: AgencyID?) throws -> [Edit] {
    let partnership = try replica.partnership()
    guard partnership.field("linked_forces", of: "child") != nil else {
      guard let force else { return [] }
      throw NodeError(
        "\(force) cannot be told who the child is: no agreement here has the overlay cross-border")
    }
    let linked = try caseRecord(child, type: "child").entries("linked_forces")
    let wanted = Set(force.map { [Value.agency($0), .agency(agency)] } ?? [])
    // What another force said it takes back itself.
    let others = Set(linked.filter { $0.by == agency }.map(\.value)).subtracting(wanted)
    func sorted(_ values: Set<Value>) -> [String] { values.map { "\($0)" }.sorted() }
    let assignments: [Edit.Assignment] =
      sorted(wanted.subtracting(linked.map(\.value))).map {
        .add(field: "linked_forces", text: $0)
      } + sorted(others).map { .remove(field: "linked_forces", text: $0) }
    guard !assignments.isEmpty else { return [] }
    return [Edit(type: "child", record: child, assignments: assignments)]
  }

  /// A school is told who the child is where the child's record names it: so it has to name the school
  /// that follows a closed one, or that a person chose.
  private func enrolling(
    _ child: RecordID, at school: AgencyID, person: String?
  ) throws -> [Edit] {
    guard school.namedKind == .school,
      try caseRecord(child, type: "child").agencies("school") != [school]
    else { return [] }
    return [
      Edit(
        type: "child", record: child, assignments: [.set(field: "school", text: "\(school)")],
        person: person)
    ]
  }

  /// What is routed round a school does not reach it through the incident either (domain rule 19).
  private func sealing(_ request: NotifyRequest, from reason: Recipient.Reason) throws -> [Edit] {
    guard case .nobodyElse(let school) = reason, let incident = request.incident,
      try replica.partnership()
        .mayWriteAll(agency, ["record", "kept_from"], of: "restriction", at: now).term != nil
    else { return [] }
    let seal = CaseIDs.seal(of: incident, from: school)
    guard (try? caseRecord(seal, type: "restriction")) == nil else { return [] }
    return [
      Edit(
        type: "restriction", record: seal,
        assignments: [
          .set(field: "record", text: "\(incident)"), .add(field: "kept_from", text: "\(school)"),
        ], person: request.person)
    ]
  }

  /// The school cannot check the signature of a force that is no party to its agreement: the force that
  /// passes on says itself who the child is and where it goes to school.
  private func vouching(for child: RecordID, person: String?) throws -> [Edit] {
    let record = try caseRecord(child, type: "child")
    let assignments = ["name", "date_of_birth", "school"].compactMap { field -> Edit.Assignment? in
      let entries = record.entries(field)
      guard entries.count == 1, let entry = entries.first, entry.by != agency else { return nil }
      return .set(field: field, text: "\(entry.value)")
    }
    guard !assignments.isEmpty else { return [] }
    return [Edit(type: "child", record: child, assignments: assignments, person: person)]
  }

  /// What a notification that is passed on says stands in the request too.
  private func takingOver(
    _ request: NotifyRequest
  ) throws -> (request: NotifyRequest, passed: NotificationCase?) {
    guard let id = request.passesOn else { return (request, nil) }
    let passed = try mine(id)
    guard passed.child == request.child else {
      throw NodeError("notification \(id) is about another child")
    }
    var request = request
    request.occurredAt = request.occurredAt ?? passed.occurredAt
    request.context = try request.context ?? caseRecord(id, type: "notification").text("context")
    return (request, passed)
  }

  /// What the agreements in force say of a matter, of those to which this agency is a principal.
  func agreed<Matter>(_ matter: (Agreement) -> Matter?) throws -> [Matter] {
    try replica.partnership().terms(at: now).map(\.agreement)
      .filter { $0.principals.contains(agency) }.compactMap(matter)
  }

  /// What ends a notification so that another can take its place; nothing where it stands. One that was
  /// withdrawn has ended; so has one to a school from which the child has been sealed since.
  private func ending(
    _ known: CaseRecord, told: AgencyID, person: String?
  ) throws -> [Edit]? {
    if known.text("withdrawn") != nil { return [] }
    guard known.entries("issued_at").first?.by == agency,
      let child = known.references("child").first, let school = known.agencies("school").first,
      school != told, try keptFrom(child).contains(school)
    else { return nil }
    return [
      Edit(
        type: "notification", record: known.id,
        assignments: [.set(field: "withdrawn", text: "sealed from \(school) since")],
        person: person)
    ]
  }

  private func issuedBefore(_ record: CaseRecord) throws -> IssuedNotification {
    let assumed = record.instant("occurred_at").map { NotificationDeadline.due(afterUnknown: $0) }
    guard let school = record.agencies("school").first,
      let due = record.instant("due_at") ?? assumed?.at
    else {
      throw NodeError("notification \(record.id) is here in part only; sync and try again")
    }
    return IssuedNotification(
      id: record.id, isNew: false, school: school, reason: nil, dueAt: due,
      isAssumed: record.instant("due_at") == nil, lacks: [], meanwhile: nil, isEnrolled: false)
  }

  /// Refuses what can hardly be meant, before anything is written.
  /// - Throws: `NodeError` that names the field and what is expected.
  public func checkPlausible(_ edit: Edit) throws {
    for assignment in edit.assignments {
      switch assignment {
      case .set(let field, let text), .add(let field, let text):
        try checkPlausible(text, field, of: edit.type)
      case .remove, .clear: break
      }
    }
  }

  private func checkPlausible(_ text: String, _ field: String, of type: String) throws {
    guard
      let expected = Plausibility.problem(with: text, in: field, of: type, at: now)
    else { return }
    throw NodeError("\(type).\(field): '\(PrintableText.shown(text))': expected \(expected)")
  }
}

/// What goes with a notification to a school that is not ready (CAFADA: many schools are untrained).
enum Guidance {
  static let text = """
    A child at your school may have been affected by domestic abuse. Look after the child quietly: be \
    available, keep to routine, listen, and do not ask questions about what happened. Do not speak of \
    this to the parents or carers. Tell your designated safeguarding lead today.
    """
}
