import Crypto
public import FoundationEssentials
import GRDB
import Records
import Synchronization

/// Where a node's data keys lie, and the key that seals them.
public struct Sealing: Sendable {
  /// The key ring's file; never in a backup of the replica, which its keys would keep readable.
  public let path: String
  /// The node's own key for it, 32 bytes.
  public let key: Data
  /// Writes a file so that it is durable once this returns, and the old one or the new one whatever happens
  /// meanwhile; nobody else can read it. Only the system knows how, so it is passed in.
  let write: @Sendable (_ data: Data, _ path: String) throws -> Void
  /// Draws so many bytes that nobody can guess: data keys are made hundreds at once.
  public let random: @Sendable (_ count: Int) -> Data

  /// Names a ring.
  /// - Parameters:
  ///   - random: draws the bytes of data keys.
  ///   - write: writes copies of it.
  public init(
    path: String, key: Data, random: @escaping @Sendable (_ count: Int) -> Data,
    write: @escaping @Sendable (_ data: Data, _ path: String) throws -> Void
  ) {
    self.path = path
    self.key = key
    self.random = random
    self.write = write
  }
}

/// The data keys of a replica, one for each record, in a file of their own. To erase a record is to destroy its
/// key: whatever copies of the record there are in free pages, write-ahead logs and backups, nobody can read them.
///
/// Keys are numbered from 1 and made ahead, many at once, so that writing a record costs no second wait for the
/// disk. Each is wrapped with the node's key (RFC 3394) and has 40 bytes at one place of the file, which a
/// destruction overwrites. The file has a rollback journal, not a write-ahead log: nothing of an old state stays.
///
/// Invariants: a number is used for one record at a time; a key is durable before anything is sealed with it; what
/// is destroyed stays destroyed, and its number is never used again.
final class KeyRing: Sendable {
  let path: String
  private let key: SymmetricKey
  private let file: DatabaseQueue
  let writeFile: @Sendable (_ data: Data, _ path: String) throws -> Void
  private let random: @Sendable (_ count: Int) -> Data
  private let opened = Mutex<[Int64: SymmetricKey]>([:])
  /// Up to where there are keys, as far as was looked.
  private let reach = Mutex<Int64>(0)

  /// Opens the file.
  /// - Parameter creating: whether to make it where there is none.
  /// - Throws: `ReplicaError.keyRing` where it is missing, damaged, or sealed with another key.
  init(_ sealing: Sealing, creating: Bool) throws(ReplicaError) {
    path = sealing.path
    writeFile = sealing.write
    random = sealing.random
    key = SymmetricKey(data: sealing.key)
    guard creating || FileManager.default.fileExists(atPath: path) else {
      throw .keyRing(
        "\(path) is missing: put back the newest copy of it, which lies beside the backups")
    }
    file = try Self.begin(path)
    do {
      let check = try file.read { try Data.fetchOne($0, sql: "SELECT key_check FROM ring") }
      if check == nil {
        try file.write { db in
          try db.execute(
            sql: "INSERT INTO ring (id, key_check) VALUES (1, ?) ON CONFLICT DO NOTHING",
            arguments: [Self.check(key)])
        }
      }
      guard check.map({ $0 == Self.check(key) }) ?? true else {
        throw ReplicaError.keyRing("\(path) is sealed with another key than the one in keys/")
      }
    } catch {
      throw Self.wrapped(error, path)
    }
  }

  /// Opens the file, or makes it.
  static func begin(_ path: String) throws(ReplicaError) -> DatabaseQueue {
    do {
      let file = try DatabaseQueue(path: path, configuration: configuration)
      try file.writeWithoutTransaction { try $0.execute(sql: pragmas) }
      let isThere = try file.read { try $0.tableExists("copy") }
      if !isThere { try file.write { try $0.execute(sql: tables) } }
      return file
    } catch {
      throw wrapped(error, path)
    }
  }

  private static let configuration: Configuration = {
    var configuration = Configuration()
    configuration.busyMode = .timeout(Limits.Storage.busySeconds)
    return configuration
  }()

  /// EXTRA makes the end of the journal durable too, and with it the end of what it held.
  private static let pragmas = """
    PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA secure_delete = ON;
    """

  /// A destroyed key's bytes are zeros. `destructions` counts how often there were some: a replica that knows of
  /// fewer is older than the ring.
  private static let tables = """
    CREATE TABLE IF NOT EXISTS ring (
      id INTEGER PRIMARY KEY CHECK (id = 1), key_check BLOB NOT NULL,
      destructions INTEGER NOT NULL DEFAULT 0) STRICT;
    CREATE TABLE IF NOT EXISTS data_key (
      number INTEGER PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS copy (
      path TEXT PRIMARY KEY, is_stale INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
    """

  private static func check(_ key: SymmetricKey) -> Data {
    Data(HMAC<SHA256>.authenticationCode(for: Data("concord/v1/ring".utf8), using: key)).prefix(16)
  }

