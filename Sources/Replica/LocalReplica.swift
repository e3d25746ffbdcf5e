public import Agreements
import FoundationEssentials
import GRDB
public import Records
import Synchronization

/// A node's replica: one SQLite file with the change log and what derives from it.
///
/// Every call is one transaction and blocks until it is durable: WAL with `synchronous=FULL`. Other
/// processes may use the same file at the same time. Time, randomness and keys are passed in.
public final class LocalReplica: Sendable {
  /// The node whose replica this is.
  public let me: NodeName
  let limits: ReplicaLimits
  let path: String
  let answering = AnsweringSets()
  let readers = KnownReaders()
  let readings: DocumentReadings
  let pool: any DatabaseWriter
  /// The data keys of what is sealed; nothing where this replica seals nothing.
  let ring: KeyRing?
  private let agreed = Mutex<(version: Int64, partnership: Partnership)?>(nil)
  private let batchParts = KeptBatchParts()

  /// Opens the file.
  /// - Parameters:
  ///   - sealing: the key ring with which values are sealed, where they are to be.
  ///   - creating: whether to make it where there is none. Only a new node has none: an empty one in the place of
  ///     a lost one would start its streams and stamps anew.
  ///   - readings: what documents were found to say, where another replica of this process has read them.
  /// - Throws: `ReplicaError` where it cannot be opened or belongs to another node, or its key ring cannot.
  public init(
    path: String, me: NodeName, limits: ReplicaLimits = ReplicaLimits(), sealing: Sealing? = nil,
    creating: Bool = false, readings: DocumentReadings = DocumentReadings()
  ) throws(ReplicaError) {
    guard creating || Self.isThere(path) else { throw .storage("\(path) is missing or empty") }
    self.me = me
    self.limits = limits
    self.path = path
    self.readings = readings
    do {
      pool = try Self.connect(path, limits)
      // Only now: opening a file in WAL mode sets its writer to NORMAL, which loses the last
      // commits when the power fails.
      try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      try Schema.migrator.migrate(pool)
      try Self.claim(pool, for: me)
      ring = try Self.ring(sealing, for: pool, at: path)
    } catch {
      throw .wrapped(error, in: path)
    }
    try goOnAfterRestore()
  }

  private static func connect(
    _ path: String, _ limits: ReplicaLimits
  ) throws -> any DatabaseWriter {
    _ = SQLiteSettings.leavesMemoryUncounted
    var configuration = configuration(limits)
    guard !limits.readsWhileWriting else {
      return try DatabasePool(path: path, configuration: configuration)
    }
    configuration.journalMode = .wal
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  /// Makes a file with all tables that is nobody's yet. Copies of it are what replicas can begin with, where one process
  /// makes hundreds: to bring an empty file through all migrations takes longer than all else of a node's start.
  /// - Throws: `ReplicaError`, where the file cannot be written.
  public static func makeBlank(at path: String) throws(ReplicaError) {
    do {
      _ = SQLiteSettings.leavesMemoryUncounted
      let blank = try DatabaseQueue(path: path, configuration: configuration(ReplicaLimits()))
      try Schema.migrator.migrate(blank)
      try blank.close()
    } catch {
      throw .wrapped(error, in: path)
    }
  }

  private static func isThere(_ path: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? Int ?? 0) > 0
  }

  /// Notes whose file this is: another node's streams and stamps would be taken for this one's.
  private static func claim(_ pool: any DatabaseWriter, for me: NodeName) throws {
    func owner(_ db: Database) throws -> String? {
      try String.fetchOne(db, sql: "SELECT name FROM node")
    }
    let found =
      try pool.read(owner)
      ?? pool.write { db in
        let name = me.description
        try db.execute(
          sql: "INSERT INTO node VALUES (1, ?) ON CONFLICT DO NOTHING", arguments: [name])
        return try owner(db)
      }
    guard found == me.description else { throw ReplicaError.otherNode(found ?? "nobody") }
  }

  /// All that is agreed, as of now.
  /// - Throws: `ReplicaError.storage`.
  public func partnership() throws(ReplicaError) -> Partnership { try read { $0.partnership } }

  /// Counts changes of what is agreed and of devices: what was worked out from either can be kept while it stays.
  /// - Throws: `ReplicaError.storage`.
  public func documentsVersion() throws(ReplicaError) -> Int64 {
    try read { try $0.number(Store.documentsVersion) }
  }

  /// Moves what the write-ahead log holds into the file itself.
  public func checkpoint() throws(ReplicaError) {
    do {
      _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    } catch {
      throw .wrapped(error)
    }
  }

  /// The latest stamp that this replica gave or saw.
  /// - Throws: `ReplicaError.storage`.
  public func latestStamp() throws(ReplicaError) -> HLC {
    try read { HLC(rawValue: UInt64(bitPattern: try $0.number("hlc"))) }
  }

