import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// A force has links with hundreds of schools: what concerns one of them costs nothing for the others, and
/// still reaches it, however long it has heard nothing.
struct ConcernedTests {
  private let folder: TemporaryFolder
  private let partnership: TestPartnership
  private let nodes: [SimulatedNode]
  private var police: SimulatedNode { nodes[0] }

  init() throws {
    folder = try TemporaryFolder()
    partnership = try .sheffield(schools: ["school.106982", "school.107010", "school.107115"])
    nodes = try partnership.nodes(in: folder)
  }

  private func meet(_ generator: inout SeededGenerator) throws {
    for node in nodes.dropFirst() { try exchange(police, node, using: &generator) }
  }

  private func enrol(
    _ child: RecordID, at school: SimulatedNode, _ generator: inout SeededGenerator
  ) throws {
    try police.put(
      "child", child, [("name", "Example"), ("school", "\(school.name.agency)")],
      using: &generator)
  }

  @Test func aSchoolFarBehindGetsWhatConcernsItAndNothingElse() throws {
    var generator = SeededGenerator(seed: 4)
    try meet(&generator)
    for _ in 0..<100 { try enrol(RecordID(using: &generator), at: nodes[2], &generator) }
    let (child, incident) = (RecordID(using: &generator), RecordID(using: &generator))
    try enrol(child, at: nodes[3], &generator)
    _ = try police.put(
      [
        Edit(
          type: "incident", record: incident,
          assignments: [
            .set(field: "reference", text: "Example 7"),
            .add(field: "children", text: "\(child)"),
          ])
      ], using: &generator)
    for _ in 0..<100 { try enrol(RecordID(using: &generator), at: nodes[2], &generator) }
    #expect(try police.replica.waiting(for: nodes[3].name, now: police.now) == 2)
    #expect(try police.replica.waiting(for: nodes[4].name, now: police.now) == 0)
    for node in nodes.dropFirst(3) { try exchange(police, node, using: &generator) }
    #expect(try nodes[3].values(incident, "reference") == ["Example 7"])
    #expect(try nodes[3].replica.recordIDs(ofType: "child") == [child])
    #expect(try nodes[4].replica.recordIDs(ofType: "child").isEmpty)
    // It does not look again at what is not for it.
    #expect(try police.replica.waiting(for: nodes[3].name, now: police.now) == 0)
  }

  @Test func whatNoLongerConcernsASchoolIsStillTakenBackFromIt() throws {
    var generator = SeededGenerator(seed: 5)
    try meet(&generator)
    let child = RecordID(using: &generator)
    try enrol(child, at: nodes[2], &generator)
    try exchange(police, nodes[2], using: &generator)
    try police.put("child", child, [("school", "school.107115")], using: &generator)
    for _ in 0..<100 { try enrol(RecordID(using: &generator), at: nodes[3], &generator) }
    try exchange(police, nodes[2], using: &generator)
    #expect(try nodes[2].values(child, "name") == ["Example"])
    let labels = ["identity", "enrolment", "pupil", "support"].map { "      - label:\($0)\n" }
    let narrower = try partnership.nextVersion {
      $0.replacingOccurrences(of: labels.joined(), with: "")
    }
    let next = try partnership.signed(narrower, by: [0, 1])
    for node in nodes.prefix(2) { try node.replica.adopt([next], now: TestPartnership.now) }
    // Once on hearing of the new version, once more to be told what it takes away.
    for _ in 0..<2 { try exchange(police, nodes[2], using: &generator) }
    #expect(try nodes[2].values(child, "name").isEmpty)
  }

  @Test func aDeedGoesOnlyToWhomItsMemberHasWrittenFor() throws {
    var generator = SeededGenerator(seed: 6)
    let own = { (node: SimulatedNode) in
      try node.replica.documents().filter { $0.kind == .membership }.count
    }
    let folder = try TemporaryFolder()
    let apart = try (partnership.principals + partnership.members).map { agency in
      let replica = try LocalReplica(
        path: "\(folder.path)/\(agency.id).sqlite", me: NodeName(agency: agency.id),
        creating: true)
      let documents = partnership.documents.filter { document in
        agency.kind != .school || document.kind != .membership
          || document.text.contains("\(agency.id)")
      }
      try replica.adopt(documents, now: TestPartnership.now)
      return SimulatedNode(
        replica: replica, key: agency.key, federation: "test", now: TestPartnership.now)
    }
    let (police, care, old, new) = (apart[0], apart[1], apart[2], apart[3])
    for node in apart.dropFirst() { try exchange(police, node, using: &generator) }
    #expect(try apart.map(own) == [3, 3, 1, 1, 1])
    let child = RecordID(using: &generator)
    try police.put(
      "child", child, [("name", "Example"), ("school", "\(old.name.agency)")], using: &generator)
    try exchange(police, care, using: &generator)
    try exchange(care, old, using: &generator)
    _ = try old.put(
      [Edit(type: "child", record: child, assignments: [.add(field: "needs", text: "disability")])],
      using: &generator)
    try exchange(care, old, using: &generator)
    try care.put("child", child, [("school", "\(new.name.agency)")], using: &generator)
    // What the old school wrote goes on to the new one, and its deed before it.
    try exchange(care, new, using: &generator)
    #expect(try new.values(child, "needs") == ["disability"])
    #expect(try new.replica.quarantine().isEmpty)
    #expect(try apart.map(own) == [3, 3, 1, 2, 1])
  }
}
