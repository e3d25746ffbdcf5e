import Agreements
import FoundationEssentials
import GRDB
import Records

extension Store {
  /// The record through whose routing field a record concerns an agency: its own, or one that it
  /// refers to by routing fields, through at most two references.
  /// - Parameter isThroughSealed: whether records that are sealed from the agency count: the route
  ///   of what it is told must not name one.
  func route(
    of record: RecordID, to agency: AgencyID, throughSealed isThroughSealed: Bool = false
  ) throws -> RecordID? {
    let key = TransactionMemory.RouteKey(
      record: record, agency: agency, isThroughSealed: isThroughSealed)
    return try memory.route(key) {
      try findRoute(of: record, to: agency, throughSealed: isThroughSealed)
    }
  }

  private func findRoute(
    of record: RecordID, to agency: AgencyID, throughSealed isThroughSealed: Bool
  ) throws -> RecordID? {
    let found = try row(
      """
      WITH RECURSIVE near (record, distance) AS (
        VALUES (?1, 0)
        UNION
        SELECT r.target, near.distance + 1 FROM near
        JOIN reference r ON r.record = near.record AND r.routing = 1
        WHERE near.distance < 2 AND (?3 OR NOT EXISTS (
          SELECT 1 FROM kept_from k WHERE k.record = r.target AND k.agency = ?2 AND k.field = ''
          UNION ALL SELECT 1 FROM reference s JOIN kept_from k ON k.record = s.target
          WHERE s.record = r.target AND s.sealed_with = 1 AND k.agency = ?2 AND k.field = '')))
      SELECT near.record FROM near
      JOIN route_agency a ON a.record = near.record AND a.agency = ?2
      ORDER BY near.distance, near.record LIMIT 1
      """, [record.bytes, agency.description, isThroughSealed])
    return try found?.id("record")
  }

  /// Derives routes, references and restrictions from what a field now says, and has what became
  /// visible to somebody by it looked at again.
  func route(_ view: FieldView, field: Field, record: RecordID, type: String) throws {
    let values = view.versions.compactMap(\.write.value)
    // While a routing field is in conflict, existing routes stay and new ones wait for a person.
    let waits = field.isRouting && view.isConflict
    switch field.type {
    case .agency where field.isRouting && !waits:
      try routeAgencies(values, field: field.name, record: record)
    case .reference:
      try refer(values, field: field, record: record, waits: waits)
    default: break
    }
    if type == Self.restrictionType { try restrict(by: record) }
  }

  /// Has records looked at again for every peer that they may concern: something new may be visible in them.
  /// - Parameter urgently: whether something may have to be taken back, ahead of all else.
  func lookAgain(
    at records: [RecordID], for peers: [NodeName]? = nil, urgently isUrgent: Bool = false
  ) throws {
    guard !records.isEmpty else { return }
    let peers = try peers ?? (isUrgent ? self.peers() : self.peers(concernedBy: records))
    for record in records {
      for peer in peers {
        try run(
          """
          INSERT INTO backfill VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
          is_urgent = max(is_urgent, excluded.is_urgent)
          """, [peer.description, record.bytes, isUrgent])
      }
    }
  }

  /// The nodes that this one has ever had a stream to.
  func peers() throws -> [NodeName] {
    if let known = memory.peers { return known }
    let found = try rows("SELECT peer FROM link_out").compactMap { NodeName($0["peer"]) }
    memory.peers = found
    return found
  }

  private func routeAgencies(_ values: [Value], field: String, record: RecordID) throws {
    let key: StatementArguments = [record.bytes, field]
    let old = Set(
      try rows("SELECT agency FROM route_agency WHERE record = ? AND field = ?", key).map {
        try $0.agency("agency")
      })
    let new = Set(values.compactMap { if case .agency(let id) = $0 { id } else { nil } })
    guard old != new else { return }
    memory.forgetRoutes()
    try run("DELETE FROM route_agency WHERE record = ? AND field = ?", key)
    for agency in new {
      try run(
        "INSERT INTO route_agency VALUES (?, ?, ?)", [record.bytes, field, agency.description])
    }
    let joined = new.subtracting(old).map { NodeName(agency: $0) }
    try lookAgain(at: [record] + (try neighbours(of: record)), for: joined)
  }

  private func refer(_ values: [Value], field: Field, record: RecordID, waits: Bool) throws {
    let targets = Set(values.compactMap { if case .reference(let id) = $0 { id } else { nil } })
    let key: StatementArguments = [record.bytes, field.name]
    let opens = field.isRouting && !waits
    var old: [RecordID: [Bool]] = [:]
    for row in try rows("SELECT * FROM reference WHERE record = ? AND field = ?", key) {
      old[try row.id("target")] = [row["routing"], row["sealed_with"]]
    }
    let new = [opens, field.isSealedWith]
    // While values are in conflict, routes that were there stay.
    let isSettled = Set(old.keys) == targets && (waits || old.values.allSatisfy { $0 == new })
    guard !isSettled else { return }
    memory.forgetRoutes()
    if !waits { try run("DELETE FROM reference WHERE record = ? AND field = ?", key) }
    for target in targets {
      try run(
        "INSERT INTO reference VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [record.bytes, field.name, target.bytes, opens, field.isSealedWith])
    }
    if opens || field.isSealedWith { try lookAgain(at: [record] + (try neighbours(of: record))) }
    try lookAgainForDevices(from: record, to: targets.union(old.keys))
  }

  /// The records that refer to this one, directly or through one other.
  func neighbours(of record: RecordID) throws -> [RecordID] {
    try rows(
      """
      SELECT record FROM reference WHERE target = ?1
      UNION SELECT further.record FROM reference near
      JOIN reference further ON further.target = near.record WHERE near.target = ?1
      """, [record.bytes]
    ).map { try $0.id("record") }
  }

  /// The records with a write that refers to this one, superseded or not: each write goes by itself.
  /// A reference is shown to whom something of its target is, so they are looked at again when a
  /// field of the target gets its first value.
  func referring(to record: RecordID) throws -> [RecordID] {
    try rows("SELECT DISTINCT record FROM mention WHERE target = ?", [record.bytes]).map {
      try $0.id("record")
    }
  }

  /// Notes what writes refer to.
  func mention(_ writes: [LoggedWrite]) throws {
    for logged in writes where !logged.isDisputed {
      guard case .reference(let target) = logged.write.value else { continue }
      try run(
        "INSERT INTO mention VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [logged.header.record.bytes, logged.write.field, target.bytes])
    }
  }
}
