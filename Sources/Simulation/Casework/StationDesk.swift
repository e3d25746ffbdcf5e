import FoundationEssentials
import Node
import Records
import Replica

/// A person at a station: the casework of the real node, over the simulated one.
final class StationDesk: CaseDesk {
  private let world: World
  private let station: Station
  private let node: SimulatedNode
  private var generator: SeededGenerator

  init(_ world: World, _ station: Station, _ node: SimulatedNode, _ generator: SeededGenerator) {
    self.world = world
    self.station = station
    self.node = node
    self.generator = generator
  }

  var agency: AgencyID { station.player.id }
  var replica: LocalReplica { node.replica }
  var now: Instant { world.wall(station) }
  var caseFiles: CaseFiles { world.caseFiles }

  func newRecordID() -> RecordID { RecordID(using: &generator) }

  func put(_ edits: [Edit]) throws -> [ChangeID] {
    for edit in edits {
      try checkPlausible(edit)
      station.permitted.formUnion(World.marks(in: edit))
    }
    node.now = now
    let changes = try station.load.measure(at: world.now, by: world.workClock) {
      try node.put(edits, using: &generator)
    }
    try world.wrote(changes, at: station)
    return changes
  }
}

extension World {
  /// The files of casework, in the run's folder: one calendar for all schools.
  static func caseFiles(_ scenario: Scenario, in folder: String) throws -> CaseFiles {
    let files = CaseFiles(folder)
    guard let load = scenario.casework else { return files }
    let path = "\(folder)/calendar.json"
    try Data(load.calendar.utf8).write(to: URL(fileURLWithPath: path))
    _ = try files.takeCalendar(path, for: nil)
    return files
  }

  /// Where somebody at a node sits down to work; nowhere while the node is down.
  func desk(at index: Int, drawing key: UInt64) -> StationDesk? {
    guard let station = stations[index], let node = station.node else { return nil }
    return StationDesk(
      self, station, node,
      SeededGenerator(seed: seed, keys: 0xDE5C, UInt64(index), key, UInt64(bitPattern: now)))
  }
}
