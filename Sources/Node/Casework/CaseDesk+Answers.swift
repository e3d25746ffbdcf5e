import Agreements
public import Casework
public import Records
import Replica

/// What a school says back. Nothing is typed twice: what an entry is about follows from the
/// notification.
public struct SchoolResponse: Hashable, Sendable {
  public var mode: String?
  /// Whether somebody has looked after the child since (domain rule 7).
  public var isWelfareChecked = false
  public var actions: String?
  public var childWishes: String?
  public var doNotContactParents: Bool?
  public var isActedOn = false
  public var detail: String?
  public var person: String?

  /// A response that says nothing yet.
  public init() {}
}

extension CaseDesk {
  /// Opens a notification for whoever has the role; the ledger says so. Opened again, nothing is
  /// entered.
  /// - Returns: the notification, and whether it was opened by this.
  /// - Throws: `NodeError` where it is for another agency, or `ReplicaError`.
  public func open(
    _ id: RecordID, as role: KeyAdultRole, person: String?
  ) throws -> (notification: NotificationCase, isFirst: Bool) {
    let found = try mine(id)
    guard !found.notFor.contains(role) else {
      let others = KeyAdultRole.allCases.filter { !found.notFor.contains($0) }.map(\.rawValue)
      throw NodeError(
        "notification \(id) is not for the \(role.rawValue): "
          + "\(others.joined(separator: " or ")) opens it")
    }
    guard found.state < .opened else { return (found, false) }
    var states: [DeliveryState] = [.opened]
    if found.state < .delivered { states.insert(.delivered, at: 0) }
    try enter(states, of: found, by: role, person: person)
    return (try notification(id), true)
  }

  /// Whom a Key Adult may call for advice, as the first agreement says that says it (domain rule 7).
  /// - Throws: `ReplicaError`.
  public func helpline() throws -> String? {
    try replica.partnership().terms(at: now).lazy.compactMap(\.agreement.helpline).first
  }

  /// Records what a school does for a child. What was said before is not said twice.
  /// - Returns: whether anything was new.
  /// - Throws: `NodeError` where it is for another agency, or `ReplicaError`.
  public func respond(to id: RecordID, _ response: SchoolResponse) throws -> Bool {
    let found = try mine(id)
    var said = response
    said.person = nil
    guard said != SchoolResponse() else {
      throw NodeError(
        "response: expected at least one thing: how the child is supported, what the child wishes, or "
          + "that the school has acted")
    }
    let record = CaseIDs.response(to: id, by: agency)
    let before = try? caseRecord(record, type: "response")
    var assignments: [Edit.Assignment] = []
    if before == nil { assignments.append(.set(field: "notification", text: "\(id)")) }
    func add(_ field: String, _ text: String?) {
      guard let text else { return }
      let isKnown = before?.entries(field).contains { $0.value.description == text } ?? false
      if !isKnown { assignments.append(.add(field: field, text: text)) }
    }
    add("mode", response.mode)
    if response.isWelfareChecked { add("welfare_check", "true") }
    add("actions", response.actions)
    add("child_wishes", response.childWishes)
    add("detail", response.detail)
    if let isKept = response.doNotContactParents,
      before?.value("do_not_contact_parents") != .boolean(isKept)
    {
      assignments.append(.set(field: "do_not_contact_parents", text: "\(isKept)"))
    }
    let isActing = response.isActedOn && found.state < .actedOn
    if isActing {
      add("acted_on", "true")
      add("acted_at", now.description)
    }
    guard !assignments.isEmpty else { return false }
    _ = try put([
      Edit(
        type: "response", record: record, assignments: assignments, person: response.person)
    ])
    if isActing { try enter([.actedOn], of: found, by: nil, person: response.person) }
    return true
  }

  /// Takes a notification back; the reason stays.
  /// - Throws: `NodeError` where another agency issued it, or `ReplicaError`.
  public func withdraw(_ id: RecordID, because reason: String, person: String?) throws {
    let found = try notification(id)
    guard found.issuer == agency else {
      throw NodeError(
        "notification \(id) was issued by \(found.issuer.map { "\($0)" } ?? "others")")
    }
    guard found.withdrawn == nil else { return }
    // Whoever was told meanwhile need not look after it either.
    let copy = CaseIDs.meanwhile(of: id)
    let isThere = (try? caseRecord(copy, type: "notification")) != nil
    _ = try put(
      ([id] + (isThere ? [copy] : [])).map {
        Edit(
          type: "notification", record: $0, assignments: [.set(field: "withdrawn", text: reason)],
          person: person)
      })
  }

  /// Writes edits one by one: what cannot be written keeps nothing else from it.
  /// - Throws: the last problem, where nothing could be written.
  func putEach(_ edits: [Edit]) throws -> Int {
    var (written, problem): (Int, (any Error)?) = (0, nil)
    for edit in edits {
      do {
        _ = try put([edit])
        written += 1
      } catch {
        problem = error
      }
    }
    if let problem, written == 0 { throw problem }
    return written
  }

  /// A notification for this agency that was not taken back.
  func mine(_ id: RecordID) throws -> NotificationCase {
    let found = try notification(id)
    guard found.school == agency else {
      throw NodeError(
        "notification \(id) is for \(found.school.map { "\($0)" } ?? "another agency"), which alone "
          + "opens and answers it")
    }
    if let withdrawn = found.withdrawn {
      throw NodeError("notification \(id) was withdrawn: \(PrintableText.shown(withdrawn))")
    }
    return found
  }

  private func enter(
    _ states: [DeliveryState], of found: NotificationCase, by role: KeyAdultRole?, person: String?
  ) throws {
    _ = try put([ledgerEdit(of: found, states, by: role, person: person)])
  }

  func ledgerEdit(
    of found: NotificationCase, _ states: [DeliveryState], by role: KeyAdultRole?, person: String?
  ) -> Edit {
    let record = CaseIDs.delivery(of: found.id)
    var assignments: [Edit.Assignment] = []
    // The ledger may not have come yet: then this names what it is about by itself.
    if (try? caseRecord(record, type: "delivery"))?.references("notification").isEmpty ?? true {
      assignments.append(.set(field: "notification", text: "\(found.id)"))
    }
    assignments += states.map { .add(field: "state", text: $0.rawValue) }
    if let role { assignments.append(.add(field: "by", text: role.rawValue)) }
    return Edit(type: "delivery", record: record, assignments: assignments, person: person)
  }
}
