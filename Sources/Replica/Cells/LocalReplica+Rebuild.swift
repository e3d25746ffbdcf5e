import Agreements
import FoundationEssentials
import GRDB
public import Records

extension LocalReplica {
  /// Derives everything anew from the log, beside what is there; takes its place only where it
  /// differs. Others read and write meanwhile: only the comparison at the end keeps them waiting. Sums that were
  /// kept of streams are forgotten: the next comparison counts everything again.
  /// - Throws: `ReplicaError.storage` where the log does not hold still for long enough.
  public func rebuild() throws(ReplicaError) -> Rebuilt {
    do {
      let rebuilt = try Rebuilding(
        path: path, me: me, ring: ring, readings: readings,
        configuration: Self.configuration(limits)
      ).run()
      try write { try $0.forgetSums() }
      return rebuilt
    } catch {
      throw .wrapped(error)
    }
  }

  /// A digest of everything that derives from the log, so that a rebuild can be compared.
  public func derivedDigest() throws(ReplicaError) -> Digest {
    try read { store in
      var parts = Data()
      for table in Store.derivedTables {
        parts.append(Data(table.utf8))
        let rows = try store.rows("SELECT * FROM \(table)").map(Self.text)
        for row in rows.sorted() { parts.append(Data(row.utf8)) }
      }
      return TaggedHash.digest("concord/v1/derived", parts)
    }
  }

  /// A row in full: its own description says of bytes only how many there are.
  private static func text(_ row: Row) -> String {
    row.databaseValues.map { value in
      Data.fromDatabaseValue(value).map { $0.base64EncodedString() } ?? value.description
    }.joined(separator: "|") + "\n"
  }
}

/// What a rebuild came to.
public struct Rebuilt: Hashable, Sendable {
  /// How many writes were merged.
  public let writes: Int
  /// Whether what was there differed from what the log says, and was replaced.
  public let isMended: Bool
}

extension Store {
  /// Derives everything anew from the log.
  /// - Returns: how many writes were merged.
  func rederive() throws -> Int {
    memory.forgetRoutes()
    for table in Self.derivedTables { try run("DELETE FROM \(table)") }
    var merged = 0
    var last: Int64 = 0
    while true {
      let part = try mergeLog(after: last)
      guard let end = part.end else { return merged }
      merged += part.writes
      last = end
    }
  }

  /// Merges a part of the log.
  /// - Returns: how many writes that were, and the position after it; nothing where there is no more.
  func mergeLog(after start: Int64, through end: Int64 = .max) throws -> (writes: Int, end: Int64?)
  {
    var merged = 0
    let part = try log(after: start, through: end, atMost: 250)
    for (position, change) in part {
      let writes = try change.writes().filter { $0.position == position }
      // One by one, as each may have come by itself.
      for write in writes { try merge([write]) }
      merged += writes.count
    }
    return (merged, part.last?.position)
  }

  /// What derives from the writes of one field.
  static let fieldTables = [
    "seen", "removal", "conflict", "route_agency", "reference", "mention",
  ]
  static let derivedTables = fieldTables + ["standing", "kept_from"]
}

/// One rebuild, on a connection of its own, in temporary tables that hide those of the same names.
///
/// The log is merged in stretches, each in a transaction that locks nothing. What others append
/// meanwhile comes in later stretches, and the last few with the comparison, in the one transaction
/// that locks. Where others changed a stretch that was merged already (an erasure does), or what is
/// agreed, the rebuild starts again.
private struct Rebuilding {
  private let queue: DatabaseQueue
  private let me: NodeName
  private let ring: KeyRing?
  private let readings: DocumentReadings

  /// What merging writes to: with the derived tables, what has to be looked at again for peers.
  private static let tables = Store.derivedTables + ["backfill"]
  /// Writes that are merged while others wait.
  private static let lastStretch = 1_000
  private static let attempts = 5

  init(
    path: String, me: NodeName, ring: KeyRing?, readings: DocumentReadings,
    configuration: Configuration
  ) throws {
    self.me = me
    self.ring = ring
    self.readings = readings
    var configuration = configuration
    // A temporary table cannot refer to the log's.
    configuration.foreignKeysEnabled = false
    queue = try DatabaseQueue(path: path, configuration: configuration)
  }

  func run() throws -> Rebuilt {
    defer { try? queue.close() }
    return try queue.writeWithoutTransaction { db in
      for table in Self.tables { try hide(table, db) }
      for _ in 0..<Self.attempts {
        if let rebuilt = try attempt(db) { return rebuilt }
      }
      throw ReplicaError.storage("the log changed again and again meanwhile; try again later")
    }
  }

