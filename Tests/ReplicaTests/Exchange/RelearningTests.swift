import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// A node that was restored from a backup learns what it lost before it goes on; two nodes whose
/// streams do not match find what is missing, and send no more than that.
@Suite struct RelearningTests {
  /// A copy of a node's closed file, and the node opened on it again later.
  private func copy(_ node: SimulatedNode, in network: Network, to name: String) throws {
    try node.replica.checkpoint()
    let path = "\(network.folder.path)/\(node.name.agency).sqlite"
    try FileManager.default.copyItem(atPath: path, toPath: "\(network.folder.path)/\(name)")
  }

  private func restored(
    _ node: SimulatedNode, in network: Network, from name: String
  ) throws -> SimulatedNode {
    let replica = try LocalReplica(
      path: "\(network.folder.path)/\(name)", me: node.name)
    return SimulatedNode(
      replica: replica, key: node.key, federation: node.federation, now: node.now)
  }

  @Test func aRestoredNodeLearnsItsOwnLaterChanges() throws {
    var network = try Network()
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "Before"), ("school", "school.106982"))
    try network.exchangeAll()
    try copy(network.police, in: network, to: "backup.sqlite")
    try network.put(network.police, "child", child, ("name", "After"))
    try network.put(network.care, "child", child, ("address", "1 Sample Street"))
    try network.exchangeAll()

    let police = try restored(network.police, in: network, from: "backup.sqlite")
    #expect(try police.values(child, "name") == ["Before"])
    // The school shows it that it was restored; from then on it neither shows nor writes.
    try network.exchange(police, network.school)
    #expect(try police.replica.relearning() == [network.care.name.agency])
    #expect(throws: ReplicaError.self) { try police.replica.record(child) }
    #expect(throws: ReplicaError.self) {
      try network.put(police, "child", child, ("name", "Too early"))
    }
    try network.exchange(police, network.care)
    #expect(try police.replica.relearning() == [])
    try network.exchange(police, network.care)
    try network.exchange(police, network.school)
    #expect(try police.values(child, "name") == ["After"])
    #expect(try police.values(child, "address") == ["1 Sample Street"])
    #expect(try police.replica.conflicts().isEmpty)
    try network.put(police, "child", child, ("name", "Later"))
    for node in [network.care, network.school] { try network.exchange(police, node) }
    for node in [network.care, network.school] {
      #expect(try node.values(child, "name") == ["Later"])
    }
  }

  @Test func whatWaitsWhileANodeRelearnsGoesOnWaiting() throws {
    var network = try Network()
    let (child, other) = (network.id(), network.id())
    try network.put(
      network.police, "child", child, ("name", "First"), ("school", "school.106982"))
    try network.exchangeAll()
    try copy(network.care, in: network, to: "care-backup.sqlite")
    try network.put(network.police, "child", other, ("name", "Second"))
    try network.exchangeAll()
    try copy(network.police, in: network, to: "police-backup.sqlite")
    try network.put(network.police, "child", child, ("name", "Third"))
    try network.exchange(network.police, network.school)
    // Both were restored: care lacks what the police still have, while they relearn what they lost.
    let police = try restored(network.police, in: network, from: "police-backup.sqlite")
    let care = try restored(network.care, in: network, from: "care-backup.sqlite")
    try network.exchange(police, network.school)
    #expect(try police.replica.relearning() == [network.care.name.agency])
    for _ in 0..<3 {
      try network.exchange(police, care)
      try network.exchange(police, network.school)
    }
    #expect(try police.replica.relearning() == [])
    #expect(try care.values(other, "name") == ["Second"])
    #expect(try care.values(child, "name") == ["Third"])
  }

  /// The author and whoever passed it on have both lost it: the one who was only given it gives it back,
  /// though it may pass it on to nobody.
  @Test func whatOnlyAReceiverKeptComesBack() throws {
    var network = try Network(schools: ["school.106982", "school.107010"])
    let (first, second) = (network.nodes[2], network.nodes[3])
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "Example Child"), ("school", "school.106982"))
    try network.exchangeAll()
    try copy(network.care, in: network, to: "care-backup.sqlite")
    try copy(first, in: network, to: "school-backup.sqlite")
    try network.put(first, "child", child, ("needs", "young-carer"))
    try network.exchange(first, network.care)
    try network.put(network.police, "child", child, ("school", "school.107010"))
    try network.exchangeAll()
    #expect(try second.values(child, "needs") == ["young-carer"])

    let care = try restored(network.care, in: network, from: "care-backup.sqlite")
    let author = try restored(first, in: network, from: "school-backup.sqlite")
    #expect(try care.values(child, "needs") == [])
    for _ in 0..<4 {
      for node in [network.police, second, author] { try network.exchange(care, node) }
      try network.exchange(author, network.police)
    }
    #expect(try care.replica.relearning() == [])
    #expect(try care.values(child, "needs") == ["young-carer"])
    #expect(try author.values(child, "needs") == ["young-carer"])
    // Who was given it still passes it on to nobody else.
    let explained = try second.replica.explain(
      child, "needs", for: network.police.name.agency, now: second.now)
    #expect(!explained.decision.isAllowed)
  }

  @Test func aComparisonThatIsCutBeginsAgain() throws {
    // Wherever the connection is cut on which the streams are first compared.
    for frames in 2..<16 {
      var network = try Network()
      let child = network.id()
      try network.put(
        network.police, "child", child, ("name", "Before"), ("school", "school.106982"))
      try network.exchangeAll()
      try copy(network.police, in: network, to: "backup.sqlite")
      try network.put(network.police, "child", child, ("name", "After"))
      try network.put(network.care, "child", child, ("address", "1 Sample Street"))
      try network.exchangeAll()
      let police = try restored(network.police, in: network, from: "backup.sqlite")
      try network.exchange(police, network.care, cutAfter: frames)
      for _ in 0..<2 {
        try network.exchange(police, network.care)
        try network.exchange(police, network.school)
      }
      #expect(try police.values(child, "name") == ["After"], "cut after \(frames)")
      #expect(try police.values(child, "address") == ["1 Sample Street"], "cut after \(frames)")
    }
  }

  @Test func whatWentOutBeforeARestoreCanStillBeTakenBack() throws {
    var network = try Network()
    let (child, seal) = (network.id(), network.id())
    try network.put(
      network.police, "child", child, ("name", "Before"), ("school", "school.106982"))
    try network.exchangeAll()
    try copy(network.police, in: network, to: "backup.sqlite")
    try network.put(network.police, "child", child, ("name", "LOST-marker"))
    try network.exchangeAll()
    let police = try restored(network.police, in: network, from: "backup.sqlite")
    for _ in 0..<2 {
      try network.exchange(police, network.school)
      try network.exchange(police, network.care)
    }
    try network.put(
      police, "restriction", seal, ("record", child.description), ("kept_from", "school.106982"))
    for _ in 0..<2 {
      try network.exchange(police, network.care)
      try network.exchange(network.care, network.school)
      try network.exchange(police, network.school)
    }
    #expect(try network.school.values(child, "name") == [])
    #expect(throws: ReplicaError.self) { try network.school.replica.record(child) }
  }

  @Test func anAdministratorMayAcceptTheLoss() throws {
    var network = try Network()
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "Before"), ("school", "school.106982"))
    try network.exchangeAll()
    try copy(network.police, in: network, to: "backup.sqlite")
    try network.put(network.police, "child", child, ("name", "After"))
    try network.exchangeAll()
    let police = try restored(network.police, in: network, from: "backup.sqlite")
    try network.exchange(police, network.school)
    #expect(throws: ReplicaError.self) {
      try police.replica.resume(acceptingLossFrom: network.school.name.agency)
    }
    try police.replica.resume(acceptingLossFrom: network.care.name.agency)
    #expect(try police.values(child, "name") == ["After"])
  }

  @Test func nobodyCanMakeANodeBelieveThatItWasRestored() throws {
    var network = try Network()
    let school = network.school
    var police = try HostilePeer(
      named: network.police.name, key: network.police.key, against: school,
      claiming: StreamPosition(
        epoch: Epoch(using: &network.generator), sequence: 9,
        head: TaggedHash.digest("invented")),
      generator: network.generator)
    _ = network.generator.next()
    #expect(police.failure == .badSignature("what it received"))
    try police.send(.ping(1))
    #expect(try school.replica.relearning() == [])
  }

  @Test func aNodeThatLostEverythingGetsItsOwnChangesBackToo() throws {
    var network = try Network()
    let (child, response) = (network.id(), network.id())
    try network.put(
      network.police, "child", child, ("name", "Example Child A"), ("school", "school.106982"))
    try network.exchangeAll()
    try network.put(network.school, "response", response, ("acted_on", "true"))
    try network.put(network.school, "child", child, ("needs", "young-carer"))
    try network.exchangeAll()
    let other = try TemporaryFolder()
    let again = try network.partnership.nodes(in: other)[2]
    for _ in 0..<2 {
      try network.exchange(network.police, again)
      try network.exchange(network.care, again)
    }
    #expect(try again.replica.relearning() == [])
    #expect(try again.values(child, "name") == ["Example Child A"])
    #expect(try again.values(child, "needs") == ["young-carer"])
  }

  @Test func onlyWhatIsMissingGoesAgain() throws {
    var network = try Network()
    let children = try (0..<300).map { number in
      let id = network.id()
      try network.put(
        network.police, "child", id, ("name", "Child \(number)"), ("school", "school.106982"))
      return id
    }
    try network.exchange(network.police, network.school)
    try copy(network.school, in: network, to: "backup.sqlite")
    for child in children.prefix(3) {
      try network.put(network.police, "child", child, ("name", "Renamed"))
    }
    try network.exchange(network.police, network.school)
    let school = try restored(network.school, in: network, from: "backup.sqlite")
    var link = try #require(
      try SimulatedLink(network.police, school, generator: network.generator))
    var changes = 0
    let outcome = try link.run { from, message in
      if from == 0, case .batch(let batch) = message {
        changes += batch.entries.count { if case .change = $0 { true } else { false } }
      }
      return message
    }
    #expect(outcome.failures == [nil, nil])
    #expect(changes == 3)
    #expect(try school.values(children[0], "name") == ["Renamed"])
    #expect(try school.values(children[9], "name") == ["Child 9"])
  }
}
