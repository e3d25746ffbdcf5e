import Agreements
import Casework
import Foundation
import Node
import Records
import Replica

/// What waits, and what is done about it: as `inbox`, `notify`, `open`, `respond` and `withdraw`.
extension ProgramOperation {
  static let listNotifications = ProgramOperation(
    id: "listNotifications", method: .get, path: "/notifications",
    summary: "What waits for this agency, what is late first, then by deadline.",
    scope: .notificationsRead,
    parameters: Parameter.paging,
    answers: [AnswerForm(status: 200, words: "One page.", schema: NotificationForms.page)],
    run: .blocking { asked in
      let viewed = try NotificationForms.viewing(asked)
      let all = viewed.index.waiting(at: viewed.desk.now, except: viewed.hidden.records)
      let (ids, next) = asked.part(of: all)
      let found = try ids.compactMap { id -> NotificationFacts? in
        do {
          return try NotificationForms.facts(viewed.desk.notification(id), viewed)
        } catch ReplicaError.notFound { return nil }
      }
      try viewed.desk.audit("searched", detail: "inbox, \(AuditEntry.found(Array(ids)))")
      return Answer(NotificationForms.Page(notifications: found, next: next))
    })

  static let getNotification = ProgramOperation(
    id: "getNotification", method: .get, path: "/notifications/{id}",
    summary: "A notification as it stands. What it says, once it is opened, `getRecord` reads.",
    scope: .notificationsRead, parameters: [.record], answers: [NotificationForms.answer],
    run: .blocking { asked in
      let (viewed, id) = (try NotificationForms.viewing(asked), try asked.record())
      return try NotificationForms.answer(id, viewed)
    })

  static let issueNotification = ProgramOperation(
    id: "issueNotification", method: .post, path: "/notifications",
    summary: "Tell a child's school of an incident. The same child and incident are notified once.",
    scope: .notificationsWrite, body: .named(NotificationForms.request),
    answers: [
      AnswerForm(
        status: 201, words: "It is issued.", schema: NotificationForms.issued, leadsTo: "id"),
      AnswerForm(
        status: 200, words: "It was issued before; nothing was sent again.",
        schema: NotificationForms.issued, leadsTo: "id"),
    ], refusals: [404, 409],
    run: .blocking { asked in
      let viewed = try NotificationForms.viewing(asked)
      try viewed.require(.notify)
      let request = try NotificationForms.request(asked, viewed)
      let issued = try viewed.desk.notify(request)
      try viewed.desk.audit("viewed", of: [issued.id])
      var answer = Answer(IssuedFacts(issued))
      answer.status = issued.isNew ? 201 : 200
      return answer
    })

  static let openNotification = ProgramOperation(
    id: "openNotification", method: .post, path: "/notifications/{id}/opening",
    summary: "Somebody whose duty it is has read it: the ledger says so, in the role's name.",
    scope: .notificationsWrite, parameters: [.record], answers: [NotificationForms.answer],
    refusals: [409, 422],
    run: .blocking { asked in
      let (viewed, id) = (try NotificationForms.viewing(asked), try asked.record())
      try viewed.require(.answer)
      guard let role = viewed.desk.viewer.opensAs else {
        throw Refusal.role("The role \(viewed.role.name) opens no notifications.")
      }
      _ = try viewed.desk.open(id, as: role, person: nil)
      return try NotificationForms.answer(id, viewed, helpline: try viewed.desk.helpline())
    })

  static let answerNotification = ProgramOperation(
    id: "answerNotification", method: .post, path: "/notifications/{id}/response",
    summary: "How the child is supported. What was said before is not said twice.",
    scope: .notificationsWrite, parameters: [.record], body: .named(NotificationForms.response),
    answers: [NotificationForms.answer], refusals: [409],
    run: .blocking { asked in
      let (viewed, id) = (try NotificationForms.viewing(asked), try asked.record())
      try viewed.require(.answer)
      guard try viewed.desk.notification(id).state >= .opened else {
        throw Refusal(409, "conflict", "Nobody has opened it yet: it is opened first.")
      }
      _ = try viewed.desk.respond(to: id, NotificationForms.response(asked.body))
      return try NotificationForms.answer(id, viewed)
    })

  static let withdrawNotification = ProgramOperation(
    id: "withdrawNotification", method: .post, path: "/notifications/{id}/withdrawal",
    summary: "Take a notification back that this agency issued; its recipient reads the reason.",
    scope: .notificationsWrite, parameters: [.record],
    body: .named(
      Schema.Component(name: "Withdrawal", schema: .object([.must("reason", .typed)]))),
    answers: [NotificationForms.answer], refusals: [409],
    run: .blocking { asked in
      let (viewed, id) = (try NotificationForms.viewing(asked), try asked.record())
      try viewed.require(.notify)
      try viewed.desk.withdraw(id, because: asked.body["reason"]?.text ?? "", person: nil)
      return try NotificationForms.answer(id, viewed)
    })
}

