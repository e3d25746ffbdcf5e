import Agreements
import FoundationEssentials
import GRDB
import Records

/// A record, or one field of it, that is sealed; no field's name stands for the whole record.
private struct SealedPlace: Hashable {
  let record: RecordID
  let field: String
}

extension Store {
  static let restrictionType = "restriction"

  /// Whether a restriction keeps an agency away from a field of a record: from the whole record,
  /// which is kept as no field's name, or from the field alone; or from a whole record that this one is
  /// part of.
  func isRestricted(
    _ field: String, of record: RecordID, from agency: AgencyID
  ) throws -> Bool {
    let isAnythingKept = try memory.isAnythingKept(from: agency) {
      try exists("SELECT 1 FROM kept_from WHERE agency = ? LIMIT 1", [agency.description])
    }
    return try isAnythingKept && isKept(field, of: record, from: agency)
  }

  private func isKept(
    _ field: String, of record: RecordID, from agency: AgencyID
  ) throws -> Bool {
    try exists(
      """
      SELECT 1 FROM kept_from WHERE record = ?1 AND agency = ?2 AND field IN ('', ?3)
      UNION ALL SELECT 1 FROM reference r JOIN kept_from k ON k.record = r.target
      WHERE r.record = ?1 AND r.sealed_with = 1 AND k.agency = ?2 AND k.field = ''
      UNION ALL SELECT 1 FROM reference r
      JOIN reference s ON s.record = r.target AND s.sealed_with = 1
      JOIN kept_from k ON k.record = s.target
      WHERE r.record = ?1 AND r.sealed_with = 1 AND k.agency = ?2 AND k.field = ''
      """, [record.bytes, agency.description, field])
  }

  /// Whether a restriction keeps an agency away from a whole record.
  func isSealed(_ record: RecordID, from agency: AgencyID) throws -> Bool {
    try isRestricted("", of: record, from: agency)
  }

  /// Derives what a restriction seals. Its `record` field names the record, `kept_from` the agencies,
  /// `fields` the fields, where not all are. The agencies are kept from the whole restriction too:
  /// it would tell them that there is something to hide.
  ///
  /// Only its setter lifts a seal: what each agency wrote of the restriction counts by itself, so
  /// that another one can add a seal of its own and take none away.
  func restrict(by restriction: RecordID) throws {
    memory.forgetRoutes()
    let before = try sealed(by: restriction)
    try run("DELETE FROM kept_from WHERE restriction = ?", [restriction.bytes])
    let writes = try loggedWrites(of: restriction).filter { !$0.isDisputed }
    var records: Set<RecordID> = [restriction]
    for author in Set(writes.map(\.header.author)).sorted() {
      let own = writes.filter { $0.header.author == author }
      let places = places(own).union([SealedPlace(record: restriction, field: "")])
      for case .agency(let agency) in values("kept_from", own) {
        for place in places {
          try run(
            "INSERT INTO kept_from VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [restriction.bytes, place.record.bytes, place.field, agency.description])
        }
      }
      records.formUnion(places.map(\.record))
    }
    for record in records.union(before).sorted() {
      // What was shared of it, and what refers to it, is taken back before anything else goes.
      let concerned = try [record] + referring(to: record) + neighbours(of: record)
      try lookAgain(at: concerned, urgently: true)
    }
  }

  private func places(_ writes: [LoggedWrite]) -> Set<SealedPlace> {
    var fields: Set<String> = []
    for case .text(let field) in values("fields", writes) { fields.insert(field) }
    var places: Set<SealedPlace> = []
    for case .reference(let record) in values("record", writes) {
      for field in fields.isEmpty ? [""] : fields {
        places.insert(SealedPlace(record: record, field: field))
      }
    }
    return places
  }

  /// What one agency's writes of a field amount to by themselves.
  private func values(_ field: String, _ writes: [LoggedWrite]) -> [Value] {
    guard let rule = rule(field, of: Self.restrictionType) else { return [] }
    var state = FieldState(rule: rule)
    for logged in writes where logged.write.field == field {
      state.apply(logged.version(mayLower: false))
    }
    return state.versions.compactMap(\.write.value)
  }

  private func sealed(by restriction: RecordID) throws -> Set<RecordID> {
    let found = try rows(
      "SELECT DISTINCT record FROM kept_from WHERE restriction = ?", [restriction.bytes])
    return Set(try found.map { try $0.id("record") })
  }

  /// Whether an edit would take away what another agency sealed.
  func checkSetter(_ edit: Edit) throws {
    for assignment in edit.assignments {
      if case .add = assignment { continue }
      let state = try state(assignment.field, of: edit.record, type: edit.type)
      let setter = state?.versions.first { $0.author != me.agency && !$0.write.isWithheld }?.author
      if let setter { throw ReplicaError.sealedBy(setter, field: assignment.field) }
    }
  }
}
