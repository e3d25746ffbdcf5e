import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// Messages that break the protocol close the link, with the reason, and change nothing.
@Suite struct LinkAttackTests {
  private func closes(
    with failure: LinkFailure,
    _ attack: (inout Forger, inout HostilePeer<SeededGenerator>, Entry) throws -> Void
  ) throws {
    var forger = try Forger()
    let school = forger.network.school
    let record = forger.network.id()
    let entry = try forger.entry(
      forger.forgery(record, [.set("name", to: .text("MARKER"), over: [:])]))
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    try attack(&forger, &police, entry)
    #expect(police.failure == failure)
    #expect(try school.values(record, "name") == [])
    #expect(try !forger.network.holds(school, "MARKER"))
    // The node goes on: the same peer connects again and is served.
    try forger.network.put(
      forger.network.police, "child", record, ("name", "Honest"), ("school", "school.106982"))
    try forger.network.exchange(forger.network.police, school)
    #expect(try school.values(record, "name") == ["Honest"])
  }

  @Test func aGapInTheStream() throws {
    try closes(with: .sequenceGap(expected: 1, got: 3)) { _, police, entry in
      try police.send([entry]) {
        Batch(
          epoch: $0.epoch, firstSequence: 3, entries: $0.entries, head: $0.head,
          signature: $0.signature)
      }
    }
  }

  /// The same numbers once more, with other entries under them: kept as proof, once.
  @Test func aForkedStream() throws {
    var forger = try Forger()
    let school = forger.network.school
    let key = forger.network.partnership.principals[0].key.publicKey
    let entry = try forger.entry(
      forger.forgery(forger.network.id(), [.set("name", to: .text("First"), over: [:])]))
    let other = try forger.entry(
      forger.forgery(forger.network.id(), [.set("name", to: .text("Other"), over: [:])]))
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    let start = police.position
    try police.send([entry, .void(other.digest)])
    try police.fork([other], from: start)
    let fork = try #require(try school.replica.forks().first?.fork)
    #expect(police.failure == .forkedStream(fork))
    #expect(try school.replica.forks().count == 1)
    #expect(fork.first.sequence == 1)
    #expect(fork.stream == StreamName(from: forger.network.police.name, to: school.name))
    #expect(fork.holds(by: key))
    #expect(!fork.holds(by: forger.network.care.key.publicKey))
    #expect(try StreamFork(encoded: fork.encoded()) == fork)
    #expect(try school.replica.evidence().isEmpty)
  }

  /// What was signed last on the connection before still proves a fork on the next.
  @Test func aForkOnTheNextConnection() throws {
    var forger = try Forger()
    let school = forger.network.school
    let entry = try forger.entry(
      forger.forgery(forger.network.id(), [.set("name", to: .text("First"), over: [:])]))
    let other = try forger.entry(
      forger.forgery(forger.network.id(), [.set("name", to: .text("Other"), over: [:])]))
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    let start = police.position
    try police.send([entry])
    #expect(police.failure == nil)
    var again = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    try again.fork([other, entry], from: start)
    let fork = try #require(try school.replica.forks().first?.fork)
    #expect(again.failure == .forkedStream(fork))
    #expect(fork.holds(by: forger.network.partnership.principals[0].key.publicKey))
    #expect(fork.entries.count == 1)
  }

  @Test func theSameEntriesAgainProveNothing() throws {
    var forger = try Forger()
    let school = forger.network.school
    let entry = try forger.entry(
      forger.forgery(forger.network.id(), [.set("name", to: .text("First"), over: [:])]))
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    let start = police.position
    try police.send([entry])
    try police.fork([.void(entry.digest)], from: start)
    #expect(police.failure == .sequenceGap(expected: 2, got: 1))
    #expect(try school.replica.forks().isEmpty)
  }

  @Test func aHeadThatDoesNotFollow() throws {
    try closes(with: .brokenChain) { _, police, entry in
      try police.send([entry]) {
        Batch(
          epoch: $0.epoch, firstSequence: $0.firstSequence, entries: $0.entries,
          head: $0.entries[0].digest, signature: $0.signature)
      }
    }
  }

  @Test func anEntryExchangedUnderASignedHead() throws {
    try closes(with: .brokenChain) { forger, police, entry in
      let other = try forger.entry(
        forger.forgery(forger.network.id(), [.set("name", to: .text("Other"), over: [:])]))
      try police.send([other]) {
        Batch(
          epoch: $0.epoch, firstSequence: $0.firstSequence, entries: [entry], head: $0.head,
          signature: $0.signature)
      }
    }
  }

  @Test func aBatchWithoutItsSignature() throws {
    try closes(with: .badSignature("a batch")) { _, police, entry in
      try police.send([entry]) {
        Batch(
          epoch: $0.epoch, firstSequence: $0.firstSequence, entries: $0.entries, head: $0.head,
          signature: Data(count: 64))
      }
    }
  }

  @Test func anAcknowledgementOfWhatWasNeverSent() throws {
    try closes(with: .badAck) { forger, police, _ in
      let name = StreamName(from: forger.network.school.name, to: forger.network.police.name)
      let position = name.start(of: Epoch(using: &forger.network.generator))
      try police.send(.ack(Ack(position: position, signature: Data(count: 64), refusals: [])))
    }
  }

  @Test func moreEntriesThanABatchMayHave() throws {
    try closes(with: .malformed("too many entries")) { _, police, entry in
      try police.send([entry] + (0..<600).map { _ in Entry.void(entry.digest) })
    }
  }

  @Test func aSecondHello() throws {
    try closes(with: .unexpected("hello")) { forger, police, _ in
      let node = forger.network.school
      try police.send(
        .hello(
          Hello(
            federation: node.federation, node: forger.network.police.name, clock: node.now,
            agreements: [], sending: nil, received: nil, window: 1)))
    }
  }

  @Test func anAnswerThatNobodyAskedFor() throws {
    // Not an attack: it changes nothing, and the link goes on.
    var forger = try Forger()
    var police = try forger.peer(
      as: forger.network.partnership.principals[0], against: forger.network.school)
    try police.send(.probeReply(99))
    try police.send(.pong(4))
    #expect(police.failure == nil)
  }
}
