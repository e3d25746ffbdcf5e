import Agreements
import FoundationEssentials
import Records
import Replica
import SyncProtocol

/// A node of the simulation with all that surrounds it: its files, its clock, its connections, and
/// what it promised. A crash takes the node and leaves the station.
final class Station {
  let index: Int
  let player: Player
  let folder: String
  /// The node while it runs.
  private(set) var node: SimulatedNode?
  /// Counts starts, so that what belongs to an earlier life is told apart.
  private(set) var life = 0
  var clock = StationClock()
  /// The link with each peer, by the peer's index.
  var links: [Int: Connection] = [:]
  var backoffs: [Int: Backoff] = [:]
  /// Counts dials, so that each connection has draws of its own.
  var dials: [Int: UInt64] = [:]
  var ticks = 0
  /// Whether something may lie in quarantine until its time.
  var mayHold = true
  var knowledge: Knowledge
  var versions: [Oracle.KnownVersion] = []
  /// Changes of which a person, and writes of which a peer, was told that they are durable here.
  var promisedChanges: Set<ChangeID> = []
  var promisedWrites: Set<WriteID> = []
  /// Writes that were retracted: an acknowledgement of before may still be on its way.
  private(set) var forgiven: Set<WriteID> = []
  /// The marks of values that the agency was permitted to have.
  var permitted: Set<Int> = []
  /// Whether the files may hold something that was not searched yet.
  var isUnsearched = true
  /// What was promised and then lost with a restore, until the peers have brought it back.
  private(set) var owedChanges: Set<ChangeID> = []
  private(set) var owedWrites: Set<WriteID> = []
  private(set) var restores = 0
  let profile: Profile

  init(index: Int, player: Player, folder: String, profile: Profile) {
    self.index = index
    self.player = player
    self.folder = folder
    self.profile = profile
    knowledge = Knowledge(profile)
  }

  var path: String { "\(folder)/\(player.id).sqlite" }
  /// The node's files, as SQLite names them.
  var files: [String] { ["", "-wal", "-shm"].map { path + $0 } }

  /// Opens the files, or makes them, and reads all of the log anew.
  /// - Throws: `ReplicaError`.
  func start(adopting documents: [SignedDocument] = [], now: Instant) throws {
    let replica = try LocalReplica(path: path, me: player.name, creating: true)
    if !documents.isEmpty { try replica.adopt(documents, now: now) }
    node = SimulatedNode(
      replica: replica, key: player.key, federation: Cast.federation, now: now)
    life += 1
    mayHold = true
    knowledge = Knowledge(profile)
    try learn()
    try learnVersions()
  }

  /// Dies: what was only in memory is gone.
  func stop() throws {
    let replica = node?.replica
    node = nil
    links = [:]
    try replica?.close()
  }

  /// A restore takes away what was promised since the copy: the peers have to bring it back.
  func owe() {
    owedChanges.formUnion(promisedChanges)
    owedWrites.formUnion(promisedWrites)
    promisedChanges = []
    promisedWrites = []
    restores += 1
  }

  /// Of what a restore took away nobody can bring back what nobody has: it went with the disk.
  func oweOnly(_ changes: Set<ChangeID>, _ writes: Set<WriteID>) {
    owedChanges.formIntersection(changes)
    owedWrites.formIntersection(writes)
  }

  /// What its sender takes back need not be here any more.
  func forgive(_ writes: [WriteID]) {
    forgiven.formUnion(writes)
    owedWrites.subtract(writes)
  }

  /// Reads all of the log anew, as after a loss of what was in memory.
  func relearn() throws {
    knowledge = Knowledge(profile)
    try learn()
  }

  /// Reads what is new in the log.
  func learn() throws {
    guard let replica = node?.replica else { return }
    try knowledge.take(try replica.log(after: knowledge.position))
    isUnsearched = true
  }

  /// Reads which versions of the agreement are known here.
  func learnVersions() throws {
    guard let replica = node?.replica else { return }
    versions = try replica.documents().filter { $0.kind == .agreement }.map { document in
      let agreement = try Agreement(document, source: "agreement")
      return Oracle.KnownVersion(agreement: agreement, isComplete: agreement.isComplete)
    }.sorted { $0.agreement.version < $1.agreement.version }
  }

  /// The node's view, as the oracle judges it.
  func sender(now: Instant) -> Oracle.Sender {
    let replica = node?.replica
    return Oracle.Sender(
      agency: player.id, knowledge: knowledge, versions: versions, now: now,
      reasons: { try replica?.reasons(for: $0) ?? [] })
  }
}

/// How far a node's wall clock is from the true time.
struct StationClock {
  private var offset: Int64 = 0
  private var partsPerMillion: Int64 = 0
  private var since: Int64 = 0

  /// The error at a time, in milliseconds.
  func error(at time: Int64) -> Int64 {
    offset + (time - since) * partsPerMillion / 1_000_000
  }

  mutating func shift(by milliseconds: Int64) { offset += milliseconds }

  mutating func drift(by parts: Int64, from time: Int64) {
    offset = error(at: time)
    since = time
    partsPerMillion += parts
  }

  /// From now on the clock shows the true time and something more.
  mutating func set(error: Int64) { self = StationClock(offset: error) }

  init() {}

  private init(offset: Int64) { self.offset = offset }
}

/// How long a node waits before it dials again: as the real node does, from a quarter of a second to
/// half a minute.
struct Backoff {
  private var milliseconds: Double = 250

  mutating func next(_ scale: Int64, using generator: inout SeededGenerator) -> Int64 {
    let drawn = Double.random(in: milliseconds / 2...milliseconds, using: &generator)
    milliseconds = min(milliseconds * 2, 30_000)
    return Int64(drawn) * scale
  }
}