  private static let keyBytes = 32
  static let wrappedBytes = 40
  static let destroyed = Data(count: wrappedBytes)

  /// The last number for which a key was made.
  func last() throws(ReplicaError) -> Int64 { try read(Self.last) }

  static func last(_ db: Database) throws -> Int64 {
    try Int64.fetchOne(db, sql: "SELECT max(number) FROM data_key") ?? 0
  }

  /// It lacks keys with which the replica was sealed.
  var isOld: ReplicaError {
    .keyRing("\(path) is older than the replica: put back the newest copy of it")
  }

  /// A key; nothing where it was destroyed.
  /// - Throws: `ReplicaError.keyRing` where there never was one here: the ring is older than the replica.
  func dataKey(_ number: Int64) throws(ReplicaError) -> SymmetricKey? {
    if let known = opened.withLock({ $0[number] }) { return known }
    // What is read after this is mostly sealed with its neighbours.
    let found = try read { db in
      try Row.fetchAll(
        db, sql: "SELECT number, wrapped FROM data_key WHERE number BETWEEN ? AND ?",
        arguments: [number, number + Limits.Storage.dataKeysReadAtOnce])
    }
    guard let first = found.first, first["number"] == number else {
      throw isOld
    }
    var keys: [Int64: SymmetricKey] = [:]
    for row in found {
      let wrapped: Data = row["wrapped"]
      guard wrapped != Self.destroyed else { continue }
      do {
        keys[row["number"]] = try AES.KeyWrap.unwrap(wrapped, using: key)
      } catch {
        guard row["number"] != number else {
          throw .keyRing("\(path) is damaged: put back a copy of it")
        }
      }
    }
    remember(keys)
    return keys[number]
  }

  private func remember(_ keys: [Int64: SymmetricKey]) {
    opened.withLock { opened in
      if opened.count > Limits.Storage.dataKeysOpen { opened = [:] }
      opened.merge(keys) { $1 }
    }
  }

  /// Makes keys ahead, durably, so that there are some from a number on.
  func extend(through number: Int64) throws(ReplicaError) {
    guard reach.withLock({ $0 < number }) else { return }
    var made: [Int64: SymmetricKey] = [:]
    let reached = try write { db in
      let last = try Self.last(db)
      guard last < number else { return last }
      let insert = try db.cachedStatement(sql: "INSERT INTO data_key VALUES (?, ?)")
      let numbers = (last + 1)...max(number, last + Limits.Storage.dataKeysAhead)
      let drawn = random(numbers.count * Self.keyBytes)
      guard drawn.count == numbers.count * Self.keyBytes else {
        throw ReplicaError.keyRing("no keys could be drawn")
      }
      for (index, next) in numbers.enumerated() {
        let bytes = drawn.dropFirst(index * Self.keyBytes).prefix(Self.keyBytes)
        let fresh = SymmetricKey(data: bytes)
        try insert.execute(arguments: [next, try AES.KeyWrap.wrap(fresh, using: key)])
        made[next] = fresh
      }
      return try Self.last(db)
    }
    let isFirst = reach.withLock { reach in
      defer { reach = reached }
      return reach == 0
    }
    // Of the first mostly few are needed: a school's laptop writes no thousand records.
    let next = number + Limits.Storage.dataKeysReadAtOnce
    remember(isFirst ? made.filter { $0.key <= next } : made)
  }

  /// How often keys were destroyed.
  func destructions() throws(ReplicaError) -> Int64 {
    try read { try Int64.fetchOne($0, sql: "SELECT destructions FROM ring") ?? 0 }
  }

  /// Destroys keys: durable once this returns. What is destroyed already stays so.
  /// - Throws: `ReplicaError`; then none is destroyed, or all are.
  func destroy(_ numbers: some Collection<Int64>) throws(ReplicaError) {
    try write { db in
      for number in numbers {
        try db.execute(
          sql: "UPDATE data_key SET wrapped = ? WHERE number = ?",
          arguments: [Self.destroyed, number])
      }
      try db.execute(sql: "UPDATE ring SET destructions = destructions + 1")
      try db.execute(sql: "UPDATE copy SET is_stale = 1")
    }
    opened.withLock { opened in for number in numbers { opened[number] = nil } }
    refreshCopies()
  }

  func close() throws(ReplicaError) {
    do { try file.close() } catch { throw Self.wrapped(error, path) }
  }

  func read<T>(_ body: (Database) throws -> T) throws(ReplicaError) -> T {
    do { return try file.read(body) } catch { throw Self.wrapped(error, path) }
  }

  func write<T>(_ body: (Database) throws -> T) throws(ReplicaError) -> T {
    do { return try file.write(body) } catch { throw Self.wrapped(error, path) }
  }

  private static func wrapped(_ error: any Error, _ path: String) -> ReplicaError {
    let wrapped = ReplicaError.wrapped(error, in: path)
    if case .damaged = wrapped {
      return .keyRing(
        "\(path) is damaged: put back the newest copy of it, which lies beside the backups")
    }
    return wrapped
  }
}
