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
  /// - Throws: `ReplicaError`, or `NodeError` where no council takes part here.
  public func recipient(of child: RecordID) throws -> Recipient {
    let record = try caseRecord(child, type: "child")
    let registered = record.agencies("school")
    let parties = try replica.partnership().parties
    guard let officer = Self.officer(among: parties) else {
      throw NodeError("no council takes part here, to be told of children without a school")
    }
    let sealed = try registered.filter { try isSealed(child, from: $0) }
    let (schools, register, me) = (try caseFiles.schoolRouting(), try caseFiles.forces(), agency)
    return ChildRouting(schools: schools, officer: officer, parties: Set(parties)) { urn in
      let force = schools?.directory.school(urn).flatMap { register?.force(of: $0) }
      return force == me ? nil : force
    }.recipient(registered: registered, sealedFrom: Set(sealed))
  }

  /// Who is told where some roles at the school must not be: the school, as long as it has named
  /// somebody else.
  private func recipient(_ request: NotifyRequest) throws -> Recipient {
    let recipient = try recipient(of: request.child)
    guard !request.notFor.isEmpty, case .agency(let school) = recipient.to,
      school.namedKind == .school
    else { return recipient }
    let readiness = try readiness(of: request.school ?? school)
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
  /// - Throws: `NodeError` where a person has to choose or know more first, or `ReplicaError`.
  public func notify(_ request: NotifyRequest) throws -> IssuedNotification {
    let incident = try request.incident.map { try caseRecord($0, type: "incident") }
    guard let occurredAt = request.occurredAt ?? incident?.instant("occurred_at") else {
      throw NodeError("occurred_at: say when it happened (--at), or name an incident that does")
    }
    let now = now
    try checkPlausible(occurredAt.description, "occurred_at", of: "notification")
    let recipient = try recipient(request)
    let (told, school) = try decided(recipient, request)
    let id = CaseIDs.notification(
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
      told == school ? nil : "Pass this on to \(school), which your force has a link with."
    var issue = Issue(
      request: request, id: id, school: told, occurredAt: occurredAt, issuedAt: now,
      dueAt: deadline.at,
      guidance: request.guidance ?? passOn ?? (lacks.isEmpty ? nil : Guidance.text))
    var edits = issue.edits
    let deferral = try calendar.flatMap { calendar in
      try agreed(\.deferral).first { $0.officer(for: occurredAt, at: calendar) != nil }
    }.flatMap { $0.officer == told ? nil : $0 }
    if let deferral {
      issue.id = CaseIDs.meanwhile(of: id)
      issue.school = deferral.officer
      issue.dueAt = deferral.deadline(after: occurredAt)
      issue.guidance = "The school is closed until \(deadline.at); look after the child meanwhile."
      edits += issue.edits
    }
    _ = try put(edits)
    return IssuedNotification(
      id: id, isNew: true, school: told, reason: request.school == nil ? recipient.reason : nil,
      dueAt: deadline.at, isAssumed: deadline.isAssumed, lacks: lacks,
      meanwhile: deferral?.officer)
  }

  /// What the agreements in force say of a matter, of those to which this agency is a principal.
  func agreed<Matter>(_ matter: (Agreement) -> Matter?) throws -> [Matter] {
    try replica.partnership().terms(at: now).map(\.agreement)
      .filter { $0.principals.contains(agency) }.compactMap(matter)
  }

  /// To whom a notification is addressed, and whose deadline counts.
  private func decided(
    _ recipient: Recipient, _ request: NotifyRequest
  ) throws -> (told: AgencyID, school: AgencyID) {
    if let school = request.school { return (school, school) }
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
    guard let school = record.agencies("school").first, let due = record.instant("due_at") else {
      throw NodeError("notification \(record.id) is here in part only; sync and try again")
    }
    return IssuedNotification(
      id: record.id, isNew: false, school: school, reason: nil, dueAt: due, isAssumed: false,
      lacks: [], meanwhile: nil)
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

/// What is written when a notification is issued.
private struct Issue {
  let request: NotifyRequest
  var id: RecordID
  var school: AgencyID
  let occurredAt: Instant
  let issuedAt: Instant
  var dueAt: Instant
  var guidance: String?

  var edits: [Edit] {
    var fields: [(String, String?)] = [
      ("school", "\(school)"), ("child", "\(request.child)"),
      ("incident", request.incident?.description), ("occurred_at", "\(occurredAt)"),
      ("context", request.context), ("guidance", guidance), ("due_at", "\(dueAt)"),
      ("issued_at", "\(issuedAt)"),
    ]
    fields = fields.filter { $0.1 != nil }
    // An officer has none of the school's roles.
    let isSchool = school.namedKind == .school
    let roles = isSchool ? request.notFor.map(\.rawValue).sorted() : []
    let notification = Edit(
      type: "notification", record: id,
      assignments: fields.compactMap { name, text in text.map { .set(field: name, text: $0) } }
        + roles.map { .add(field: "not_for", text: $0) },
      person: request.person)
    let ledger = Edit(
      type: "delivery", record: CaseIDs.delivery(of: id),
      assignments: [
        .set(field: "notification", text: "\(id)"),
        .add(field: "state", text: DeliveryState.issued.rawValue),
      ], person: request.person)
    return [notification, ledger]
  }
}
