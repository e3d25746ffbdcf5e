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
}

extension CaseDesk {
  /// Who is told about a child.
  /// - Parameter lists: the lists of schools, where they were read already.
  /// - Throws: `ReplicaError`, or `NodeError` where no council takes part here.
  public func recipient(of child: RecordID, by lists: CaseFiles.Lists? = nil) throws -> Recipient {
    let record = try caseRecord(child, type: "child")
    let registered = record.agencies("school")
    let parties = try replica.partnership().parties
    guard let officer = Self.officer(among: parties) else {
      throw NodeError("no council takes part here, to be told of children without a school")
    }
    let sealed = try registered.filter { try isSealed(child, from: $0) }
    let lists = try lists ?? caseFiles.lists()
    let (schools, register, me) = (lists.schools, lists.forces, agency)
    return ChildRouting(schools: schools, officer: officer, parties: Set(parties)) { urn in
      let force = schools?.directory.school(urn).flatMap { register?.force(of: $0) }
      return force == me ? nil : force
    }.recipient(registered: registered, sealedFrom: Set(sealed))
  }

  /// Who is told where some roles at the school must not be: the school, as long as it has named
  /// somebody else.
  private func recipient(_ request: NotifyRequest, _ lists: CaseFiles.Lists?) throws -> Recipient {
    let recipient =
      try request.school.map { Recipient(to: .agency($0), reason: .chosen) }
      ?? recipient(of: request.child, by: lists)
    guard !request.notFor.isEmpty, case .agency(let school) = recipient.to,
      school.namedKind == .school
    else { return recipient }
    let readiness = try readiness(of: school)
    let others = Set(KeyAdultRole.allCases).subtracting(request.notFor)
    guard !others.contains(where: readiness.covers) else { return recipient }
    let officer = Self.officer(among: try replica.partnership().parties)
    return officer.map { Recipient(to: .agency($0), reason: .nobodyElse(school)) } ?? recipient
  }

  /// The local authority's, for whom no school is told of.
  private static func officer(among parties: [AgencyID]) -> AgencyID? {
    parties.first { $0.namedKind == .care }
  }

  private func isSealed(_ record: RecordID, from agency: AgencyID) throws -> Bool {
    let explained = try replica.explain(record, "name", for: agency, now: now)
    return explained.decision.rule == .restricted
  }

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
    let recipient = try recipient(request, lists)
    let (told, school) = try decided(recipient)
    let id =
      passed.map { CaseIDs.passedOn($0.id) }
      ?? CaseIDs.notification(
        child: request.child, incident: request.incident, occurredAt: occurredAt)
    if let known = try? caseRecord(id, type: "notification") {
      return try issuedBefore(known)
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
    var edits = try linking(request.child, through: told == school ? nil : told) + issue.edits
    let deferral = try deferral(after: occurredAt, by: calendar, told: told)
    if let deferral {
      issue.tellMeanwhile(deferral, until: deadline.at)
      edits += issue.edits
    }
    if let passed {
      edits += try vouching(for: request.child, person: request.person)
      let states: [DeliveryState] = [.delivered, .opened, .actedOn].filter { $0 > passed.state }
      edits.append(ledgerEdit(of: passed, states, by: nil, person: request.person))
    }
    _ = try put(edits)
    return IssuedNotification(
      id: id, isNew: true, school: told, reason: recipient.reason,
      dueAt: deadline.at, isAssumed: deadline.isAssumed, lacks: lacks,
      meanwhile: deferral?.officer)
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

  /// To whom a notification is addressed, and whose deadline counts.
  private func decided(_ recipient: Recipient) throws -> (told: AgencyID, school: AgencyID) {
    switch recipient.to {
    case .agency(let agency): return (agency, agency)
    case .through(let force, let school):
      guard try replica.partnership().parties.contains(force) else {
        throw NodeError(
          "\(school): \(recipient.reason). \(force) takes no part in an agreement here: hand it over"
        )
      }
      return (force, school)
    case .choice(let agencies):
      let list = agencies.map(\.description).joined(separator: ", ")
      throw NodeError("\(recipient.reason): --school with one of \(list)")
    case .person: throw NodeError("\(recipient.reason)")
    }
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
      isAssumed: record.instant("due_at") == nil, lacks: [], meanwhile: nil)
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
