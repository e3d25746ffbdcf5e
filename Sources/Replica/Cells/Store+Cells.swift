import Agreements
import FoundationEssentials
import GRDB
import Records

extension Store {
  func rule(_ field: String, of type: String) -> MergeRule? {
    partnership.field(field, of: type)?.field.rule
  }

  /// A field's state as it is stored; nothing where the profile has no such field.
  func state(_ field: String, of record: RecordID, type: String) throws -> FieldState? {
    guard let rule = rule(field, of: type) else { return nil }
    if fresh.isEmpty(field, of: record) { return FieldState(rule: rule) }
    return try state(
      field, of: record, rule: rule, standing: try loggedStanding(field, of: record))
  }

  private func state(
    _ field: String, of record: RecordID, rule: MergeRule, standing: [LoggedWrite]
  ) throws -> FieldState {
    let key: StatementArguments = [record.bytes, field]
    let versions = standing.map { logged in
      logged.version(mayLower: rule == .highest && mayLower(logged))
    }
    var seen: [FieldState.Slot: [KeyID: HLC]] = [:]
    if rule.isRegister {
      for row in try rows("SELECT * FROM seen WHERE record = ? AND field = ?", key) {
        seen[Self.slot(row["slot"]), default: [:]][try row.id("key_id")] = row.stamp("hlc")
      }
    }
    var removed: Set<WriteID> = []
    if rule == .set {
      for row in try rows("SELECT write_id FROM removal WHERE record = ? AND field = ?", key) {
        removed.insert(try row.id("write_id"))
      }
    }
    return FieldState(rule: rule, versions: versions, seen: seen, removed: removed)
  }

  /// Takes logged writes of one change into what stands and what derives from it, field by field in
  /// the order in which they are first named.
  func merge(_ writes: [LoggedWrite]) throws {
    guard let header = writes.first?.header, let number = try number(of: header.record) else {
      return
    }
    try mention(writes)
    let isFirst = fresh.isUntouched(header.record)
    var standing = isFirst ? [] : try standing(inRecord: number)
    let before = standing
    var merged: [(name: String, state: FieldState, hadSeveral: Bool)] = []
    var beginsAny = false
    for (name, writes) in Self.byField(writes) {
      guard let definition = partnership.field(name, of: header.recordType)?.field else { continue }
      let (rule, field) = (definition.rule, try self.number(ofField: name))
      let isUntouched = fresh.isEmpty(name, of: header.record)
      let old = isUntouched ? [] : try logged(standing.filter { $0.field == field })
      let state =
        isUntouched
        ? FieldState(rule: rule) : try state(name, of: header.record, rule: rule, standing: old)
      var next = state
      for logged in writes where !logged.isDisputed {
        next.apply(logged.version(mayLower: rule == .highest && mayLower(logged)))
      }
      guard next != state else { continue }
      try storeMemory(of: next, over: state, record: header.record, field: name)
      if !isFirst { standing.removeAll { $0.field == field } }
      standing += Self.places(of: next.versions, in: field, among: old + writes)
      fresh.noteMerge(into: name, of: header.record)
      beginsAny = beginsAny || state.versions.isEmpty
      let hadSeveral = state.versions.count > 1
      if definition.derives(from: next, hadSeveral: hadSeveral, of: header.recordType) {
        merged.append((name, next, hadSeveral))
      }
    }
    if standing != before { try store(standing, inRecord: number, isFirst: isFirst) }
    for (name, state, hadSeveral) in merged {
      try derive(
        name, of: header.record, type: header.recordType, from: state, hadSeveral: hadSeveral)
    }
    if beginsAny { try lookAgain(at: try referring(to: header.record)) }
  }

  private static func byField(_ writes: [LoggedWrite]) -> [(name: String, writes: [LoggedWrite])] {
    var found: [(name: String, writes: [LoggedWrite])] = []
    for logged in writes {
      if let place = found.firstIndex(where: { $0.name == logged.write.field }) {
        found[place].writes.append(logged)
      } else {
        found.append((logged.write.field, [logged]))
      }
    }
    return found
  }

  /// Where the versions that stand lie: they stood before, or are new.
  private static func places(
    of versions: [Version], in field: Int64, among writes: [LoggedWrite]
  ) -> [StandingWrite] {
    versions.compactMap { version in
      writes.first { $0.id == version.id }.map {
        StandingWrite(field: field, at: $0.at, isWithheld: $0.write.isWithheld)
      }
    }
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

  private func mayLower(_ logged: LoggedWrite) -> Bool {
    let header = logged.header
    guard rule(logged.write.field, of: header.recordType) == .highest else { return false }
    return partnership.mayLower(
      header.author, logged.write.field, of: header.recordType, lineage: header.lineage,
      at: header.time.instant)
  }

  /// Stores what a field remembers of versions that are gone.
  private func storeMemory(
    of state: FieldState, over before: FieldState, record: RecordID, field: String
  ) throws {
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

extension Field {
  /// Whether anything beside what stands derives from the field: a conflict, a route, a reference, a seal. Of most
  /// fields nothing does.
  fileprivate func derives(from state: FieldState, hadSeveral: Bool, of type: String) -> Bool {
    switch self.type {
    case .agency, .reference: true
    default: hadSeveral || state.versions.count > 1 || type == Store.restrictionType
    }
  }
}