  /// What SQLite finds wrong with the file's pages (`PRAGMA quick_check`), the first few; nothing where it is sound.
  /// - Throws: `ReplicaError.storage`.
  public func damage() throws(ReplicaError) -> [String] {
    try read { store in
      try store.rows("PRAGMA quick_check(5)").map { $0[0] as String }.filter { $0 != "ok" }
    }
  }

  /// Closes the file; calls after this fail.
  public func close() throws(ReplicaError) {
    do {
      try pool.close()
      try ring?.close()
    } catch {
      throw .wrapped(error)
    }
  }

  func read<T>(_ body: (Store) throws -> T) throws(ReplicaError) -> T {
    do {
      return try reading { db in try body(try store(db)) }
    } catch {
      throw .wrapped(error, in: path)
    }
  }

  /// Reads in one transaction. Where the writing connection reads, it is not told so (`PRAGMA query_only`): SQLite
  /// would compile all statements anew each time.
  private func reading<T>(_ body: (Database) throws -> T) throws -> T {
    guard !limits.readsWhileWriting else { return try pool.read(body) }
    return try pool.unsafeRead { db in
      try db.beginTransaction(.deferred)
      do {
        let result = try body(db)
        try db.commit()
        return result
      } catch {
        // It may be over already, as where the disk failed.
        if db.isInsideTransaction { try? db.rollback() }
        throw error
      }
    }
  }

  func write<T>(_ body: (inout Store) throws -> T) throws(ReplicaError) -> T {
    do {
      var parts = KeptBatchParts.Taken()
      let (result, renewed, hasErased) = try pool.write { db -> (T, (Int64, Partnership)?, Bool) in
        let first = try store(db)
        parts = try batchParts.taken(in: db)
        swap(&parts.all, &first.memory.parts)
        var store = first
        let result = try body(&store)
        try store.storeBatchParts()
        try store.finishSealing()
        swap(&parts.all, &store.memory.parts)
        let isRenewed = store.memory !== first.memory
        return (
          result,
          isRenewed ? (try store.number(Store.documentsVersion), store.partnership) : nil,
          try store.ring != nil && !store.spentKeys().isEmpty
        )
      }
      batchParts.keep(parts)
      // What was agreed by it counts only once it is committed.
      if let renewed { agreed.withLock { $0 = renewed } }
      // Only now: until the erasure is durable, what it erases must stay readable. Where the ring cannot be written
      // what was done stands all the same, and nobody is told of the erasure before it can.
      if hasErased { try? pool.write { try store($0).destroySpentKeys() } }
      return result
    } catch {
      throw .wrapped(error, in: path)
    }
  }

  private func store(_ db: Database) throws -> Store {
    let version = try Store.number(Store.documentsVersion, in: db)
    if let known = agreed.withLock({ $0 }), known.version == version {
      return Store(db: db, partnership: known.partnership, me: me, ring: ring)
    }
    let empty = Store(db: db, partnership: Partnership(readings: readings), me: me)
    let partnership = Partnership(try empty.documents(), readings: readings)
    // Nothing is written yet in this transaction, so what it sees is committed and may be kept.
    agreed.withLock { $0 = (version, partnership) }
    return Store(db: db, partnership: partnership, me: me, ring: ring)
  }

  static func configuration(_ limits: ReplicaLimits) -> Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(limits.busySeconds)
    // Every insert would look its parents up once more; what is derived is compared with the log instead.
    configuration.foreignKeysEnabled = false
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA secure_delete = ON")
      try db.execute(sql: "PRAGMA cache_size = -\(Limits.Storage.cacheKibibytes)")
      if let pages = limits.pages { try db.execute(sql: "PRAGMA max_page_count = \(pages)") }
    }
    return configuration
  }
}

/// The replica's limits that can be set; `Limits.Storage` gives the reasons, and those that cannot.
public struct ReplicaLimits: Sendable {
  /// How far ahead of this node's clock a stamp may be, in milliseconds; what is further ahead
  /// waits in quarantine until its time comes.
  public var driftMilliseconds = Limits.Storage.driftMilliseconds
  /// Whether there are connections for reading beside the one that writes. Who keeps thousands of replicas and uses
  /// them one after another, as the simulator does, is better off without: each would read the schema for itself.
  public var readsWhileWriting = true
  /// How long a transaction waits for another process's, in seconds.
  public var busySeconds = Limits.Storage.busySeconds
  /// Pages of 4,096 bytes that the file may have; none for as many as the disk has.
  public var pages: Int?
  /// Openings that one preparation looks at before it yields to other work.
  public var openingsLookedAt = Limits.Storage.openingsLookedAt
  /// Entries that are kept aside of one peer, and their bytes.
  public var quarantineRows = Limits.Storage.quarantineRows
  public var quarantineBytes = Limits.Storage.quarantineBytes
  /// Items of a part of a stream whose sum is kept, about, and changes that one transaction sums up.
  public var itemsSummed = Limits.Storage.itemsSummed
  public var changesSummed = Limits.Storage.changesSummed

  /// The defaults.
  public init() {}
}
