import Agreements
import FoundationEssentials
import GRDB
public import Records

extension LocalReplica {
  /// One record.
  /// - Throws: `ReplicaError.notFound`, whether it does not exist or is hidden.
  public func record(_ id: RecordID) throws(ReplicaError) -> RecordSnapshot {
    try readLearned { store in
      guard let snapshot = try store.snapshot(id) else { throw ReplicaError.notFound(id) }
      return snapshot
    }
  }

  /// All records of a type, ordered by id.
  /// - Throws: `ReplicaError.unknownType`.
  public func records(ofType type: String) throws(ReplicaError) -> [RecordSnapshot] {
    try readLearned { try $0.snapshots(ofType: type) }
  }

  /// The ids of all records of a type, in order, without reading them.
  /// - Throws: `ReplicaError.unknownType`.
  public func recordIDs(ofType type: String) throws(ReplicaError) -> [RecordID] {
    try readLearned { try $0.shownIDs(ofType: type) }
  }

  /// The records of a type with a field that refers to a record, ordered by id.
  /// - Throws: `ReplicaError`.
  public func records(
    ofType type: String, referringTo target: RecordID
  ) throws(ReplicaError) -> [RecordSnapshot] {
    try records(
      """
      SELECT DISTINCT f.record FROM reference f JOIN record r ON r.id = f.record
      WHERE f.target = ? AND r.type = ? ORDER BY f.record
      """, [target.bytes, type])
  }

  /// The records of a type whose own routing fields name an agency, ordered by id: a force has thousands of
  /// them, a school a few.
  /// - Throws: `ReplicaError`.
  public func records(
    ofType type: String, naming agency: AgencyID
  ) throws(ReplicaError) -> [RecordSnapshot] {
    try records(
      """
      SELECT DISTINCT a.record FROM route_agency a JOIN record r ON r.id = a.record
      WHERE a.agency = ? AND r.type = ? ORDER BY a.record
      """, [agency.description, type])
  }

  /// The records that a query names, as far as people here may see them.
  private func records(
    _ sql: String, _ arguments: StatementArguments
  ) throws(ReplicaError) -> [RecordSnapshot] {
    try readLearned { store in
      try store.rows(sql, arguments).compactMap { try store.snapshot(try $0.id("record")) }
    }
  }

  /// What happened to a record, as far as this node may know, oldest first.
  /// - Throws: `ReplicaError.notFound`.
  public func history(of id: RecordID) throws(ReplicaError) -> [HistoryEntry] {
    try readLearned { store in
      let entries = try store.loggedChanges(of: id).map { change in
        (header: change.header, writes: try change.writes().filter { !$0.write.isWithheld })
      }.filter { !$0.writes.isEmpty }.sorted {
        let (one, other) = ($0.header, $1.header)
        return (one.time, one.author, one.id) < (other.time, other.author, other.id)
      }
      guard !entries.isEmpty else { throw ReplicaError.notFound(id) }
      return entries.map { store.historyEntry($0.header, $0.writes) }
    }
  }

  /// How far the log has come: it changes with everything that is new here, and says nothing else.
  public func logPosition() throws(ReplicaError) -> Int64 {
    try read { try $0.lastPosition() }
  }

  /// Whether this node shares a field of a record with an agency, and the rule that decides. Where
  /// the field has several values, one that is shared decides.
  /// - Throws: `ReplicaError.notFound`, `.unknownField`.
  public func explain(
    _ id: RecordID, _ field: String, for agency: AgencyID, now: Instant
  ) throws(ReplicaError) -> Explanation {
    try explain(id, field, for: NodeName(agency: agency), now: now)
  }

