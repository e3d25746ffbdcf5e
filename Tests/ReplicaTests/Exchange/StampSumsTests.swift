import Agreements
import Foundation
import Records
import Simulation
import TestSupport
import Testing

@testable import Replica
@testable import SyncProtocol

/// The sums by which streams are compared are kept, and are those of what they count, whatever came in between.
@Suite struct StampSumsTests {
  private static var small: ReplicaLimits {
    var limits = ReplicaLimits()
    (limits.itemsSummed, limits.changesSummed) = (4, 7)
    return limits
  }

  @Test func keptSumsAreThoseOfACountFromTheBeginning() {
    forSeeds(5) { generator in
      var run = try SummedRun(RandomRun(seed: generator.next(), limits: Self.small))
      for _ in 0..<30 {
        try run.step()
        guard try run.agree() else { return false }
      }
      try run.random.settle()
      return try run.agree() && run.areAllEqual()
    }
  }

  @Test func whatAPeerHasLostIsFoundAndGoesAgain() throws {
    var network = try Network(limits: Self.small)
    let children = try network.children(60)
    try network.exchange(network.police, network.care)
    #expect(try network.compared(network.police, network.care).isEqual)
    // One reason to hold one write is lost, of many; it was summed up before.
    try network.care.replica.write { store in
      let change = try #require(try store.loggedChanges(of: children[31]).first)
      try store.run("DELETE FROM held WHERE change = \(change.number)")
    }
    let found = try network.compared(network.police, network.care)
    #expect(found.missingThere == 2 && found.missingHere == 0)
    let again = try network.compared(network.police, network.care)
    #expect(again.isEqual)
    // The receiver finds it as well.
    try network.care.replica.write { store in
      let change = try #require(try store.loggedChanges(of: children[7]).first)
      try store.run("DELETE FROM held WHERE change = \(change.number)")
    }
    let asked = try network.compared(network.care, network.police)
    #expect(asked.missingHere == 2 && asked.missingThere == 0)
    #expect(try network.compared(network.care, network.police).isEqual)
  }

  @Test func whatASenderForgotIsFound() throws {
    var network = try Network(limits: Self.small)
    let children = try network.children(30)
    try network.exchange(network.police, network.care)
    #expect(try network.compared(network.police, network.care).isEqual)
    let before = try network.items(network.police, network.care)
    try network.police.replica.write { store in
      let change = try #require(try store.loggedChanges(of: children[11]).first)
      try store.run("DELETE FROM disclosure WHERE change = \(change.number)")
    }
    #expect(try network.items(network.police, network.care) == before - 2)
    // What only the peer has is noted as disclosed, and nothing is missing.
    #expect(try network.compared(network.police, network.care).isEqual)
    #expect(try network.items(network.police, network.care) == before)
  }

  @Test func sealsErasuresAndEndedGrantsLeaveBothSidesEqual() throws {
    var network = try Network(limits: Self.small)
    let children = try network.children(20)
    try network.exchangeAll()
    for peer in [network.care, network.school] {
      #expect(try network.compared(network.police, peer).isEqual)
    }
    let before = try network.items(network.police, network.school)
    try network.put(
      network.police, "restriction", network.id(), ("record", children[3].description),
      ("kept_from", "school.106982"))
    // Sealed and not yet taken back: both still have it.
    #expect(try network.items(network.police, network.school) == before)
    try network.exchangeAll()
    #expect(try network.items(network.police, network.school) < before)
    for peer in [network.care, network.school] {
      let found = try network.compared(network.police, peer)
      #expect(found.isEqual && found.roundTrips == 2)
    }
    let shared = try network.items(network.police, network.care)
    let next = try network.partnership.signed(
      try network.partnership.nextVersion {
        $0.replacingOccurrences(of: "      - label:address\n", with: "")
      }, by: [0, 1])
    for node in network.nodes { try node.replica.adopt([next], now: node.now) }
    try network.exchangeAll()
    #expect(try network.items(network.police, network.care) < shared)
    let found = try network.compared(network.police, network.care)
    #expect(found.isEqual && found.roundTrips == 2)
  }

  @Test func aRebuildForgetsTheSums() throws {
    var network = try Network(limits: Self.small)
    _ = try network.children(20)
    try network.exchange(network.police, network.care)
    #expect(try network.compared(network.police, network.care).isEqual)
    // Not even the database tells of this loss: its sums say that all is here.
    try network.care.replica.write { store in
      try store.run("DROP TRIGGER held_gone_delete")
      try store.run("DELETE FROM held WHERE change = 5")
    }
    #expect(try network.compared(network.police, network.care).isEqual)
    _ = try network.care.replica.rebuild()
    #expect(try network.compared(network.police, network.care).missingThere == 2)
  }
}

/// A random run in which records are sealed too, and sums are brought up to date at some time or other.
private struct SummedRun {
  var random: RandomRun

  init(_ random: RandomRun) { self.random = random }

  mutating func step() throws {
    try random.step()
    guard Int.random(in: 0..<6, using: &random.network.generator) == 0 else { return }
    try random.seal()
  }

  private var streams: [(node: SimulatedNode, stream: ComparedStream)] {
    let nodes = random.network.nodes
    return nodes.flatMap { node in
      nodes.filter { $0.name != node.name }.flatMap { peer in
        [true, false].map { (node, ComparedStream(peer: peer.name, isOfMine: $0)) }
      }
    }
  }

