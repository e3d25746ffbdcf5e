import Agreements
import FoundationEssentials
public import Records

/// Runs a scenario with a seed. The same scenario and seed give the same trace on any machine.
public struct Simulator {
  public let scenario: Scenario
  /// Keeps each line of the trace, not only its digest.
  public let keepsLines: Bool
  /// Where runs keep their files while they last.
  private let folder: String
  private let workClock: WorkClock?

  /// - Parameters:
  ///   - folder: where files may be made; in memory by default, where the system offers it.
  ///   - workClock: by what the nodes' work is measured, where it is.
  public init(
    _ scenario: Scenario, keepsLines: Bool = false, folder: String? = nil,
    workClock: WorkClock? = nil
  ) {
    self.workClock = workClock
    self.scenario = scenario
    self.keepsLines = keepsLines
    self.folder = folder ?? Self.usualFolder
  }

  /// A file system in memory, where there is one: what a run keeps is of no use afterwards.
  private static var usualFolder: String {
    FileManager.default.fileExists(atPath: "/dev/shm")
      ? "/dev/shm" : FileManager.default.temporaryDirectory.path
  }

  /// Runs the scenario's plan for a seed.
  /// - Throws: `DocumentError` where the scenario does not fit together, `ReplicaError` where files
  ///   cannot be had.
  public func run(seed: UInt64) throws -> RunReport {
    let cast = try Cast(scenario, seed: seed)
    var maker = try PlanMaker(scenario, cast, seed: seed)
    return try run(maker.plan(seed: seed), cast)
  }

  func run(_ plan: Plan, _ cast: Cast) throws -> RunReport {
    let own = try makeFolder()
    defer { try? FileManager.default.removeItem(atPath: own) }
    let world = try World(
      scenario, cast, plan, folder: own, keepsLines: keepsLines, workClock: workClock)
    try world.prepare()
    try world.run(until: scenario.duration)
    if world.failure == nil { try world.settle() }
    if world.failure == nil { try world.checkAll() }
    if world.failure == nil { try world.noteContents() }
    let report = RunReport(world)
    for index in world.present { world.stations[index]?.stop() }
    return report
  }

  /// A folder with a name of its own. The name shows nowhere, so that it may be drawn at random.
  private func makeFolder() throws -> String {
    var generator = SystemRandomNumberGenerator()
    let path = "\(folder)/concord-simulation-\(generator.next())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }
}

/// What came of a run.
public struct RunReport: Sendable {
  public let scenario: String
  public let seed: UInt64
  /// How much virtual time passed, in milliseconds.
  public let simulated: Int64
  public let nodes: Int
  public let events: Int
  public let connections: Int
  public let frames: Int
  public let writes: Int
  public let refusedWrites: Int
  /// What is worth knowing beyond that, by name.
  public let further: [(what: String, count: Int)]
  /// How many faults of each kind there were.
  public let faults: [(kind: FaultKind, count: Int)]
  /// How many acts of hostile agencies of each kind.
  public let hostileActs: [(act: String, count: Int)]
  /// How often each check was made.
  public let checks: [(check: Check, count: Int)]
  /// What became of the notifications, where the run was about that and came to its end.
  public let casework: CaseworkReport?
  /// Bytes of all nodes' files at the end.
  public let fileBytes: Int
  /// Bytes of frames, by what they carried.
  public let bytes: [FrameContent: Int]
  /// What the nodes had to do, those of police forces, councils and schools, in the order of their ids.
  public let loads: [(agency: AgencyID, load: NodeLoad)]
  public let failure: CheckFailure?
  public let trace: Trace

  init(_ world: World) {
    scenario = world.scenario.name
    seed = world.seed
    simulated = world.now
    nodes = world.present.count
    let counts = world.counts
    events = counts.events
    connections = counts.connections
    frames = counts.frames
    writes = counts.writes
    refusedWrites = counts.refusedWrites
    further = [
      ("edits refused while relearning", counts.relearning), ("power cuts", counts.powerCuts),
      ("writes retracted", counts.retracted), ("writes confirmed", counts.receipts),
      ("proofs of equivocation sent", counts.evidence),
    ].filter { $0.1 > 0 }.map { ($0.0, $0.1) }
    faults = FaultKind.allCases.compactMap { kind in counts.faults[kind].map { (kind, $0) } }
    hostileActs = HostileAct.allCases.compactMap { act in
      counts.acts[act].map { (act.rawValue, $0) }
    }
    checks = world.scenario.checks.map { ($0, counts.checked[$0, default: 0]) }
    casework = world.counts.checked[.casework] == nil ? nil : world.caseReport
    fileBytes = world.fileBytes
    bytes = counts.bytes
    loads = world.present.compactMap { index in
      world.stations[index].map { ($0.player.id, $0.load) }
    }
    failure = world.failure
    trace = world.trace
  }
}