  /// Makes an empty temporary table like the one of this name.
  private func hide(_ table: String, _ db: Database) throws {
    let statements = try String.fetchAll(
      db,
      sql: """
        SELECT sql FROM main.sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL
        ORDER BY type DESC
        """, arguments: [table])
    for statement in statements {
      for kind in ["CREATE TABLE ", "CREATE INDEX "] where statement.hasPrefix(kind) {
        try db.execute(sql: "\(kind)temp.\(statement.dropFirst(kind.count))")
      }
    }
  }

  /// - Returns: nothing where others changed what was merged already.
  private func attempt(_ db: Database) throws -> Rebuilt? {
    for table in Self.tables { try db.execute(sql: "DELETE FROM temp.\(table)") }
    let store = try self.store(db)
    let agreed = try store.number(Store.documentsVersion)
    var stretches: [Stretch] = []
    var merged = 0
    while true {
      let stretch = try Stretch(after: stretches.last?.end ?? 0, db)
      if stretch.count <= Self.lastStretch { break }
      merged += try merge(stretch, store)
      stretches.append(stretch)
    }
    var isMended: Bool?
    try db.inTransaction(.immediate) {
      guard try store.number(Store.documentsVersion) == agreed,
        try stretches.allSatisfy({ try $0.isUnchanged(db) })
      else { return .rollback }
      merged += try mergeAll(after: stretches.last?.end ?? 0, through: .max, store)
      isMended = try replaceWhatDiffers(db)
      return .commit
    }
    return isMended.map { Rebuilt(writes: merged, isMended: $0) }
  }

  private func store(_ db: Database) throws -> Store {
    let empty = Store(db: db, partnership: Partnership(readings: readings), me: me)
    let partnership = Partnership(try empty.documents(), readings: readings)
    return Store(db: db, partnership: partnership, me: me, ring: ring)
  }

  /// Merges a stretch some writes at a time, so that no reading transaction is long.
  private func merge(_ stretch: Stretch, _ store: Store) throws -> Int {
    var (merged, last) = (0, stretch.start)
    while true {
      var part: (writes: Int, end: Int64?) = (0, nil)
      try store.db.inTransaction(.deferred) {
        part = try store.mergeLog(after: last, through: stretch.end)
        return .commit
      }
      guard let end = part.end else { return merged }
      merged += part.writes
      last = end
    }
  }

  private func mergeAll(after start: Int64, through end: Int64, _ store: Store) throws -> Int {
    var (merged, last) = (0, start)
    while true {
      let part = try store.mergeLog(after: last, through: end)
      guard let end = part.end else { return merged }
      merged += part.writes
      last = end
    }
  }

  private func replaceWhatDiffers(_ db: Database) throws -> Bool {
    let differs = try Store.derivedTables.contains { table in
      let (here, anew) = ("SELECT * FROM main.\(table)", "SELECT * FROM temp.\(table)")
      return try Bool.fetchOne(
        db, sql: "SELECT EXISTS (\(here) EXCEPT \(anew)) OR EXISTS (\(anew) EXCEPT \(here))")
        ?? true
    }
    guard differs else { return false }
    for table in Store.derivedTables {
      try db.execute(
        sql: """
          DELETE FROM main.\(table);
          INSERT INTO main.\(table) SELECT * FROM temp.\(table);
          """)
    }
    // What was damaged may have kept something from a peer.
    try db.execute(
      sql: "INSERT INTO main.backfill SELECT * FROM temp.backfill WHERE true ON CONFLICT DO NOTHING"
    )
    return true
  }
}

/// A stretch of the log, and what tells whether it has changed.
private struct Stretch {
  let start: Int64
  let end: Int64
  let count: Int
  private let print: Row

  init(after start: Int64, _ db: Database) throws {
    self.start = start
    end =
      try Int64.fetchOne(
        db,
        sql: """
          SELECT max(coalesce((SELECT max(no) FROM change), 0),
          coalesce((SELECT max(position) FROM arrival), 0))
          """) ?? 0
    print = try Self.print(after: start, through: end, db)
    count = print["count"]
  }

  func isUnchanged(_ db: Database) throws -> Bool {
    try Self.print(after: start, through: end, db) == print
  }

  private static func print(after start: Int64, through end: Int64, _ db: Database) throws -> Row {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT count(*) AS count, total(length(openings)) AS bytes,
        (SELECT count(*) FROM disputed) AS disputed
        FROM change WHERE no > ? AND no <= ?
        """, arguments: [start, end])
    return row ?? Row()
  }
}
