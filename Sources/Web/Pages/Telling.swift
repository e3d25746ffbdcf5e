import Agreements
import Casework
import Node
import Records
import Replica

/// Who is told of a child, and why it is them: what an officer reads where it is not the child's school.
extension Visit {
  /// The lists of schools; nothing where none were taken in, or where they cannot be read.
  var schoolRouting: SchoolRouting? { try? desk.caseFiles.schoolRouting() }

  /// Who is told as the lists alone say, whatever is sealed; nothing where no council takes part.
  func recipient(of child: CaseRecord) -> Recipient? {
    guard let parties = (try? desk.replica.partnership())?.parties,
      let officer = parties.first(where: { $0.namedKind == .care })
    else { return nil }
    return ChildRouting(schools: schoolRouting, officer: officer, parties: Set(parties))
      .recipient(registered: child.agencies("school"))
  }

  /// Why it is them, in the page's words.
  func why(_ reason: Recipient.Reason) -> String {
    let council = "the council's officer is told instead"
    return switch reason {
    case .registered: "the child goes to school there"
    case .chosen: "somebody chose it"
    case .successor(let closed): "\(name(of: closed)) has closed; this school follows it"
    case .severalSuccessors(let closed):
      "\(name(of: closed)) has closed and several schools follow it. Choose one"
    case .noSchool: "no school is known for this child: \(council)"
    case .closed(let school): "\(name(of: school)) has closed and no school follows it: \(council)"
    case .successorUnknown(let school):
      "\(name(of: school)) has closed, and the list here does not have the school that follows it: "
        + council
    case .unknownSchool(let school): "no school has the URN \(school.local). Put the school right"
    case .schoolInConflict: "two agencies say different schools. Choose one"
    case .sealedFromSchool(let school): "this is kept from \(name(of: school)): \(council)"
    case .nobodyElse(let school):
      "\(name(of: school)) has named nobody else who may open it: \(council)"
    case .outOfForce(let school):
      "another force has the link with \(name(of: school)) and passes it on"
    case .noLink(let school): "\(name(of: school)) does not take part here: \(council)"
    }
  }

  /// Why an agency was told of a child, where it is not the school that the child goes to.
  func why(_ told: AgencyID, about child: RecordID) -> String? {
    guard let record = try? desk.caseRecord(child, type: "child") else { return nil }
    let registered = record.agencies("school")
    guard !registered.contains(told), let recipient = recipient(of: record) else { return nil }
    guard recipient.reason == .registered, let school = registered.first else {
      return why(recipient.reason)
    }
    return told.namedKind == .care
      ? "\(name(of: school)) must not be told of it, or nobody there may open it" : nil
  }
}

/// One child of an incident, and whom was told.
struct Told: Sendable {
  let id: String
  /// The same, where a form draws a field, which has an id of its own.
  let child: String
  let name: String
  let address: String
  let told: [String]
  /// Said where nothing shows that anybody was told.
  let untold: String?
  let isUrgent: Bool
  let why: String?
  let mayTell: Bool
  let choices: FieldModel?
  let correction: FieldModel?
  let isCorrecting: Bool

  init(
    _ child: RecordID, _ issued: [NotificationCase], choices agencies: [AgencyID]?, _ visit: Visit
  ) {
    let found = issued.filter { $0.child == child }
    let maySay = visit.may(.notify) && visit.agencyMay(write: ["child"], of: "notification")
    let record = try? visit.desk.caseRecord(child, type: "child")
    id = "\(child)"
    self.child = id
    name = visit.childName(child)
    address = "/children/\(child)"
    told = found.map { found in
      let school = found.school.map(visit.name) ?? "Somebody"
      let due = visit.spoken(found.dueAt).map { ", due \($0)" } ?? ""
      return "\(school): \(NotificationLine(found, visit).state.lowercased())\(due)"
    }
    // Whoever tells nobody may simply not see it.
    untold = !found.isEmpty ? nil : maySay ? "Nobody is told yet" : "Nothing that you can see."
    isUrgent = found.isEmpty && maySay
    let reason =
      found.isEmpty
      ? record.flatMap(visit.recipient).map { visit.why($0.reason) }
      : found.compactMap(\.school).compactMap { visit.why($0, about: child) }.first
    why = maySay ? reason.map { $0.prefix(1).uppercased() + $0.dropFirst() } : nil
    mayTell = isUrgent
    choices = agencies.map { agencies in
      visit.form.choice(
        "school", "Who is told?", among: agencies.map { ("\($0)", visit.name(of: $0), nil) })
    }
    let isWrong = why != nil && visit.may(.record)
    correction =
      isWrong && visit.agencyMay(write: ["school"], of: "child")
      ? visit.form.field(
        Self.correctionField(child), "The child's school", hint: "Its name or its six-digit URN")
      : nil
    isCorrecting = visit.form.isTyped(in: "school") && visit.form.text("child") == id
  }

  static func correctionField(_ child: RecordID) -> String { "school-\(child)" }
}

extension Visit {
  /// Whether the agency, under some agreement, may write fields of a type.
  func agencyMay(write fields: [String], of type: String) -> Bool {
    (try? desk.replica.partnership())?
      .mayWriteAll(desk.agency, fields, of: type, at: now).term != nil
  }

  /// Whether a field of a type is for this person: their role sees it, and some agreement lets the agency
  /// read it. Where not, that nothing shows does not mean that there is nothing.
  func sees(_ field: String, of type: String) -> Bool {
    guard let partnership = try? desk.replica.partnership(),
      let label = partnership.field(field, of: type)?.field.label, viewer.role.sees(label)
    else { return false }
    let decision = partnership.mayRead(
      desk.agency, field, of: type, Circumstances(routedBy: nil, isRestricted: false, now: now))
    if case .notRouted = decision.rule { return true }
    return decision.isAllowed
  }
}
