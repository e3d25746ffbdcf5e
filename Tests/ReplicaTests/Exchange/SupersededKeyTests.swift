import Agreements
import Foundation
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// What a key signs that another one took the place of.
struct SupersededKeyTests {
  private let folder: TemporaryFolder
  private let partnership: TestPartnership
  private let nodes: [SimulatedNode]
  private var generator: SeededGenerator
  private let seed: UInt64

  private var police: SimulatedNode { nodes[0] }
  private var care: SimulatedNode { nodes[1] }
  private var school: SimulatedNode { nodes[2] }

  init() throws {
    seed = UInt64.random(in: .min ... .max)
    generator = SeededGenerator(seed: seed)
    folder = try TemporaryFolder()
    partnership = try TestPartnership.sheffield()
    nodes = try partnership.nodes(in: folder)
  }

  /// Police passes on to a new key; the old one counts for an hour.
  private func rotate(to new: SigningKey) throws {
    let authority = Data("no certificate".utf8)
    let document = try KeyRotation.document(
      KeyRotation.Terms(
        agency: police.name.agency, serial: 1,
        replaced: .init(signingKey: police.key.publicKey, authority: authority),
        next: .init(signingKey: new.publicKey, authority: authority), from: police.now,
        acceptUntil: police.now.advanced(byMilliseconds: 3_600_000)),
      from: police.key, to: new)
    try police.replica.adopt([document], now: police.now)
  }

  private func pass(minutes: Int64) {
    for node in nodes { node.now = node.now.advanced(byMilliseconds: minutes * 60_000) }
  }

  private mutating func child(_ node: SimulatedNode, _ name: String) throws -> RecordID {
    let record = RecordID(using: &generator)
    try node.put(
      "child", record, [("name", name), ("school", "school.106982")], using: &generator)
    return record
  }

  private mutating func exchangeAll() throws {
    for _ in 0..<2 {
      try exchange(police, care, using: &generator)
      try exchange(police, school, using: &generator)
      try exchange(care, school, using: &generator)
    }
  }

  /// The same node with its new key: heads go on under the old one.
  private func rekeyed(_ key: SigningKey) -> SimulatedNode {
    SimulatedNode(replica: police.replica, key: key, federation: "test", now: police.now)
  }

  @Test mutating func whatASupersededKeyStampsLaterIsNotTaken() throws {
    try exchangeAll()
    let new = SigningKey()
    try rotate(to: new)
    pass(minutes: 30)
    let inTime = try child(police, "In time")
    pass(minutes: 31)
    let late = try child(police, "Late")
    let withNew = RecordID(using: &generator)
    try rekeyed(new).put(
      "child", withNew, [("name", "With the new key"), ("school", "school.106982")],
      using: &generator)
    try exchangeAll()
    for node in [care, school] {
      #expect(try node.values(inTime, "name") == ["In time"], "seed \(seed)")
      #expect(try node.values(withNew, "name") == ["With the new key"], "seed \(seed)")
      #expect(try node.values(late, "name") == [], "seed \(seed)")
      #expect(try node.replica.quarantine().map(\.reason) == ["superseded-key"], "seed \(seed)")
    }
  }

  @Test mutating func whoIsToldByAnotherJudgesByTheNewKeyToo() throws {
    try exchangeAll()
    let new = SigningKey()
    try rotate(to: new)
    let record = RecordID(using: &generator)
    try rekeyed(new).put(
      "child", record, [("name", "With the new key"), ("school", "school.106982")],
      using: &generator)
    // What police wrote comes to care alone, and from there to nobody: the rotation does, and all judge by it.
    try exchange(police, care, using: &generator)
    #expect(try care.values(record, "name") == ["With the new key"], "seed \(seed)")
    try exchange(care, school, using: &generator)
    let chain = try school.replica.partnership().keys(of: police.name.agency)
    #expect(chain?.current.signingKey == new.publicKey, "seed \(seed)")
    #expect(try school.replica.quarantine().isEmpty, "seed \(seed)")
  }

  @Test mutating func headsOfBothKeysAreOneStream() throws {
    try exchangeAll()
    let new = SigningKey()
    try rotate(to: new)
    // Both keys sign heads of one stream, before and after the peer knows the new one.
    for (round, key) in [police.key, police.key, new, police.key, new].enumerated() {
      let node = rekeyed(key)
      let record = try child(node, "\(round)")
      let outcome = try exchange(node, care, using: &generator)
      #expect(outcome.failures.allSatisfy { $0 == nil }, "seed \(seed), round \(round)")
      #expect(try care.values(record, "name") == ["\(round)"], "seed \(seed), round \(round)")
    }
  }
}
