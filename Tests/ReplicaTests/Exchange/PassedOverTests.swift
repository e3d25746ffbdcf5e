import Foundation
import GRDB
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// What has just come from a peer is not looked at again to find out that nothing of it goes back.
@Suite struct PassedOverTests {
  @Test func whatAPeerSentIsNotLookedAtForIt() throws {
    var network = try Network()
    let (police, care) = (network.police, network.care)
    try network.exchangeAll()
    #expect(try cursor(of: police, at: care, network) == lastChange(at: care, network))
    let child = network.id()
    try network.put(
      police, "child", child, ("name", "Example Child"), ("school", "school.106982"))
    try apply(from: police, at: care)
    #expect(try care.values(child, "name") == ["Example Child"])
    #expect(try cursor(of: police, at: care, network) == lastChange(at: care, network))
    #expect(try cursor(of: network.school, at: care, network) < lastChange(at: care, network))
  }

  @Test func whatStoodInTheLogBeforeIsStillLookedAt() throws {
    var network = try Network()
    let (police, care) = (network.police, network.care)
    try network.exchangeAll()
    let (known, new) = (network.id(), network.id())
    try network.put(police, "child", known, ("name", "First Child"), ("address", "1 First Road"))
    try network.exchangeAll()
    try network.put(care, "child", known, ("address", "2 Second Road"))
    try network.put(police, "child", new, ("name", "Second Child"), ("school", "school.106982"))
    try apply(from: police, at: care)
    #expect(try cursor(of: police, at: care, network) < lastChange(at: care, network))
    try network.exchangeAll()
    #expect(try police.values(known, "address") == ["2 Second Road"])
    #expect(try network.school.values(new, "name") == ["Second Child"])
  }

  /// Two processes that work on one replica by turns, as a daemon and a command do: what one has kept in memory of a
  /// batch's tree is out of date once the other has written.
  @Test func batchesTakenInByTwoProcessesStayProvable() throws {
    var network = try Network()
    let (police, care) = (network.police, network.care)
    let edits = (0..<120).map { number in
      Edit(
        type: "child", record: network.id(),
        assignments: [
          .set(field: "name", text: "Example Child \(number)"),
          .set(field: "school", text: "school.106982"),
        ])
    }
    #expect(try police.put(edits, using: &network.generator).count == 120)
    let other = SimulatedNode(
      replica: try LocalReplica(
        path: "\(network.folder.path)/\(care.name.agency).sqlite", me: care.name),
      key: care.key, federation: care.federation, now: care.now)
    var limits = LinkLimits()
    limits.batchBytes = 4_096
    func held() throws -> Set<ChangeID> { Set(try care.replica.log(after: 0).map(\.header.id)) }
    var turns = 0
    while try held().count < 120, turns < 60 {
      let taker = turns.isMultiple(of: 2) ? care : other
      var link = try #require(
        try SimulatedLink(police, taker, limits: limits, generator: network.generator))
      _ = network.generator.next()
      _ = try link.run(cutAfter: 7)
      turns += 1
    }
    #expect(turns > 4)
    #expect(try held().count == 120)
    for entry in try care.replica.log(after: 0) {
      #expect(entry.proof.holds(for: entry.header, by: police.key.publicKey))
    }
  }

  /// Takes in all that waits at one node for another, and has that one prepare nothing.
  private func apply(from sender: SimulatedNode, at receiver: SimulatedNode) throws {
    let before = try #require(
      try sender.replica.hello(
        to: receiver.name, federation: "test", window: 1 << 20, now: sender.now
      ).sending)
    let prepared = try #require(
      try sender.replica.prepare(
        for: receiver.name, after: before, limits: LinkLimits(), now: sender.now))
    let stream = StreamName(from: sender.name, to: receiver.name)
    var positions = [before]
    for entry in prepared.entries {
      positions.append(stream.position(after: positions[positions.count - 1], entry: entry.digest))
    }
    let batch = Batch(
      epoch: before.epoch, firstSequence: prepared.firstSequence, entries: prepared.entries,
      head: prepared.position.head,
      signature: try sender.key.sign(stream.sentMessage(prepared.position)))
    _ = try receiver.replica.apply(
      CheckedBatch(batch: batch, positions: Array(positions.dropFirst())), from: sender.name,
      now: receiver.now)
  }

  private func cursor(
    of peer: SimulatedNode, at node: SimulatedNode, _ network: Network
  ) throws -> Int64 {
    try number("SELECT cursor FROM link_out WHERE peer = '\(peer.name)'", at: node, network)
  }

  private func lastChange(at node: SimulatedNode, _ network: Network) throws -> Int64 {
    try number("SELECT coalesce(max(no), 0) FROM change", at: node, network)
  }

  private func number(
    _ sql: String, at node: SimulatedNode, _ network: Network
  ) throws -> Int64 {
    let database = try DatabaseQueue(path: "\(network.folder.path)/\(node.name.agency).sqlite")
    return try #require(try database.read { try Int64.fetchOne($0, sql: sql) })
  }
}
