import Agreements
import FoundationEssentials
import Node
import Records
import Replica
import SyncProtocol

/// The state of one run: nodes, network, clock, and what is still to happen. One thread, no tasks.
final class World {
  let scenario: Scenario
  let seed: UInt64
  let cast: Cast
  let plan: Plan
  let profile: Profile
  let oracle: Oracle
  let limits: LinkLimits
  let actions: [Int: Action]
  /// Milliseconds since the beginning.
  var now: Int64 = 0
  var queue = EventQueue()
  /// The honest nodes, by their player's index.
  var stations: [Int: Station] = [:]
  var weather = Weather()
  var trace: Trace
  var counts = RunCounts()
  /// Connections that are not over at both ends, by number.
  var connections: [Int: Connection] = [:]
  var dialled = 0
  /// The first check that was broken; nothing happens after it.
  var failure: CheckFailure?
  /// Drafted versions of the agreement, by revision.
  var drafts: [Int: SignedDocument] = [:]
  /// For each node, how many actions keep it down, and which restore is not done yet.
  var downs: [Int: Int] = [:]
  var restoring: [Int: Int] = [:]
  var ledger = HostileLedger()
  var caseBook = CaseBook()
  var caseReport = CaseworkReport()
  /// Where all desks find the calendar, where there is casework.
  let caseFiles: CaseFiles
  private let folder: String
  private let readings = DocumentReadings()
  /// What new replicas begin with: on no simulated disk, as nothing happens to it.
  private let blank: String
  let workClock: WorkClock?
  private let eventLimit: Int
  /// The decoys of all changes so far: none is used twice.
  var decoys: Set<WriteID> = []