  /// Whether all kept sums are right: some as they stand, where they claim to be, some once they are brought up
  /// to date, some left for later.
  mutating func agree() throws -> Bool {
    for (node, stream) in streams {
      let chance = Int.random(in: 0..<3, using: &random.network.generator)
      guard chance > 0 else { continue }
      let agrees = try node.replica.write { store in
        guard let session = try store.epoch(of: stream) else { return true }
        let limits = node.replica.limits
        if try !store.isSummedUp(stream, in: session) {
          guard chance == 2 else { return true }
          while try !store.sumUp(stream, in: session, limits: limits) {}
        }
        return try store.isRight(stream, in: session)
      }
      guard agrees else { return false }
    }
    return true
  }

  /// Whether every two ends find at once that they have the same.
  mutating func areAllEqual() throws -> Bool {
    let nodes = random.network.nodes
    for (left, right) in [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3)] {
      let found = try random.network.compared(nodes[left], nodes[right])
      guard found.isEqual, found.roundTrips == 2 else { return false }
    }
    return true
  }
}

extension Store {
  /// Whether each part of a stream's sums is the sum of the items that it counts, by themselves and listed.
  fileprivate func isRight(_ stream: ComparedStream, in session: Epoch) throws -> Bool {
    let key = ReconciliationKey(of: name(of: stream), session: session)
    let sums = StampSums(try stampSums(stream), perPart: 4)
    let items = try items(of: stream)
    let aside = Set(try itemsAside(of: stream))
    for index in sums.parts.indices {
      let stamps = sums.parts[index].from..<sums.end(index)
      let counted = items.subtracting(aside).filter { stamps.contains($0.time.stored) }
      let sum = counted.reduce(into: RangeSum()) { $0 += key.sum(of: $1) }
      guard sum == sums.parts[index].sum else { return false }
      for isSparse in [true, false] {
        let listed = try self.items(of: stream, stamps: stamps, isSparse: isSparse)
        guard Set(listed) == counted, listed.count == counted.count else { return false }
      }
    }
    return try set(of: stream, in: session).count == items.count
  }
}

extension RandomRun {
  /// Seals a child from a school, or lifts that.
  mutating func seal() throws {
    let child = try #require(records.first { $0.type == "child" }).id
    let isLifted = Bool.random(using: &network.generator)
    let edit = Edit(
      type: "restriction", record: RecordID(derivedFrom: TaggedHash.digest("test", child.bytes)),
      assignments: isLifted
        ? [.clear(field: "kept_from")]
        : [
          .set(field: "record", text: child.description),
          .set(field: "kept_from", text: "school.106982"),
        ])
    do {
      _ = try network.police.put([edit], using: &network.generator)
    } catch ReplicaError.nothingToWrite {
      // There is no seal to lift yet.
    }
  }
}

/// What comparing both streams came to.
struct TestComparison {
  var missingHere = 0
  var missingThere = 0
  var roundTrips = 0
  var isEqual: Bool { missingHere + missingThere == 0 }
}

extension Network {
  /// Children of one school, each with a name and an address.
  mutating func children(_ count: Int) throws -> [RecordID] {
    let children = (0..<count).map { _ in id() }
    for (number, child) in children.enumerated() {
      police.now = police.now.advanced(byMilliseconds: 7)
      try put(
        police, "child", child, ("name", "Child \(number)"), ("address", "\(number) Sample Street"))
      if number % 2 == 1 { try put(police, "child", child, ("school", "school.106982")) }
    }
    for node in nodes { node.now = police.now }
    return children
  }

  /// How many items a node counts in its stream to another one.
  mutating func items(_ node: SimulatedNode, _ peer: SimulatedNode) throws -> Int {
    try node.replica.reconciliation(with: peer.name, isOfMine: true, using: &generator).count
  }

  /// Connects two nodes; once nothing moves, the first compares both streams, and what is found goes.
  mutating func compared(
    _ left: SimulatedNode, _ right: SimulatedNode
  ) throws -> TestComparison {
    let rightKeys = try left.replica.partnership().keys(of: right.name, at: left.now)
    let leftKeys = try right.replica.partnership().keys(of: left.name, at: right.now)
    var ends = [
      try SimulatedEnd(at: left, towards: right.name, keys: rightKeys),
      try SimulatedEnd(at: right, towards: left.name, keys: leftKeys),
    ]
    for index in ends.indices { try ends[index].open(using: &generator) }
    try settle(&ends)
    for isOfMine in [true, false] {
      try ends[0].handle(.compare(isOfMine: isOfMine), using: &generator)
      try settle(&ends)
    }
    #expect(ends[0].comparisons.count == 2)
    return ends[0].comparisons.reduce(into: TestComparison()) { sum, comparison in
      sum.missingHere += comparison.settled.missingHere
      sum.missingThere += comparison.settled.missingThere
      sum.roundTrips += comparison.found.roundTrips
    }
  }

  private mutating func settle(_ ends: inout [SimulatedEnd]) throws {
    while let from = ends.indices.first(where: { !ends[$0].sent.isEmpty }) {
      let message = try LinkMessage(ends[from].sent.removeFirst().encoded())
      try ends[1 - from].handle(.received(message), using: &generator)
    }
    for end in ends { #expect(end.failure == nil) }
  }
}
