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
    if fresh.isEmpty(field, of: record) { return FieldState(rule: rule) }
    let key: StatementArguments = [record.bytes, field]
    let versions = try versions(of: key, mayLower: rule == .highest)
    var seen: [FieldState.Slot: [KeyID: HLC]] = [:]
    for row in try rows("SELECT * FROM seen WHERE record = ? AND field = ?", key) {
      seen[Self.slot(row["slot"]), default: [:]][try row.id("key_id")] = row.stamp("hlc")
    }
    let removed = try rows("SELECT write_id FROM removal WHERE record = ? AND field = ?", key)
    return FieldState(
      rule: rule, versions: versions, seen: seen,
      removed: Set(try removed.map { try $0.id("write_id") }))
  }

  /// The versions that a field's cells point at. A header, which may name a thousand commitments, is
  /// only read where the right to lower depends on it.
  private func versions(
    of key: StatementArguments, mayLower needsRight: Bool
  ) throws -> [Version] {
    if needsRight {
      return try loggedWrites(
        "JOIN cell ON cell.write_id = o.write_id WHERE cell.record = ? AND cell.field = ?", key
      ).map { $0.version(mayLower: mayLower($0)) }
    }
    return try rows("\(Self.standing) AND cell.field = ?", key).map(Self.version)
  }

  /// The versions that stand in a record's fields, by field, and nothing that only merging needs.
  /// What people see of all records of a type, read in one go.
  func views(ofType type: String) throws -> [RecordID: [String: FieldView]] {
    var standing: [RecordID: [String: [Version]]] = [:]
    let rows = try Row.fetchCursor(
      try db.cachedStatement(sql: Self.standingOfType), arguments: [type])
    while let row = try rows.next() {
      standing[try row.id("record"), default: [:]][row["field"], default: []].append(
        try Self.version(row))
    }
    let fields = partnership.fields(of: type)
    return standing.mapValues { versions in
      versions.reduce(into: [:]) { views, standing in
        views[standing.key] = fields[standing.key].map { definition, profile in
          Self.view(of: standing.value, definition, profile)
        }
      }
    }
  }

  private static let standingOfType = """
    SELECT cell.record, cell.field, o.write_id, o.bytes, o.basis, c.author, c.key_id, c.hlc
    FROM record r JOIN cell ON cell.record = r.id JOIN opening o ON o.write_id = cell.write_id
    JOIN change c ON c.id = o.change WHERE r.type = ?
    """

  private func versions(in record: RecordID) throws -> [String: [Version]] {
    try rows(Self.standing, [record.bytes]).reduce(into: [:]) { found, row in
      found[row["field"], default: []].append(try Self.version(row))
    }
  }

  private static let standing = """
    SELECT cell.field, o.write_id, o.bytes, o.basis, c.author, c.key_id, c.hlc
    FROM cell JOIN opening o ON o.write_id = cell.write_id JOIN change c ON c.id = o.change
    WHERE cell.record = ?
    """

  private static func version(_ row: Row) throws -> Version {
    let time = row.stamp("hlc")
    let isErased = row["basis"] as String? != nil
    return Version(
      id: try row.id("write_id"), author: try row.agency("author"), key: try row.id("key_id"),
      time: time,
      write: isErased
        ? try Write(remains: row["bytes"], before: time) : try Write(row["bytes"], before: time))
  }

  /// Takes logged writes of one record into their cells and into what derives from them, field by
  /// field in the order in which they are first named.
  func merge(_ writes: [LoggedWrite]) throws {
    var fields: [String] = []
    for logged in writes where !fields.contains(logged.write.field) {
      fields.append(logged.write.field)
    }
    for field in fields { try merge(writes.filter { $0.write.field == field }, into: field) }
  }

  private func merge(_ writes: [LoggedWrite], into name: String) throws {
    guard let header = writes.first?.header else { return }
    let (record, type) = (header.record, header.recordType)
    try mention(writes)
    guard var state = try state(name, of: record, type: type) else { return }
    let before = state
    for logged in writes where !logged.isDisputed {
      state.apply(logged.version(mayLower: mayLower(logged)))
    }
    guard state != before else { return }
    try store(state, over: before, record: record, field: name)
    fresh.noteMerge(into: name, of: record)
    try derive(name, of: record, type: type, from: state, hadSeveral: before.versions.count > 1)
    if before.versions.isEmpty { try lookAgain(at: try referring(to: record)) }
  }

  /// Derives conflict, routes and restrictions from a field's state.
  /// - Parameter hadSeveral: whether several versions may have stood before, and been in conflict.
  func derive(
    _ name: String, of record: RecordID, type: String, from state: FieldState,
    hadSeveral: Bool = true
  ) throws {
    guard let (field, profile) = partnership.field(name, of: type) else { return }
    let view = FieldView(state) { profile.rank(of: $0, in: field) }
    if hadSeveral || view.isConflict { try storeConflict(view, record: record, field: name) }
    try route(view, field: field, record: record, type: type)
  }

  /// What people see of a field; nothing where the profile has no such field.
  func view(_ field: String, of record: RecordID, type: String) throws -> FieldView? {
    let versions = try versions(of: [record.bytes, field], mayLower: false)
    return view(of: versions, field, type: type)
  }

  /// What people see of all of a record's fields in which something stands.
  func views(of record: RecordID, type: String) throws -> [String: FieldView] {
    try versions(in: record).reduce(into: [:]) { views, standing in
      views[standing.key] = view(of: standing.value, standing.key, type: type)
    }
  }

  /// Which versions stand is known; that alone decides what is seen of them.
  private func view(of versions: [Version], _ field: String, type: String) -> FieldView? {
    partnership.field(field, of: type).map { definition, profile in
      Self.view(of: versions, definition, profile)
    }
  }

  private static func view(
    of versions: [Version], _ definition: Field, _ profile: Profile
  ) -> FieldView {
    let state = FieldState(rule: definition.rule, versions: versions, seen: [:], removed: [])
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
