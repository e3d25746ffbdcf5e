import Agreements
import Foundation
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// Whatever is written where, and wherever connections are cut: when the faults stop, every two
/// nodes agree on what both may see, and nothing is lost.
@Suite struct ConvergenceTests {
  @Test func nodesConvergeWhereverConnectionsAreCut() {
    forSeeds(12) { generator in
      var run = try RandomRun(seed: generator.next())
      for _ in 0..<40 { try run.step() }
      try run.settle()
      return try run.agrees() && run.holdsEverythingWritten()
    }
  }

  @Test func whatWasDerivedEqualsARebuildFromTheLog() {
    forSeeds(6) { generator in
      var run = try RandomRun(seed: generator.next())
      for _ in 0..<30 { try run.step() }
      try run.settle()
      return try run.network.nodes.allSatisfy { node in
        let before = try node.replica.derivedDigest()
        let rebuilt = try node.replica.rebuild()
        return try node.replica.derivedDigest() == before && rebuilt.writes > 0 && !rebuilt.isMended
      }
    }
  }

  @Test func concurrentValuesAreAllKeptAndOnePersonSettlesThem() throws {
    var network = try Network()
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "Example Child A"), ("address", "1 Sample Street"))
    try network.exchange(network.police, network.care)
    try network.put(network.police, "child", child, ("address", "2 Sample Street"))
    try network.put(network.care, "child", child, ("address", "3 Sample Street"))
    try network.exchange(network.police, network.care)
    for node in [network.police, network.care] {
      #expect(try Set(node.values(child, "address")) == ["2 Sample Street", "3 Sample Street"])
      #expect(try node.replica.conflicts().map(\.field.field.name) == ["address"])
      #expect(try node.replica.conflicts(of: child) == node.replica.conflicts())
      #expect(try node.replica.conflictPlaces().map(\.field.name) == ["address"])
    }
    let seen = try network.care.replica.conflicts()[0].field.values.map(\.write)
    var signer = Signer(
      key: network.care.key, now: network.care.now, generator: network.generator)
    #expect(throws: ReplicaError.self) {
      try network.care.replica.resolve(
        child, "address", value: "2 Sample Street", seen: [seen[0]], person: nil, &signer)
    }
    _ = try network.care.replica.resolve(
      child, "address", value: "2 Sample Street", seen: seen, person: nil, &signer)
    try network.exchange(network.police, network.care)
    for node in [network.police, network.care] {
      #expect(try node.values(child, "address") == ["2 Sample Street"])
      #expect(try node.replica.conflicts().isEmpty)
    }
  }

  @Test func judgementsStandSideBySide() throws {
    var network = try Network()
    let (child, incident) = (network.id(), network.id())
    try network.put(network.police, "child", child, ("school", "school.106982"))
    try network.put(
      network.police, "incident", incident, ("children", child.description),
      ("risk_grade", "medium"))
    try network.exchangeAll()
    try network.put(network.care, "incident", incident, ("risk_grade", "high"))
    try network.put(network.school, "incident", incident, ("risk_grade", "standard"))
    try network.exchangeAll()
    #expect(
      try Set(network.police.values(incident, "risk_grade")) == ["medium", "high", "standard"])
    #expect(try network.police.replica.conflicts().isEmpty)
    #expect(try network.police.replica.conflictPlaces().isEmpty)
    try network.put(network.police, "incident", incident, ("risk_grade", "high"))
    try network.exchangeAll()
    #expect(
      try network.care.values(incident, "risk_grade").sorted() == ["high", "high", "standard"])
  }

  @Test func whatIsIssuedOnceStands() throws {
    var network = try Network()
    let notification = network.id()
    try network.put(network.police, "notification", notification, ("school", "school.106982"))
    #expect(throws: ReplicaError.self) {
      try network.put(network.police, "notification", notification, ("school", "school.107010"))
    }
    #expect(throws: ReplicaError.self) {
      _ = try network.police.put(
        [
          Edit(
            type: "notification", record: notification, assignments: [.clear(field: "school")])
        ], using: &network.generator)
    }
    #expect(try network.police.values(notification, "school") == ["school.106982"])
  }

  /// Two agencies begin one ledger: the school, before the issuer's part of it has come.
  @Test func whatStandsAlreadyIsSaidAgainWithoutHarm() throws {
    var network = try Network()
    let (notification, delivery) = (network.id(), network.id())
    try network.put(network.police, "notification", notification, ("school", "school.106982"))
    try network.put(
      network.police, "delivery", delivery, ("notification", "\(notification)"), ("state", "issued")
    )
    try network.exchangeAll()
    try network.put(
      network.school, "delivery", delivery, ("notification", "\(notification)"),
      ("state", "opened"))
    #expect(try network.school.values(delivery, "state").sorted() == ["issued", "opened"])
    // It is no write: only the state was written.
    let last = try #require(try network.school.replica.history(of: delivery).last)
    #expect(last.writes.map(\.field) == ["state"])
    #expect(throws: ReplicaError.self) {
      try network.put(network.school, "delivery", delivery, ("notification", "\(delivery)"))
    }
  }

  @Test func aNodeThatLostItsReplicaGetsEverythingAgain() throws {
    var network = try Network()
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "Example Child A"), ("school", "school.106982"))
    try network.exchange(network.police, network.school)
    let other = try TemporaryFolder()
    let again = try network.partnership.nodes(in: other)[2]
    try network.exchange(network.police, again)
    // It knows that it lost something, and waits for everybody who may know what.
    #expect(throws: ReplicaError.self) { try again.replica.record(child) }
    try network.exchange(network.care, again)
    #expect(try again.values(child, "name") == ["Example Child A"])
  }
}

