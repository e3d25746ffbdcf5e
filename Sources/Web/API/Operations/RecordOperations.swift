import Agreements
import Casework
import Foundation
import Node
import Records
import Replica

/// Reading records: as `get`, `list`, `history`, `conflicts` and `explain` print them.
extension ProgramOperation {
  static let listTypes = ProgramOperation(
    id: "listTypes", method: .get, path: "/types",
    summary:
      "The record types of the agreements in force, with the fields that the token's role sees.",
    scope: .recordsRead,
    answers: [AnswerForm(status: 200, words: "The types.", schema: RecordForms.types)],
    run: .blocking { asked in
      let viewed = try asked.viewing()
      let partnership = try asked.node.replica.partnership()
      return Answer(TypeFacts.all(of: partnership, for: viewed))
    })

  static let listRecords = ProgramOperation(
    id: "listRecords", method: .get, path: "/records/{type}",
    summary: "The records of a type, ordered by id, page by page.", scope: .recordsRead,
    parameters: [
      .type, .limit(100),
      .query("after", .recordID, "The `next` of the page before."),
    ],
    answers: [AnswerForm(status: 200, words: "One page.", schema: RecordForms.page)],
    run: .blocking { asked in
      let viewed = try asked.viewing()
      let type = asked.text("type") ?? ""
      let (found, next) = try page(of: type, asked, viewed)
      try viewed.desk.audit(
        "searched", detail: "\(type), \(AuditEntry.found(found.map(\.id)))")
      return Answer(
        RecordForms.Page(
          records: try found.map { RecordFacts($0, try viewed.corrections(of: $0)) },
          next: next?.description))
    })

  static let getRecord = ProgramOperation(
    id: "getRecord", method: .get, path: "/record/{id}", summary: "One record.",
    scope: .recordsRead, parameters: [.record],
    answers: [
      AnswerForm(
        status: 200, words: "The record.", schema: RecordForms.record, headers: ["ETag": tagWords])
    ],
    run: .blocking { asked in
      let (viewed, id) = (try asked.viewing(), try asked.record())
      let record = try viewed.record(id)
      try viewed.desk.audit("viewed", of: [id])
      return try answer(record, viewed)
    })

  static let getHistory = ProgramOperation(
    id: "getHistory", method: .get, path: "/record/{id}/history",
    summary: "What happened to a record, oldest first, page by page.", scope: .recordsRead,
    parameters: [.record] + Parameter.paging,
    answers: [AnswerForm(status: 200, words: "One page.", schema: RecordForms.history)],
    run: .blocking { asked in
      let (viewed, id) = (try asked.viewing(), try asked.record())
      let all = try viewed.history(of: id)
      try viewed.desk.audit("viewed", of: [id], detail: "history")
      let (shown, next) = asked.part(of: all)
      return Answer(RecordForms.History(changes: shown.map(HistoryFacts.init), next: next))
    })

  static let listConflicts = ProgramOperation(
    id: "listConflicts", method: .get, path: "/conflicts",
    summary: "The fields whose values a person has to choose between; a person does.",
    scope: .recordsRead,
    parameters: Parameter.paging,
    answers: [AnswerForm(status: 200, words: "One page.", schema: RecordForms.conflicts)],
    run: .blocking { asked in
      let viewed = try asked.viewing()
      try viewed.require(.resolve)
      let all = try viewed.desk.reader.conflictPlaces().filter { viewed.reads($0.type) }
      let (places, next) = asked.part(of: all)
      let shown = try places.compactMap { place in
        try viewed.desk.reader.conflicts(of: place.record).first { $0.field.field == place.field }
      }
      let ids = AuditEntry.found(shown.map(\.record))
      try viewed.desk.audit("searched", detail: "conflicts, \(ids)")
      return Answer(RecordForms.Conflicts(conflicts: shown.map(viewed.shown), next: next))
    })

  static let explain = ProgramOperation(
    id: "explain", method: .get, path: "/explain",
    summary: "Whether an agency gets a field of a record from this node, and why.",
    scope: .recordsRead,
    parameters: [
      .query("record", .recordID, "The record.", isRequired: true),
      .query("field", .name, "The field.", isRequired: true),
      .query("for", .agency, "The agency.", isRequired: true),
    ],
    answers: [AnswerForm(status: 200, words: "The decision.", schema: RecordForms.explanation)],
    refusals: [404],
    run: .blocking { asked in
      let (viewed, id) = (try asked.viewing(), try asked.record("record"))
      guard let agency = asked.text("for").flatMap(AgencyID.init) else { throw Refusal.notFound }
      let record = try viewed.record(id)
      // Of a field that holds nothing it is said too what would become of it: where the role sees it.
      let partnership = try asked.node.replica.partnership()
      guard let name = asked.text("field"),
        let field = partnership.field(name, of: record.type)?.field, viewed.role.sees(field.label),
        viewed.hidden.fields[id]?.contains(name) != true
      else { throw Refusal.notFound }
      try viewed.desk.audit("viewed", of: [id], detail: "sharing")
      let explanation = try asked.node.replica.explain(id, name, for: agency, now: asked.node.now)
      return Answer(ExplanationFacts(explanation, partnership))
    })

  static let tagWords = "What the record is now: for If-Match."

  /// A record with its tag.
  static func answer(_ record: RecordSnapshot, _ viewed: ViewedProgram) throws -> Answer {
    var answer = Answer(RecordFacts(record, try viewed.corrections(of: record)))
    answer.headers["ETag"] = record.entityTag
    return answer
  }

  /// Reads no more than it shows: the ids are known without reading.
  private static func page(
    of type: String, _ asked: Asked, _ viewed: ViewedProgram
  ) throws -> (found: [RecordSnapshot], next: RecordID?) {
    let after = asked.text("after").flatMap(RecordID.init)
    let ids = try viewed.recordIDs(ofType: type)
    let limit = asked.limit()
    var found: [RecordSnapshot] = []
    for id in ids.drop(while: { id in after.map { id <= $0 } ?? false }) {
      // Of a record of which nothing is left to see nothing is said.
      do { found.append(try viewed.record(id)) } catch ReplicaError.notFound { continue }
      if found.count > limit { return (Array(found.prefix(limit)), found[limit - 1].id) }
    }
    return (found, nil)
  }
}

extension RecordSnapshot {
  /// What it is now, as far as it is seen: a digest of the writes that stand.
  var entityTag: String {
    let writes = fields.flatMap { $0.values.map(\.write) }.sorted()
    let parts = writes.reduce(Data()) { $0 + $1.bytes }
    return "\"\(TaggedHash.digest("concord/v1/entity-tag", id.bytes, parts))\""
  }

  /// The writes that stand in it.
  var writes: Set<WriteID> { Set(fields.flatMap { $0.values.map(\.write) }) }
}
