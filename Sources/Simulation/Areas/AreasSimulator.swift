public import Agreements
import FoundationEssentials
public import Records

/// Plays the areas of a scenario, each by itself: areas share nothing, so one is played after another, or two
/// at a time, and only those that are being played need memory. What comes of all does not depend on how many
/// are played at a time.
public struct AreasSimulator: Sendable {
  public let scenario: Scenario
  /// How many times as many incidents there are as the scenario says.
  public let times: Int
  /// The areas, those with most schools first: what takes longest begins first.
  public let areas: [Area]
  private let keepsLines: Bool
  private let workClock: WorkClock?

  /// - Parameter forces: those whose areas are played; all where there are none.
  /// - Throws: `DocumentError` where the scenario has no area of a force.
  public init(
    _ scenario: Scenario, only forces: [AgencyID] = [], times: Int = 1, keepsLines: Bool = false,
    workClock: WorkClock? = nil
  ) throws(DocumentError) {
    self.scenario = scenario
    self.times = times
    self.keepsLines = keepsLines
    self.workClock = workClock
    for force in forces where !scenario.areas.contains(where: { $0.force == force }) {
      throw DocumentError(source: scenario.name, problem: "there is no area of \(force)")
    }
    areas = scenario.areas.filter { forces.isEmpty || forces.contains($0.force) }
      .sorted { ($1.schoolCount, $0.force) < ($0.schoolCount, $1.force) }
  }

  /// Plays one area.
  /// - Throws: as `Simulator.run`.
  public func run(_ area: Area, seed: UInt64) throws -> AreaReport {
    // Each area has a seed of its own, which its force's name and the run's seed decide.
    let name = TaggedHash.digest("concord/simulation/area", Data(area.force.description.utf8))
    let key = name.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    var generator = SeededGenerator(seed: seed, keys: key)
    let part = scenario.within(area, ofSchools: scenario.wholeCount, times: times)
    let simulator = Simulator(part, keepsLines: keepsLines, workClock: workClock)
    return AreaReport(area: area, run: try simulator.run(seed: generator.next()))
  }
}

/// What came of one area.
public struct AreaReport: Sendable {
  public let area: Area
  public let run: RunReport

  /// The load of its force's node.
  public var force: NodeLoad { load(of: area.force) }

  /// The load of an agency's node; none where it had none.
  public func load(of agency: AgencyID) -> NodeLoad {
    run.loads.first { $0.agency == agency }?.load ?? NodeLoad()
  }

  /// The greatest load of a node of a kind, by the bytes that went over its lines.
  public func greatest(_ kind: AgencyKind) -> (agency: AgencyID, load: NodeLoad)? {
    run.loads.filter { $0.agency.namedKind == kind }.max {
      ($0.load.total.bytesIn + $0.load.total.bytesOut, $0.agency)
        < ($1.load.total.bytesIn + $1.load.total.bytesOut, $1.agency)
    }
  }
}

/// What came of all areas, in the order of their forces.
public struct AreasReport: Sendable {
  public let scenario: String
  public let seed: UInt64
  public let areas: [AreaReport]

  public init(scenario: String, seed: UInt64, areas: [AreaReport]) {
    self.scenario = scenario
    self.seed = seed
    self.areas = areas.sorted { $0.area.force < $1.area.force }
  }

  /// Over the traces of all areas.
  public var digest: Digest {
    TaggedHash.digest(
      "concord/simulation/areas",
      areas.reduce(into: Data()) { $0.append($1.run.trace.digest.bytes) })
  }

  /// The first check that was broken, and where.
  public var failure: (force: AgencyID, failure: CheckFailure)? {
    areas.lazy.compactMap { area in area.run.failure.map { (area.area.force, $0) } }.first
  }
}
