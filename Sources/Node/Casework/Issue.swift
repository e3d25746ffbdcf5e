import Casework
import Records
import Replica

/// What is written when a notification is issued.
struct Issue {
  let request: NotifyRequest
  var id: RecordID
  var school: AgencyID
  let occurredAt: Instant
  let issuedAt: Instant
  /// Nothing where the agency's own node works it out.
  var dueAt: Instant?
  var guidance: String?
  /// The force that asks another one to pass it on (overlay `cross-border`).
  var sentBy: AgencyID?

  var edits: [Edit] {
    var fields: [(String, String?)] = [
      ("school", "\(school)"), ("child", "\(request.child)"),
      ("incident", request.incident?.description), ("occurred_at", "\(occurredAt)"),
      ("context", request.context), ("guidance", guidance), ("due_at", dueAt?.description),
      ("issued_at", "\(issuedAt)"), ("sent_by", sentBy?.description),
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
