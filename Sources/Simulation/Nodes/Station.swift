import Agreements
import FoundationEssentials
import Node
import Records
import Replica
import SyncProtocol

/// A node of the simulation with all that surrounds it: its disk, its clock, its connections, and
/// what it promised. A crash takes the node and leaves the station.
final class Station {
  let index: Int
  let player: Player
  let disk: SimulatedDisk
  /// The node while it runs.
  private(set) var node: SimulatedNode?
  /// Counts starts, so that what belongs to an earlier life is told apart.
  private(set) var life = 0
  var clock = StationClock()
  /// The link with each peer, by the peer's index.
  var links: [Int: Connection] = [:]
  var backoffs: [Int: Backoff] = [:]
  /// Peers that are not dialled until a link that they dialled has ended.
  var resting: Set<Int> = []
  /// Counts dials, so that each connection has draws of its own.
  var dials: [Int: UInt64] = [:]
  var ticks = 0
  /// Whether something may lie in quarantine until its time.
  var mayHold = true
  private(set) var knowledge: Knowledge
  /// What the log was altered by when it was read last.
  private var alterations: Int64?
  /// What the node shows of records, as far as that was asked since something came.
  private var shown: [RecordID: RecordSnapshot?] = [:]
  private(set) var versions: [Oracle.KnownVersion] = []
  private var lineages: [[Oracle.KnownVersion]] = []
  var promises = Promises()
  /// The marks of values that the agency was permitted to have.
  var permitted: Set<Int> = []
  /// Whether the files may hold something that was not searched yet.
  var isUnsearched = true
  private(set) var restores = 0
  /// Whether its disk is full or gives errors.
  var isFailing = false
  /// What the ledger of notifications was kept at.
  var ledger = LedgerWatch()
  /// When it is looked at the ledger next, where that is planned.
  var ledgerAt: Int64?
  /// The day on which it was looked at the ledger last.
  var ledgerDay: LocalDate?
  /// Notifications at which somebody here has to look.
  var open = OpenCases()
  /// Whether nothing came since somebody looked last and found nothing to do.
  var isIdle = false
  /// How far it was looked at the log for all links.
  var look: LogLook?
  /// What the node had to do, where that is measured.
  var load = NodeLoad()
  let profile: Profile
  private let folder: String
  private let isSealed: Bool
  private let readings: DocumentReadings
  private let blank: String

  /// - Parameters:
  ///   - readings: of all stations of a run: they hold the same documents.
  ///   - blank: a file that a new replica begins with.
  /// - Throws: `DiskError`, or an error of the file system.
  init(
    index: Int, player: Player, folder: String, profile: Profile, isSealed: Bool,
    readings: DocumentReadings, blank: String
  ) throws {
    self.readings = readings
    self.blank = blank
    self.index = index
    self.isSealed = isSealed
    self.player = player
    self.folder = folder
    self.profile = profile
    let own = "\(folder)/\(index)"
    try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
    disk = try SimulatedDisk(folder: own)
    knowledge = Knowledge(profile)
  }

  var path: String { "\(folder)/\(index)/replica.sqlite" }
  /// A restore takes the replica back, and never the key ring.
  private var sealing: Sealing? {
    let ring = "\(folder)/\(index)/keyring.sqlite"
    guard isSealed else { return nil }
    // No backups here, so no copies of the ring: a restore goes by the simulated disk.
    return Sealing(
      path: ring, key: Data(repeating: UInt8(index + 1), count: 32), random: SystemRandomness.bytes
    ) {
      try $0.write(to: URL(filePath: $1), options: .atomic)
    }
  }
  /// The node's files, as SQLite names them.
  var files: [String] { ["", "-wal", "-shm"].map { path + $0 } }
  /// Where the files are copied to. The write-ahead log is a part of what there is, shared memory
  /// is not.
  func copies(_ action: Int) -> [String] {
    ["", "-wal"].map { "\(folder)/\(index)-\(action).sqlite\($0)" }
  }

  /// Opens the files, or makes them, and reads all of the log anew.
  /// - Throws: `ReplicaError`, as where the disk fails.
  func start(adopting documents: [SignedDocument] = [], now: Instant) throws {
    if !documents.isEmpty, !FileManager.default.fileExists(atPath: path) {
      try FileManager.default.copyItem(atPath: blank, toPath: path)
    }
    var limits = ReplicaLimits()
    limits.readsWhileWriting = false
    let replica = try LocalReplica(
      path: path, me: player.name, limits: limits, sealing: sealing, creating: !documents.isEmpty,
      readings: readings)
    do {
      if !documents.isEmpty { try replica.adopt(documents, now: now) }
      node = SimulatedNode(
        replica: replica, key: player.key, federation: Cast.federation, now: now)
      try relearn()
      try learnVersions()
    } catch {
      node = nil
      try? replica.close()
      throw error
    }
    life += 1
    mayHold = true
    ledger = LedgerWatch()
    (ledgerAt, ledgerDay, look) = (nil, nil, nil)
    open = OpenCases()
    isIdle = false
  }

  /// Dies: what was only in memory is gone. What is said to the old files from now on is not heard.
  func stop() {
    let replica = node?.replica
    node = nil
    links = [:]
    resting = []
    try? replica?.close()
  }

  /// Counts a restore, after the node has been started from its older files.
  func noteRestore() { restores += 1 }

  /// Reads all of the log anew, as after a loss of what was in memory.
  func relearn() throws {
    guard let replica = node?.replica else { return }
    forgetShown()
    alterations = try replica.logState().alterations
    let (erased, disputed) = try replica.alterations()
    knowledge = Knowledge(profile, erased: erased, disputed: disputed)
    try knowledge.take(try replica.log(after: 0))
    isUnsearched = true
  }

  /// What the node shows of a record; nothing where it shows none.
  func snapshot(of record: RecordID) throws -> RecordSnapshot? {
    if let known = shown[record] { return known }
    let found: RecordSnapshot?
    // Of a record whose values were all erased nothing is shown, not even that it is there.
    do { found = try node?.replica.record(record) } catch ReplicaError.notFound { found = nil }
    shown[record] = .some(found)
    return found
  }

  /// Has what is shown read anew.
  func forgetShown() {
    if !shown.isEmpty { shown = [:] }
  }

  /// Reads what is new in the log, or all of it where something in it was altered.
  func learn() throws {
    guard let replica = node?.replica else { return }
    forgetShown()
    isIdle = false
    guard try replica.logState().alterations == alterations else { return try relearn() }
    try knowledge.take(try replica.log(after: knowledge.position))
    isUnsearched = true
  }

  /// Reads which versions of the agreement are known here.
  func learnVersions() throws {
    guard let replica = node?.replica else { return }
    versions = try replica.documents().filter { $0.kind == .agreement }.map { document in
      let (agreement, missing) = try readings.agreement(document)
      return Oracle.KnownVersion(agreement: agreement, isComplete: missing.isEmpty)
    }.sorted { $0.agreement.version < $1.agreement.version }
    lineages = Dictionary(grouping: versions, by: \.agreement.lineage).sorted { $0.key < $1.key }
      .map(\.value)
  }

  /// The node's view, as the oracle judges it.
  func sender(now: Instant) -> Oracle.Sender {
    let replica = node?.replica
    return Oracle.Sender(
      agency: player.id, knowledge: knowledge, lineages: lineages, now: now,
      reasons: { try replica?.reasons(for: $0) ?? [] })
  }
}
