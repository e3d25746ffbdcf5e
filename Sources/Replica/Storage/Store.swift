import Agreements
import FoundationEssentials
import GRDB
import Records

/// One transaction's view: the database, what is agreed, and whose replica it is.
struct Store {
  let db: Database
  var partnership: Partnership { didSet { memory.decisions = DecisionMemory() } }
  let me: NodeName
  let fresh = FreshRecords()
  let memory = TransactionMemory()
  /// The data keys with which values are sealed; nothing where they are not.
  var ring: KeyRing?
  var sealing = SealingMemory()

  func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
    try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: arguments)
  }

  func row(_ sql: String, _ arguments: StatementArguments = []) throws -> Row? {
    try Row.fetchOne(try db.cachedStatement(sql: sql), arguments: arguments)
  }

  func exists(_ sql: String, _ arguments: StatementArguments) throws -> Bool {
    try row(sql, arguments) != nil
  }

  func run(_ sql: String, _ arguments: StatementArguments = []) throws {
    try db.cachedStatement(sql: sql).execute(arguments: arguments)
  }

  func number(_ name: String) throws -> Int64 { try Self.number(name, in: db) }

  static func number(_ name: String, in db: Database) throws -> Int64 {
    let statement = try db.cachedStatement(sql: "SELECT value FROM meta WHERE name = ?")
    return try Int64.fetchOne(statement, arguments: [name]) ?? 0
  }

  func setNumber(_ name: String, to value: Int64) throws {
    try run(
      "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      [name, value])
  }
}

/// Records that this transaction found absent or made, and the fields of them that it has merged into: of
/// the other fields nothing is stored, and nothing has to be looked for.
final class FreshRecords {
  private var merged: [RecordID: Set<String>] = [:]

  func note(_ record: RecordID) { if merged[record] == nil { merged[record] = [] } }

  func noteMerge(into field: String, of record: RecordID) { merged[record]?.insert(field) }

  /// Whether it is new here and nothing was merged into it.
  func isUntouched(_ record: RecordID) -> Bool { merged[record]?.isEmpty ?? false }

  func isEmpty(_ field: String, of record: RecordID) -> Bool {
    merged[record].map { !$0.contains(field) } ?? false
  }
}

extension Row {
  /// Reads an identifier; a replica that holds another number of bytes is damaged.
  func id<ID: BinaryIdentifier>(_ column: String) throws -> ID {
    try Self.id(self[column], column)
  }

  func id<ID: BinaryIdentifier>(at column: Int) throws -> ID { try Self.id(self[column], column) }

  private static func id<ID: BinaryIdentifier>(
    _ data: Data?, _ column: some CustomStringConvertible
  ) throws -> ID {
    guard let id = data.flatMap({ ID($0) }) else {
      throw ReplicaError.storage("column \(column) holds no identifier")
    }
    return id
  }

  func stamp(at column: Int) -> HLC { HLC(stored: self[column]) }

  func agency(_ column: String) throws -> AgencyID {
    guard let text: String = self[column], let agency = AgencyID(text) else {
      throw ReplicaError.storage("column \(column) holds no agency")
    }
    return agency
  }

  func stamp(_ column: String) -> HLC {
    HLC(stored: self[column])
  }
}

extension HLC {
  /// As SQLite stores it. Stamps after the year 6429 turn negative; none gets past the drift bound.
  var stored: Int64 { Int64(bitPattern: rawValue) }

  fileprivate init(stored: Int64?) { self.init(rawValue: UInt64(bitPattern: stored ?? 0)) }
}