/// What operations on notifications take and answer.
enum NotificationForms {
  struct Page: Encodable, Sendable {
    let notifications: [NotificationFacts]
    let next: Int?
  }

  static let page = Schema.object([
    .must("notifications", .list(notification, upTo: 100)),
    .may("next", .count, "How many to skip for the next page; absent on the last."),
  ])

  static let answer = ProgramOperation.AnswerForm(
    status: 200, words: "The notification as it stands.", schema: notification)

  static let issued = Schema.object([
    .must("id", .recordID), .must("new", .boolean), .must("school", .agency),
    .may("reason", .words, "Why it is them."), .must("due_at", .moment),
    .must("assumed", .boolean, "Whether no calendar had the deadline."),
    .must("lacks", .list(.words), "What the school lacks, so that guidance went with it."),
    .may("meanwhile", .agency, "Who is told meanwhile."),
  ])

  static let request = Schema.Component(
    name: "NewNotification",
    schema: .object([
      .must("child", .recordID), .may("incident", .recordID),
      .may("school", .agency, "Where a person chose it."),
      .may("occurred_at", .instant, "Where no incident says when it happened."),
      .may("context", .typed, "What the school has to know."),
      .may("guidance", .typed, "What the school is asked to do."),
      .may(
        "not_for", .list(.text(TextForm(of: KeyAdultRole.allCases.map(\.rawValue))), upTo: 3),
        "Roles at the school that must not open it."),
    ]))

  static let response = Schema.Component(
    name: "SchoolResponse",
    schema: .object(
      [
        .may("mode", .text(TextForm(of: ["silent", "overt"]))), .may("actions", .typed),
        .may("child_wishes", .typed), .may("do_not_contact_parents", .boolean),
        .may("welfare_check", .boolean), .may("acted_on", .boolean),
        .may("detail", .typed, "For the hub, where the agreement says so."),
      ], atLeast: 1))

  private static let notification = Schema.named(
    Schema.Component(
      name: "Notification",
      schema: .object([
        .must("id", .recordID), .may("school", .agency), .may("child", .recordID),
        .may("incident", .recordID), .must("state", .words), .may("due_at", .moment),
        .must("late", .boolean), .must("escalation", .words), .must("not_for", .list(.words)),
        .may("withdrawn", .words), .may("helpline", .words), .may("assumption", .words),
      ])))

  /// The records as the program may see them, where its role sees what a notification is and how it stands.
  static func viewing(_ asked: Asked) throws -> ViewedProgram {
    let viewed = try asked.viewing()
    guard viewed.role.sees("notice"), viewed.role.sees("delivery") else {
      throw Refusal.role("The role \(viewed.role.name) sees no notifications.")
    }
    return viewed
  }

  /// What a program is told of a notification: nothing that leads to what is kept from it.
  static func facts(
    _ found: NotificationCase, _ viewed: ViewedProgram, helpline: String? = nil
  ) throws -> NotificationFacts {
    NotificationFacts(
      found, now: viewed.desk.now, helpline: helpline,
      assumption: try viewed.desk.assumption(about: found))
  }

  static func answer(
    _ id: RecordID, _ viewed: ViewedProgram, helpline: String? = nil
  ) throws -> Answer {
    let found = try viewed.desk.notification(id)
    try viewed.desk.audit("viewed", of: [id], detail: found.state < .opened ? "not opened" : "")
    return Answer(try facts(found, viewed, helpline: helpline))
  }

  static func request(_ asked: Asked, _ viewed: ViewedProgram) throws -> NotifyRequest {
    let body = asked.body
    guard let child = body["child"]?.text.flatMap(RecordID.init) else { throw Refusal.notFound }
    _ = try viewed.record(child)
    var request = NotifyRequest(child: child)
    request.incident = body["incident"]?.text.flatMap(RecordID.init)
    request.school = body["school"]?.text.flatMap(AgencyID.init)
    request.occurredAt = body["occurred_at"]?.text.flatMap(Instant.init)
    request.context = body["context"]?.text
    request.guidance = body["guidance"]?.text
    request.notFor = Set(
      (body["not_for"]?.items ?? []).compactMap(\.text).compactMap(KeyAdultRole.init))
    return request
  }

  static func response(_ body: JSON) -> SchoolResponse {
    var response = SchoolResponse()
    response.mode = body["mode"]?.text
    response.actions = body["actions"]?.text
    response.childWishes = body["child_wishes"]?.text
    if case .boolean(let isKept)? = body["do_not_contact_parents"] {
      response.doNotContactParents = isKept
    }
    response.isWelfareChecked = body["welfare_check"]?.isTrue ?? false
    response.isActedOn = body["acted_on"]?.isTrue ?? false
    response.detail = body["detail"]?.text
    return response
  }
}
