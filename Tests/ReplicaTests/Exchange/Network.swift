import Foundation
import Records
import Replica
import Simulation
import TestSupport

/// Sheffield's police, social care and schools, each with a real replica in a folder.
struct Network {
  let folder: TemporaryFolder
  let partnership: TestPartnership
  let nodes: [SimulatedNode]
  var generator: SeededGenerator

  var police: SimulatedNode { nodes[0] }
  var care: SimulatedNode { nodes[1] }
  var school: SimulatedNode { nodes[2] }

  init(
    schools: [String] = ["school.106982"], seed: UInt64 = 1,
    limits: ReplicaLimits = ReplicaLimits(), isSealed: Bool = false
  ) throws {
    folder = try TemporaryFolder()
    partnership = try .sheffield(schools: schools)
    nodes = try partnership.nodes(in: folder, limits: limits, isSealed: isSealed)
    generator = SeededGenerator(seed: seed)
  }

  /// A new record's id.
  mutating func id() -> RecordID { RecordID(using: &generator) }

  @discardableResult
  mutating func put(
    _ node: SimulatedNode, _ type: String, _ record: RecordID, _ fields: (String, String)...
  ) throws -> [ChangeID] {
    try node.put(type, record, fields, using: &generator)
  }

  @discardableResult
  mutating func exchange(
    _ left: SimulatedNode, _ right: SimulatedNode, cutAfter limit: Int = .max
  ) throws -> SimulatedLink<SeededGenerator>.Outcome {
    try TestSupport.exchange(left, right, cutAfter: limit, using: &generator)
  }

  /// Connects every pair, twice over, so that what came the long way has arrived too.
  mutating func exchangeAll() throws {
    for _ in 0..<2 {
      for (index, left) in nodes.enumerated() {
        for right in nodes[(index + 1)...] where isLinked(left, right) {
          try exchange(left, right)
        }
      }
    }
  }

  /// Members speak with principals, and principals with all.
  private func isLinked(_ left: SimulatedNode, _ right: SimulatedNode) -> Bool {
    let principals = Set(partnership.principals.map(\.id))
    return principals.contains(left.name.agency) || principals.contains(right.name.agency)
  }

  /// Every byte of a node's files, the write-ahead log included.
  func bytes(of node: SimulatedNode) throws -> Data {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try names.filter { $0.hasPrefix("\(node.name.agency).sqlite") }.reduce(Data()) {
      try $0 + Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\($1)"))
    }
  }

  func holds(_ node: SimulatedNode, _ text: String) throws -> Bool {
    try bytes(of: node).range(of: Data(text.utf8)) != nil
  }
}