  /// The same for a node: one of this agency's devices, or another agency's own.
  public func explain(
    _ id: RecordID, _ field: String, for peer: NodeName, now: Instant
  ) throws(ReplicaError) -> Explanation {
    try readLearned { store in
      guard let type = try store.type(of: id), try store.isShown(id) else {
        throw ReplicaError.notFound(id)
      }
      guard store.partnership.field(field, of: type) != nil else {
        let known = store.partnership.recordType(type)?.fields.map(\.name) ?? []
        throw ReplicaError.unknownField(field, type: type, known: known)
      }
      let writes = try store.loggedStanding(field, of: id)
      let decisions = try writes.map {
        try store.disclosure(of: $0, to: peer, now: now)
      }
      let grants = decisions.first { $0.grant != nil } ?? decisions.first { $0.isAllowed }
      let decision =
        try grants ?? decisions.first
        ?? (store.isOwnDevice(peer)
          ? store.scopeDecision(field, of: id, type: type, for: peer)
          : store.mayRead(peer.agency, field, of: id, type: type, now: now))
      return Explanation(decision: decision, hasValue: !writes.isEmpty)
    }
  }
}

extension LocalReplica {
  /// Reads for people: not before the node knows its own past.
  func readLearned<T>(_ body: (Store) throws -> T) throws(ReplicaError) -> T {
    try read { store in
      try store.requireLearned()
      return try body(store)
    }
  }
}

extension Store {
  /// All records of a type, in a few queries, however many there are.
  func snapshots(ofType type: String) throws -> [RecordSnapshot] {
    let shown = try shownIDs(ofType: type)
    guard let definition = partnership.recordType(type) else { return [] }
    let views = try views(ofType: type)
    return shown.map { id in
      let fields = definition.fields.compactMap { field in
        views[id]?[field.name].map { Self.fieldSnapshot($0, field) }
      }
      return RecordSnapshot(
        id: id, type: type, fields: fields.filter { !$0.values.isEmpty || $0.withheld > 0 })
    }
  }

  func shownIDs(ofType type: String) throws -> [RecordID] {
    try requireType(type)
    var shown: [RecordID] = []
    for row in try rows(
      """
      SELECT r.id, s.writes FROM record r LEFT JOIN standing s ON s.record = r.no WHERE r.type = ?
      """, [type])
    {
      let (id, packed): (RecordID, Data?) = (try row.id("id"), row["writes"])
      let standing = try packed.map { try [StandingWrite](packed: $0) } ?? []
      if try standing.contains(where: { !$0.isWithheld }) || isShown(id) { shown.append(id) }
    }
    return shown.sorted()
  }

  private func requireType(_ type: String) throws {
    guard partnership.recordType(type) != nil else {
      guard !partnership.lineages.isEmpty else { throw ReplicaError.noAgreement }
      throw ReplicaError.unknownType(type, known: partnership.recordTypeNames)
    }
  }

  func snapshot(_ id: RecordID) throws -> RecordSnapshot? {
    guard let type = try type(of: id), let definition = partnership.recordType(type),
      try isShown(id)
    else { return nil }
    let views = try views(of: id, type: type)
    let fields = definition.fields.compactMap { field in
      views[field.name].flatMap { fieldSnapshot($0, field.name, type: type) }
    }
    return RecordSnapshot(
      id: id, type: type, fields: fields.filter { !$0.values.isEmpty || $0.withheld > 0 })
  }

  func fieldSnapshot(_ view: FieldView, _ name: String, type: String) -> FieldSnapshot? {
    partnership.field(name, of: type).map { Self.fieldSnapshot(view, $0.field) }
  }

  private static func fieldSnapshot(_ view: FieldView, _ field: Field) -> FieldSnapshot {
    let values = view.versions.compactMap { version in
      version.write.value.map {
        ValueSnapshot(
          value: $0, by: version.author, at: version.time.instant, write: version.id)
      }
    }
    let withheld = view.versions.filter(\.write.isWithheld).count
    return FieldSnapshot(
      field: field, isConflict: view.isConflict, values: values, withheld: withheld)
  }
}

extension Store {
  fileprivate func historyEntry(
    _ header: ChangeHeader, _ writes: [LoggedWrite]
  ) -> HistoryEntry {
    let signer = partnership.signer(of: header)
    let person = writes.first { $0.write.field == Field.person.name }?.write.value?.description
    return HistoryEntry(
      change: header.id, by: header.author,
      device: signer.isDevice ? signer.node : nil, at: header.time.instant, person: person,
      writes: writes.filter { $0.write.field != Field.person.name }.map {
        HistoryWrite(
          field: $0.write.field, operation: $0.write.operation, value: $0.write.value,
          write: $0.id)
      })
  }
}