/// A network in which people write at random and connections are cut at random.
struct RandomRun {
  var network: Network
  private(set) var records: [(type: String, id: RecordID)] = []
  /// Every value that somebody was told is durable, and where it was written.
  private var written: [(node: Int, record: RecordID, change: ChangeID)] = []
  private var counter = 0

  init(seed: UInt64, limits: ReplicaLimits = ReplicaLimits()) throws {
    network = try Network(
      schools: ["school.106982", "school.107010"], seed: seed, limits: limits)
    for _ in 0..<3 {
      let (child, incident) = (network.id(), network.id())
      // A reference to a child of whom nothing is known is shown to nobody.
      try network.put(network.police, "child", child, ("name", "Name"))
      records += [("child", child), ("incident", incident)]
    }
  }

  mutating func step() throws {
    let node = Int.random(in: 0..<network.nodes.count, using: &network.generator)
    network.nodes[node].now = network.nodes[node].now.advanced(
      byMilliseconds: Int64.random(in: 0...5_000, using: &network.generator))
    if Int.random(in: 0..<3, using: &network.generator) == 0 {
      let peer = node < 2 ? (node + 1) % network.nodes.count : node % 2
      let frames = Int.random(in: 0..<14, using: &network.generator)
      try network.exchange(network.nodes[node], network.nodes[peer], cutAfter: frames)
    } else {
      try write(at: node)
    }
  }

  /// Connects all without faults, and lets clocks agree.
  mutating func settle() throws {
    let latest = network.nodes.map(\.now).max() ?? TestPartnership.now
    for node in network.nodes { node.now = latest }
    for _ in 0..<3 { try network.exchangeAll() }
  }

  private mutating func write(at node: Int) throws {
    counter += 1
    guard let (type, id) = records.randomElement(using: &network.generator) else { return }
    let fields: [(String, String)] =
      node < 2
      ? (type == "child" ? childFields() : incidentFields())
      : [type == "child" ? ("needs", "young-carer") : ("risk_grade", "high")]
    guard let field = fields.randomElement(using: &network.generator) else { return }
    do {
      let changes = try network.nodes[node].put(type, id, [field], using: &network.generator)
      written += changes.map { (node, id, $0) }
    } catch ReplicaError.mayNotWrite {
      // Police may write what care may not; a refusal is an answer too.
    }
  }

  private mutating func childFields() -> [(String, String)] {
    let school = Bool.random(using: &network.generator) ? "school.106982" : "school.107010"
    return [
      ("name", "Name \(counter)"), ("address", "\(counter) Sample Street"), ("school", school),
      ("languages", "polish"), ("languages", "urdu"),
    ]
  }

  private mutating func incidentFields() -> [(String, String)] {
    let children = records.filter { $0.type == "child" }.map(\.id)
    let child = children.randomElement(using: &network.generator)
    return [
      ("reference", "Reference \(counter)"), ("risk_grade", "high"), ("risk_grade", "medium"),
      ("children", child?.description ?? ""),
    ]
  }

  /// Whether police and care, who see the same of these fields, agree on all of them.
  func agrees() throws -> Bool {
    let fields = ["name", "address", "school", "reference", "risk_grade", "children"]
    return try records.allSatisfy { record in
      try fields.allSatisfy { field in
        let here = try network.police.values(record.id, field)
        let there = try network.care.values(record.id, field)
        return here == there
      }
    }
  }

  /// Whether every change that was acknowledged to a person is still in its author's history, and
  /// principals' changes in the other's.
  func holdsEverythingWritten() throws -> Bool {
    try written.allSatisfy { node, record, change in
      let held = try network.nodes[node].replica.history(of: record).map(\.change)
      return held.contains(change)
    }
  }
}
