import Casework
import Node
import Records

/// Who is told, and why.
struct RecipientFacts: Encodable {
  let agency: String?
  let school: String?
  let choices: [String]
  let reason: String

  init(_ recipient: Recipient) {
    reason = recipient.reason.description
    switch recipient.to {
    case .agency(let agency):
      self.agency = agency.description
      (school, choices) = (nil, [])
    case .through(let force, let school):
      (agency, self.school, choices) = (force.description, school.description, [])
    case .choice(let agencies):
      (agency, school, choices) = (nil, nil, agencies.map(\.description))
    case .person: (agency, school, choices) = (nil, nil, [])
    }
  }
}

/// How ready a school is.
struct ReadinessFacts: Encodable {
  let school: String
  let isReady: Bool
  let lacks: [String]
  let trainingEnds: String?

  init(_ readiness: Readiness) {
    school = readiness.school.description
    isReady = readiness.isReady
    lacks = readiness.lacks.map(\.description)
    trainingEnds = readiness.trainingEnds?.description
  }

  enum CodingKeys: String, CodingKey {
    case school, lacks
    case isReady = "ready"
    case trainingEnds = "training_ends"
  }
}

/// Casework for people to read.
enum IssuedText {
  static func of(_ issued: IssuedNotification) -> String {
    guard issued.isNew else { return "issued before: for \(issued.school), nothing was sent again" }
    var text = "for \(issued.school)"
    if let reason = issued.reason { text += " (\(reason))" }
    text += ", due \(PeopleTime.text(issued.dueAt))"
    if issued.isAssumed { text += " (assumed: no calendar says more)" }
    if issued.isEnrolled { text += "\nthe child is recorded as a pupil there from now on" }
    if let officer = issued.meanwhile {
      text +=
        "\nthe school is closed until then: \(officer) is told meanwhile, as the agreement says"
    }
    if !issued.lacks.isEmpty {
      let lacks = issued.lacks.map(\.description).joined(separator: "; ")
      text += "\nthe school is not ready (\(lacks)); guidance goes with it"
    }
    return text
  }
}

enum NotificationText {
  static func line(_ found: NotificationCase, now: Instant) -> String {
    var parts = [found.isLate(at: now) ? "LATE" : "waits"]
    parts.append(found.state.rawValue)
    if let due = found.dueAt { parts.append("due \(PeopleTime.text(due))") }
    if let school = found.school { parts.append("for \(school)") }
    if !found.notFor.isEmpty {
      let roles = found.notFor.map(\.rawValue).sorted().joined(separator: " or ")
      parts.append("NOT for the \(roles)")
    }
    if found.escalation > .none { parts.append("escalated to \(found.escalation.rawValue)") }
    return "\(found.id)  \(parts.joined(separator: ", "))"
  }
}

enum RecipientText {
  static func of(_ recipient: Recipient) -> String {
    switch recipient.to {
    case .agency(let agency): "\(agency): \(recipient.reason)"
    case .through(let force, let school): "\(school) through \(force): \(recipient.reason)"
    case .choice(let agencies):
      "a person chooses: \(recipient.reason)\n"
        + agencies.map { "  \($0)" }.joined(separator: "\n")
    case .person: "a person decides: \(recipient.reason)"
    }
  }
}
