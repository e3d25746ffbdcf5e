import Casework
import Node
import Records
import Replica

/// What an officer typed of a new incident, read and checked. All of it is written in one piece, or
/// nothing.
struct IncidentEntry {
  let edits: [Edit]
  let children: [RecordID]
  private let incident: RecordID
  private let context: String?
  private let notFor: Set<KeyAdultRole>

  /// Reads a form; what is wrong stands in it then.
  init?(
    _ form: inout Form, incident: RecordID, _ known: KnownChildren, _ visit: Visit
  ) throws {
    self.incident = incident
    var edits: [Edit] = []
    var children: [RecordID] = []
    for place in 1...form.childCount {
      guard let (child, edit) = Self.child(place, of: incident, &form, known, visit) else {
        continue
      }
      children.append(child)
      if let edit { edits.append(edit) }
    }
    let occurredAt = Self.moment(&form, visit)
    context = form.text("context")
    notFor = Set(KeyAdultRole.allCases.filter { form.isTicked("not-for-\($0.rawValue)") })
    guard let occurredAt, form.isSound else { return nil }
    var assignments: [Edit.Assignment] = [.set(field: "occurred_at", text: "\(occurredAt)")]
    assignments += children.map { .add(field: "children", text: "\($0)") }
    let texts = [
      ("place", "place"), ("circumstances", "circumstances"), ("child_words", "words"),
      ("risk_grade", "risk"),
    ]
    for (field, typed) in texts {
      if let text = form.text(typed) { assignments.append(.set(field: field, text: text)) }
    }
    edits.append(Edit(type: "incident", record: incident, assignments: assignments))
    self.edits = edits
    self.children = children
  }

  /// Whom to tell of one of the children.
  func request(for child: RecordID) -> NotifyRequest {
    var request = NotifyRequest(child: child)
    request.incident = incident
    request.context = context
    request.notFor = notFor
    return request
  }

  private static func child(
    _ place: Int, of incident: RecordID, _ form: inout Form, _ found: KnownChildren,
    _ visit: Visit
  ) -> (RecordID, Edit?)? {
    let prefix = "child-\(place)"
    let name = form.required("\(prefix)-name", form.whose(place) + "Type the child's full name")
    let born = form.birthday(of: place, visit)
    let meant = form.school(of: place, visit)
    let known = found.children[place] ?? []
    let answer = form.text("\(prefix)-known")
    if !known.isEmpty, answer == nil {
      form.fail(
        "\(prefix)-known", form.whose(place) + "Say whether this is the child that is known here")
    }
    guard let name, form.isSound else { return nil }
    if let answer, let id = RecordID(answer), known.contains(where: { $0.id == answer }) {
      return (id, update(id, school: meant, visit))
    }
    var assignments: [Edit.Assignment] = [.set(field: "name", text: name)]
    if let born { assignments.append(.set(field: "date_of_birth", text: "\(born)")) }
    if let meant { assignments.append(.set(field: "school", text: "\(meant)")) }
    // Typed once more, it is the same child: its id follows from the form's.
    let id = CaseIDs.child(place, of: incident)
    return (id, Edit(type: "child", record: id, assignments: assignments))
  }

  /// A known child may be at another school by now.
  private static func update(_ id: RecordID, school: AgencyID?, _ visit: Visit) -> Edit? {
    guard let school, let record = try? visit.desk.caseRecord(id, type: "child"),
      record.agencies("school") != [school]
    else { return nil }
    return Edit(
      type: "child", record: id, assignments: [.set(field: "school", text: "\(school)")])
  }

  private static func moment(_ form: inout Form, _ visit: Visit) -> Instant? {
    let day = form.day("at", "Day it happened")
    if day == nil { form.fail("at", "Type the day it happened") }
    let minutes = form.time("time", "Time it happened")
    if minutes == nil { form.fail("time", "Type the time it happened, like 22:40 or 10:40pm") }
    guard let day, let minutes else { return nil }
    let instant = LondonTime(date: day, minutes: minutes).instant
    if Plausibility.problem(
      with: "\(instant)", in: "occurred_at", of: "incident", at: visit.now) != nil
    {
      form.fail("time", "The time it happened must not be in the future")
    }
    return instant
  }
}
