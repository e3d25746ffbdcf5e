import Agreements
import Foundation
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// One look at the log for all links names every peer that has to get something by it.
@Suite struct LogLookTests {
  @Test func whoIsNotNamedGetsNothing() {
    forSeeds(4) { generator in
      var run = try RandomRun(seed: generator.next())
      try run.settle()
      for _ in 0..<25 {
        let node = run.network.nodes[Int.random(in: 0..<2, using: &generator)]
        let peers = run.network.nodes.filter { $0.name != node.name }.map(\.name)
        let before = try peers.filter { try node.replica.waiting(for: $0, now: node.now) == 0 }
        let last = try node.replica.look(after: nil, for: Set(peers), now: node.now)
        #expect(peers.allSatisfy(last.concerns))
        for _ in 0..<Int.random(in: 1...3, using: &generator) { try run.step() }
        if Int.random(in: 0..<4, using: &generator) == 0 { try run.seal() }
        let look = try node.replica.look(after: last, for: Set(peers), now: node.now)
        for peer in before where !look.concerns(peer) {
          guard try node.replica.waiting(for: peer, now: node.now) == 0 else { return false }
        }
        if Int.random(in: 0..<3, using: &generator) == 0 { try run.settle() }
      }
      return true
    }
  }

  @Test func passingOverTakesNothingFromAnybody() {
    forSeeds(4) { generator in
      var run = try RandomRun(seed: generator.next())
      try run.settle()
      for _ in 0..<20 {
        let node = run.network.nodes[Int.random(in: 0..<2, using: &generator)]
        let peers = run.network.nodes.filter { $0.name != node.name }.map(\.name)
        var position = try node.replica.logPosition()
        for _ in 0..<Int.random(in: 1...4, using: &generator) { try run.step() }
        if Int.random(in: 0..<4, using: &generator) == 0 { try run.seal() }
        let before = try peers.map { try node.replica.waiting(for: $0, now: node.now) }
        let end = try node.replica.logPosition()
        while position < end {
          position = try node.replica.passOver(logAfter: position, now: node.now)
        }
        let after = try peers.map { try node.replica.waiting(for: $0, now: node.now) }
        guard before == after else { return false }
        if Int.random(in: 0..<3, using: &generator) == 0 { try run.settle() }
      }
      try run.settle()
      return try run.agrees() && run.holdsEverythingWritten()
    }
  }

  @Test func aChangeForOneSchoolConcernsThatSchool() throws {
    var network = try Network(schools: ["school.106982", "school.107010"])
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "Name"), ("school", "school.106982"))
    try network.exchangeAll()
    let (police, now) = (network.police.replica, network.police.now)
    let peers = Set(network.nodes.dropFirst().map(\.name))
    func look(after last: LogLook) throws -> [Bool] {
      let look = try police.look(after: last, for: peers, now: now)
      return network.nodes.dropFirst().map { look.concerns($0.name) }
    }
    let first = try police.look(after: nil, for: peers, now: now)
    #expect(try look(after: first) == [false, false, false])
    try network.put(network.police, "child", child, ("name", "Other"))
    // Care reads all children; of the schools it concerns the one that the child goes to.
    #expect(try look(after: first) == [true, true, false])
    let position = try police.logPosition()
    #expect(try police.passOver(logAfter: first.position, now: now) == position)
    #expect(try police.waiting(for: network.school.name, now: now) > 0)
    // What is agreed anew concerns everybody.
    let next = try network.partnership.signed(
      try network.partnership.nextVersion { $0 }, by: [0, 1])
    try police.adopt([next], now: now)
    #expect(try look(after: first) == [true, true, true])
  }
}