  init(
    _ scenario: Scenario, _ cast: Cast, _ plan: Plan, folder: String, keepsLines: Bool,
    workClock: WorkClock? = nil
  ) throws {
    self.scenario = scenario
    self.cast = cast
    self.plan = plan
    seed = plan.seed
    profile = try cast.agreement.mergedProfile(from: cast.files)
    oracle = Oracle(cast, profile: profile)
    trace = Trace(keepsLines: keepsLines)
    actions = Dictionary(
      plan.actions.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    var limits = LinkLimits()
    limits.helloTimeout *= Int(scenario.tick) / 1000 + 1
    limits.pingAfter *= max(1, Int(scenario.tick) / 1000)
    limits.silenceTimeout *= max(1, Int(scenario.tick) / 1000)
    self.limits = limits
    caseFiles = try Self.caseFiles(scenario, in: folder)
    self.folder = folder
    blank = "\(folder)/blank.sqlite"
    try LocalReplica.makeBlank(at: blank)
    self.workClock = workClock
    // More events than any scenario has that comes to rest.
    eventLimit = cast.isLazy ? 20_000_000 + 50_000 * plan.actions.count : 2_000_000
    for index in cast.honest where !cast.isLazy || cast.players[index].isPrincipal {
      stations[index] = try station(index)
    }
  }

  func station(_ index: Int) throws -> Station {
    try Station(
      index: index, player: cast.players[index], folder: folder, profile: profile,
      isSealed: scenario.isSealed, readings: readings, blank: blank)
  }

  /// The nodes that there are: all honest ones, or those that have begun.
  var present: [Int] { stations.keys.sorted() }

  /// Bytes of all nodes' files.
  var fileBytes: Int {
    stations.values.flatMap(\.files).reduce(0) { sum, file in
      let attributes = try? FileManager.default.attributesOfItem(atPath: file)
      return sum + (attributes?[.size] as? Int ?? 0)
    }
  }

  /// The nodes that there are and with which one syncs.
  func linked(with index: Int) -> [Int] {
    cast.peers(of: index).filter { stations[$0] != nil }
  }

  /// How much longer everything takes that a real node does by the second.
  var scale: Int64 { max(1, scenario.tick / 1000) }

  /// The true time.
  var trueTime: Instant {
    Instant(utc: cast.firstDay).advanced(byMilliseconds: scenario.begins + now)
  }

  /// What a station's wall clock shows.
  func wall(_ station: Station) -> Instant {
    trueTime.advanced(byMilliseconds: station.clock.error(at: now))
  }

  /// The moments of the run, from the beginning, in milliseconds.
  func sinceBeginning(_ instant: Instant) -> Int64 {
    instant.milliseconds - Instant(utc: cast.firstDay).milliseconds - scenario.begins
  }

  func name(_ index: Int) -> String { cast.players[index].id.description }

  func note(_ text: String) { trace.note(now, text) }

  /// Notes a broken check, where it is the first.
  func fail(_ check: Check, _ problem: String) {
    guard failure == nil else { return }
    failure = CheckFailure(check: check, time: now, problem: problem)
    note("BROKEN \(check.rawValue)")
  }

  /// Handles what is due until a time, or until a check is broken.
  func run(until end: Int64) throws {
    while failure == nil, let next = queue.next, next <= end, let item = queue.removeFirst() {
      now = item.time
      counts.events += 1
      if counts.events > eventLimit { fail(.quiet, "nodes never come to rest") }
      try handle(item.event)
    }
    if failure == nil { now = max(now, end) }
  }

  private func handle(_ event: Event) throws {
    switch event {
    case .begin(let number): try begin(number)
    case .end(let number): try end(number)
    case .tick(let node, let life): try tick(node, life)
    case .dial(let node, let peer, let life): dial(node, peer, life)
    case .connected(let connection, let side): try connected(connection, side)
    case .arrival(let connection, let side, let bytes): try arrive(connection, side, bytes)
    case .over(let connection, let side): try over(connection, side)
    case .changed(let node, let except): try changed(node, except)
    case .inspection: try inspect()
    case .start(let node): try start(node)
    case .ledger(let node, let life): lookAtLedger(node, life)
    }
  }

  /// Starts all nodes and sets down what is going to happen.
  func prepare() throws {
    for index in present {
      guard let station = stations[index] else { continue }
      try station.start(adopting: cast.documents(of: index), now: wall(station))
      attend(station)
    }
    for action in plan.actions {
      queue.add(.begin(action: action.number), at: action.at)
      if action.until > action.at { queue.add(.end(action: action.number), at: action.until) }
    }
    let parts: Int64 = cast.isLazy ? 3 : 10
    for part in 1...parts { queue.add(.inspection, at: scenario.duration * part / parts) }
  }

  /// Has a node that was just started look at its clock and dial its peers, as a real one does.
  func attend(_ station: Station) {
    let index = station.index
    var generator = SeededGenerator(seed: seed, keys: 0x71C, UInt64(index), UInt64(station.life))
    let first = Int64.random(in: 1...scenario.tick, using: &generator)
    queue.add(.tick(node: index, life: station.life), at: now + first)
    for peer in linked(with: index) { beginDialling(peer, from: station, &generator) }
  }

  /// Has a node dial a peer from now on.
  func beginDialling(_ peer: Int, from station: Station, _ generator: inout SeededGenerator) {
    station.backoffs[peer] = Backoff()
    let wait = Int64.random(in: 0...250, using: &generator)
    queue.add(.dial(node: station.index, peer: peer, life: station.life), at: now + wait)
  }
}

/// What a run adds up to.
struct RunCounts: Sendable {
  var events = 0
  var frames = 0
  var connections = 0
  var probes: UInt64 = 0
  var writes = 0
  var refusedWrites = 0
  /// Edits refused because the node was relearning its past.
  var relearning = 0
  /// Writes that were taken back, confirmations of that, and proofs of equivocation, as sent.
  var retracted = 0
  var receipts = 0
  var evidence = 0
  var powerCuts = 0
  /// Bytes of frames by what they carry.
  var bytes: [FrameContent: Int] = [:]
  var faults: [FaultKind: Int] = [:]
  var acts: [HostileAct: Int] = [:]
  var checked: [Check: Int] = [:]
}

/// The first check that did not hold.
public struct CheckFailure: Hashable, Sendable {
  public let check: Check
  /// Milliseconds from the beginning.
  public let time: Int64
  /// What is wrong where; never a value.
  public let problem: String
}
