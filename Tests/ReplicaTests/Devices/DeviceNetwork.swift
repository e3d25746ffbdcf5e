import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// Sheffield's agencies, and devices of its police.
struct DeviceNetwork {
  var network: Network
  let car: TestDevice
  let laptop: SimulatedNode

  init(_ scope: DeviceScope = .everything) throws {
    network = try Network()
    car = TestDevice(network.partnership.principals[0], "car-1")
    laptop = try car.enrol(at: network.police, scope, in: network.folder)
  }

  var nodes: [SimulatedNode] { network.nodes + [laptop] }

  /// Moves all clocks.
  func pass(minutes: Int64) {
    for node in nodes { node.now = node.now.advanced(byMilliseconds: minutes * 60_000) }
  }

  /// Connects the laptop with its agency.
  mutating func sync() throws { try network.exchange(laptop, network.police) }

  /// Connects everybody who deals with one another, until everything has gone everywhere.
  mutating func settle() throws {
    for _ in 0..<2 {
      try sync()
      try network.exchangeAll()
    }
  }

  /// A child at the network's school, written on the laptop.
  mutating func childOnTheLaptop() throws -> RecordID {
    let child = network.id()
    try network.put(
      laptop, "child", child, ("name", "Example Child A"), ("school", "school.106982"))
    return child
  }

  func reasons(_ node: SimulatedNode) throws -> [String] {
    try node.replica.quarantine().map(\.reason)
  }
}
