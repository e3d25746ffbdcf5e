import Agreements
import FoundationEssentials
import GRDB
import Records

extension Store {
  func rule(_ field: String, of type: String) -> MergeRule? {
    partnership.field(field, of: type)?.field.rule
  }

  /// A field's state as the cells hold it; nothing where the profile has no such field.
  func state(_ field: String, of record: RecordID, type: String) throws -> FieldState? {
    guard let rule = rule(field, of: type) else { return nil }
    let key: StatementArguments = [record.bytes, field]
    let writes = try loggedWrites(
      """
      JOIN cell ON cell.write_id = o.write_id WHERE cell.record = ? AND cell.field = ?
      """, key)
    var seen: [FieldState.Slot: [KeyID: HLC]] = [:]
    for row in try rows("SELECT * FROM seen WHERE record = ? AND field = ?", key) {
      seen[Self.slot(row["slot"]), default: [:]][try row.id("key_id")] = row.stamp("hlc")
    }
    let removed = try rows("SELECT write_id FROM removal WHERE record = ? AND field = ?", key)
    return FieldState(
      rule: rule, versions: writes.map { $0.version(mayLower: mayLower($0)) }, seen: seen,
      removed: Set(try removed.map { try $0.id("write_id") }))
  }

  /// Takes a logged write into its cell and into what derives from it.
  func merge(_ logged: LoggedWrite) throws {
    let (record, type) = (logged.header.record, logged.header.recordType)
    let name = logged.write.field
    guard var state = try state(name, of: record, type: type) else { return }
    let before = state
    state.apply(logged.version(mayLower: mayLower(logged)))
    guard state != before else { return }
    try store(state, over: before, record: record, field: name)
    guard let (field, profile) = partnership.field(name, of: type) else { return }
    let view = FieldView(state) { profile.rank(of: $0, in: field) }
    try storeConflict(view, record: record, field: name)
    try route(view, field: field, record: record, type: type)
    if before.versions.isEmpty { try lookAgain(at: try referring(to: record)) }
  }

  /// What people see of a field.
  func view(_ field: String, of record: RecordID, type: String) throws -> FieldView? {
    guard let (definition, profile) = partnership.field(field, of: type),
      let state = try state(field, of: record, type: type)
    else { return nil }
    return FieldView(state) { profile.rank(of: $0, in: definition) }
  }

  private func mayLower(_ logged: LoggedWrite) -> Bool {
    let header = logged.header
    guard rule(logged.write.field, of: header.recordType) == .highest else { return false }
    return partnership.mayLower(
      header.author, logged.write.field, of: header.recordType, lineage: header.lineage,
      at: header.time.instant)
  }

  private func store(
    _ state: FieldState, over before: FieldState, record: RecordID, field: String
  ) throws {
    let (old, new) = (Set(before.versions.map(\.id)), Set(state.versions.map(\.id)))
    for gone in old.subtracting(new) {
      try run(
        "DELETE FROM cell WHERE record = ? AND field = ? AND write_id = ?",
        [record.bytes, field, gone.bytes])
    }
    for added in new.subtracting(old) {
      try run("INSERT INTO cell VALUES (?, ?, ?)", [record.bytes, field, added.bytes])
    }
    for removed in state.removed.subtracting(before.removed) {
      try run("INSERT INTO removal VALUES (?, ?, ?)", [record.bytes, field, removed.bytes])
    }
    for (slot, context) in state.seen {
      for (key, stamp) in context where before.seen[slot]?[key] != stamp {
        try run(
          "INSERT INTO seen VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET hlc = excluded.hlc",
          [record.bytes, field, Self.text(slot), key.bytes, stamp.stored])
      }
    }
  }

  private func storeConflict(_ view: FieldView, record: RecordID, field: String) throws {
    let sql =
      view.isConflict
      ? "INSERT INTO conflict VALUES (?, ?) ON CONFLICT DO NOTHING"
      : "DELETE FROM conflict WHERE record = ? AND field = ?"
    try run(sql, [record.bytes, field])
  }

  private static func slot(_ text: String) -> FieldState.Slot {
    AgencyID(text).map(FieldState.Slot.agency) ?? .field
  }

  private static func text(_ slot: FieldState.Slot) -> String {
    if case .agency(let agency) = slot { agency.description } else { "" }
  }
}
