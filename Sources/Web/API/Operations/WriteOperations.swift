import Agreements
import Casework
import Foundation
import Node
import Records
import Replica

/// Writing records: what `put` does, held to the duties of the token's role.
extension ProgramOperation {
  static let createRecord = ProgramOperation(
    id: "createRecord", method: .post, path: "/records/{type}",
    summary: "A new record: a child, an adult, an incident, a plan or an action.",
    scope: .recordsWrite, parameters: [.type, .requestKey],
    body: .named(
      Schema.Component(
        name: "NewRecord", schema: .object([WriteForms.set, WriteForms.add], atLeast: 1))),
    example: ["set": ["name": "Example Child"], "add": ["needs": ["young-carer"]]],
    answers: [
      AnswerForm(
        status: 201, words: "It is written, durably and signed.", schema: RecordForms.record,
        headers: ["ETag": tagWords, "Location": "Where it is read."], leadsTo: "id"),
      AnswerForm(
        status: 200, words: "It was written when this was sent before; this is what it is now.",
        schema: RecordForms.record,
        headers: ["ETag": tagWords, "Location": "Where it is read."], leadsTo: "id"),
    ], refusals: [409],
    run: .blocking { asked in
      let viewed = try asked.viewing()
      let id = viewed.desk.newRecordID()
      var conditions = WriteConditions()
      conditions.request = asked.request(writing: id)
      let edit = try WriteForms.edit(of: id, type: asked.text("type") ?? "", asked, viewed)
      let written = try viewed.desk.put([edit], under: conditions)
      let (record, isNew) =
        if case .before(let before) = written { (before, false) } else { (id, true) }
      try viewed.desk.audit("viewed", of: [record])
      var answer = try answer(viewed.record(record), viewed)
      answer.status = isNew ? 201 : 200
      answer.headers["Location"] = "\(ProgramAPI.root)/record/\(record)"
      return answer
    })

  static let changeRecord = ProgramOperation(
    id: "changeRecord", method: .patch, path: "/record/{id}",
    summary: "New values in a record's fields. A field in conflict waits for a person.",
    scope: .recordsWrite,
    parameters: [
      .record, .requestKey,
      Parameter(
        name: "If-Match", place: .header, schema: .text(.entityTag),
        words: "The record's ETag as it was read: nothing is written over what came since."),
    ],
    body: .named(
      Schema.Component(
        name: "RecordChange",
        schema: .object(
          [WriteForms.set, WriteForms.add, WriteForms.remove, WriteForms.clear], atLeast: 1))),
    answers: [
      AnswerForm(
        status: 200, words: "It is written; the record as it is now.", schema: RecordForms.record,
        headers: ["ETag": tagWords])
    ], refusals: [409, 412],
    run: .blocking { asked in
      let (viewed, id) = (try asked.viewing(), try asked.record())
      let known = try viewed.record(id)
      var conditions = WriteConditions()
      conditions.request = asked.request(writing: id)
      let edit = try WriteForms.edit(of: id, type: known.type, asked, viewed)
      if let tag = asked.text("If-Match") {
        // Asked for once more, it was changed by this very request.
        let isAgain = try asked.node.replica.isKnown(conditions.request)
        guard isAgain || tag == known.entityTag else {
          throw Refusal(
            412, "changed", "The record is not as it was read: read it once more.")
        }
        conditions.seen = known.writes
      }
      _ = try viewed.desk.put([edit], under: conditions)
      try viewed.desk.audit("viewed", of: [id])
      return try answer(viewed.record(id), viewed)
    })
}

/// What programs say of what they write.
enum WriteForms {
  private static let most = 100

  static let set = Schema.Member.may(
    "set", .map(.name, .value, upTo: most),
    "By field: its value; of a log one more entry, of a set its only element.")
  static let add = Schema.Member.may(
    "add", .map(.name, .list(.value, upTo: most), upTo: most),
    "By field: elements of a set, entries of a log.")
  static let remove = Schema.Member.may(
    "remove", .map(.name, .list(.value, upTo: most), upTo: most),
    "By field: elements to take from a set.")
  static let clear = Schema.Member.may("clear", .list(.name, upTo: most), "Fields to empty.")

  /// What a request amounts to.
  /// - Throws: `Refusal` where the token's role does not write it, or where it leads to a record that is not there
  ///   for the program.
  static func edit(
    of id: RecordID, type: String, _ asked: Asked, _ viewed: ViewedProgram
  ) throws -> Edit {
    let partnership = try asked.node.replica.partnership()
    guard let definition = partnership.recordType(type) else { throw Refusal.notFound }
    let assignments = assignments(asked.body)
    guard !assignments.isEmpty else { throw ReplicaError.nothingToWrite }
    for assignment in assignments {
      guard let field = definition.fields.first(where: { $0.name == assignment.field }) else {
        let known = definition.fields.filter { viewed.role.sees($0.label) }.map(\.name)
        throw ReplicaError.unknownField(assignment.field, type: type, known: known)
      }
      try check(field, of: type, id, viewed)
      try check(assignment, field, viewed)
    }
    return Edit(type: type, record: id, assignments: assignments)
  }

  /// Which duty writes a field. What else there is has operations of its own, or is left to people: whom a record
  /// is kept from, what somebody said, who trains.
  static func duty(for field: Field, of type: String) -> Duty? {
    switch type {
    case "child", "adult", "incident": field.label == "judgement" ? .judge : .record
    case "plan", "action": .plan
    default: nil
    }
  }

  private static func check(
    _ field: Field, of type: String, _ id: RecordID, _ viewed: ViewedProgram
  ) throws {
    guard let duty = duty(for: field, of: type) else {
      throw Refusal.role("\(type) is not written through records: look for its own operation.")
    }
    try viewed.require(duty)
    guard viewed.role.sees(field.label), viewed.hidden.fields[id]?.contains(field.name) != true
    else {
      throw Refusal.role("The role \(viewed.role.name) does not see \(field.name) of \(type).")
    }
  }

  /// A record that refers to a hidden one would be hidden, and one that refers to none would not: so both are
  /// refused, alike.
  private static func check(
    _ assignment: Edit.Assignment, _ field: Field, _ viewed: ViewedProgram
  ) throws {
    guard case .reference = field.type else { return }
    switch assignment {
    case .set(_, let text), .add(_, let text):
      guard let target = RecordID(text) else { return }
      guard (try? viewed.record(target)) != nil else {
        throw Refusal(422, "refused", "\(field.name): there is no record \(target) here.")
      }
    case .remove, .clear: return
    }
  }

  /// In one order, whatever the order of the members.
  private static func assignments(_ body: JSON) -> [Edit.Assignment] {
    func each(
      _ member: String, _ make: (String, String) -> Edit.Assignment
    ) -> [Edit.Assignment] {
      (body[member]?.members ?? [:]).sorted { $0.key < $1.key }.flatMap { field, value in
        (value.items.isEmpty ? [value] : value.items).compactMap(\.typed).map { make(field, $0) }
      }
    }
    return each("set") { .set(field: $0, text: $1) } + each("add") { .add(field: $0, text: $1) }
      + each("remove") { .remove(field: $0, text: $1) }
      + (body["clear"]?.items ?? []).compactMap(\.text).map { .clear(field: $0) }
  }
}
