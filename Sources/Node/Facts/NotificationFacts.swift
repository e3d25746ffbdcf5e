public import Casework
public import Records

/// What was issued.
public struct IssuedFacts: Encodable, Sendable {
  public let id: String
  public let isNew: Bool
  public let school: String
  public let reason: String?
  public let dueAt: String
  public let isAssumed: Bool
  public let lacks: [String]
  public let meanwhile: String?

  /// Facts of what was issued.
  public init(_ issued: IssuedNotification) {
    id = issued.id.description
    isNew = issued.isNew
    school = issued.school.description
    reason = issued.reason?.description
    dueAt = issued.dueAt.description
    isAssumed = issued.isAssumed
    lacks = issued.lacks.map(\.description)
    meanwhile = issued.meanwhile?.description
  }

  enum CodingKeys: String, CodingKey {
    case id, school, reason, lacks, meanwhile
    case isNew = "new"
    case dueAt = "due_at"
    case isAssumed = "assumed"
  }
}

/// A notification as it stands.
public struct NotificationFacts: Encodable, Sendable {
  public let id: String
  public let school: String?
  public let child: String?
  public let incident: String?
  public let state: String
  public let dueAt: String?
  public let isLate: Bool
  public let escalation: String
  public let notFor: [String]
  public let withdrawn: String?
  /// Whom to call for advice; said where it is opened.
  public let helpline: String?
  /// Why the deadline had to be assumed; absent where the calendar gives it.
  public let assumption: String?

  /// Facts of a notification at a moment.
  public init(
    _ found: NotificationCase, now: Instant, helpline: String? = nil,
    assumption: NotificationDeadline.Assumption? = nil
  ) {
    self.helpline = helpline
    self.assumption = assumption?.description
    id = found.id.description
    school = found.school?.description
    child = found.child?.description
    incident = found.incident?.description
    state = found.state.rawValue
    dueAt = found.dueAt?.description
    isLate = found.isLate(at: now)
    escalation = found.escalation.rawValue
    withdrawn = found.withdrawn
    notFor = found.notFor.map(\.rawValue).sorted()
  }

  enum CodingKeys: String, CodingKey {
    case id, school, child, incident, state, escalation, withdrawn, helpline, assumption
    case notFor = "not_for"
    case dueAt = "due_at"
    case isLate = "late"
  }
}
