import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// What is shared no longer is taken back, erased, and confirmed; and it can come again.
@Suite struct RetractionTests {
  @Test func aSealTakesBackWhatWasSharedBefore() throws {
    var network = try Network()
    let (child, incident, seal) = (network.id(), network.id(), network.id())
    try network.put(
      network.police, "child", child, ("name", "SEALED-marker"), ("school", "school.106982"))
    try network.put(
      network.police, "incident", incident, ("children", child.description),
      ("reference", "Reference 1"))
    try network.exchangeAll()
    #expect(try network.school.values(child, "name") == ["SEALED-marker"])
    try network.put(
      network.police, "restriction", seal, ("record", child.description),
      ("kept_from", "school.106982"))
    try network.exchangeAll()
    // Nothing says that there ever was such a child: neither the record nor what refers to it.
    #expect(throws: ReplicaError.self) { try network.school.replica.record(child) }
    #expect(throws: ReplicaError.self) { try network.school.replica.history(of: child) }
    #expect(try network.school.replica.records(ofType: "child").isEmpty)
    #expect(try network.school.values(incident, "children") == [])
    #expect(try network.school.values(incident, "reference") == [])
    #expect(try network.care.values(child, "name") == ["SEALED-marker"])
    // Social care had passed some of it on too, and has taken it back as well.
    let taken = try network.police.replica.retractions(from: network.school.name)
    #expect(taken.count >= 3)
    #expect(taken.allSatisfy { $0.outcome == .erased || $0.outcome == .heldOtherwise })
    let passedOn = try network.care.replica.retractions(from: network.school.name)
    #expect((taken + passedOn).contains { $0.outcome == .erased })
    try network.rebuilds()

    // Lifted, it is there again as it was.
    _ = try network.police.put(
      [Edit(type: "restriction", record: seal, assignments: [.clear(field: "kept_from")])],
      using: &network.generator)
    try network.exchangeAll()
    #expect(try network.school.values(child, "name") == ["SEALED-marker"])
    #expect(try network.school.values(incident, "children") == [child.description])
    try network.rebuilds()
  }

  @Test func nobodyLiftsWhatAnotherAgencySealed() throws {
    var network = try Network()
    let (child, seal) = (network.id(), network.id())
    try network.put(
      network.police, "child", child, ("name", "SEALED-marker"), ("school", "school.106982"))
    try network.put(
      network.police, "restriction", seal, ("record", child.description),
      ("kept_from", "school.106982"))
    try network.exchange(network.police, network.care)
    #expect(throws: ReplicaError.self) {
      _ = try network.care.put(
        [Edit(type: "restriction", record: seal, assignments: [.clear(field: "kept_from")])],
        using: &network.generator)
    }
    // Social care may not lift it, and what a hostile one writes all the same lifts nothing.
    var forger = try Forger(over: network)
    let adds = try network.police.replica.history(of: seal).flatMap(\.writes).filter {
      $0.field == "kept_from"
    }.map(\.write)
    let school = try #require(AgencyID("school.106982"))
    var forgery = forger.forgery(seal, [.remove(.agency(school), from: "kept_from", adds: adds)])
    forgery.type = "restriction"
    forgery.author = forger.network.partnership.principals[1]
    forgery.grant = "police-child"
    let entry = try forger.entry(forgery)
    var care = try forger.peer(
      as: forger.network.partnership.principals[1], against: network.police)
    try care.send([entry])
    #expect(care.failure == nil)
    try network.exchangeAll()
    #expect(try !network.holds(network.school, "SEALED-marker"))
    try network.rebuilds()
  }

  @Test func whatAnAgencyWroteItselfStaysWithIt() throws {
    var network = try Network()
    let (child, seal) = (network.id(), network.id())
    try network.put(
      network.police, "child", child, ("name", "Name"), ("school", "school.106982"))
    try network.exchangeAll()
    try network.put(network.school, "child", child, ("needs", "young-carer"))
    try network.exchangeAll()
    try network.put(
      network.police, "restriction", seal, ("record", child.description),
      ("kept_from", "school.106982"))
    try network.exchangeAll()
    #expect(try network.school.values(child, "needs") == ["young-carer"])
    #expect(try network.school.values(child, "name") == [])
    #expect(try network.care.values(child, "needs") == ["young-carer"])
  }

  @Test func aVersionWithoutAGrantTakesBackWhatWentUnderIt() throws {
    var network = try Network()
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "Name"), ("address", "ADDRESS-marker"))
    try network.exchange(network.police, network.care)
    #expect(try network.care.values(child, "address") == ["ADDRESS-marker"])
    let next = try network.partnership.nextVersion { text in
      text.replacingOccurrences(of: "      - label:address\n", with: "")
    }
    // While a signature is missing, nothing new goes and nothing is taken back.
    let half = try network.partnership.signed(next, by: [0])
    for node in network.nodes { try node.replica.adopt([half], now: node.now) }
    try network.put(network.police, "child", child, ("address", "LATER-marker"))
    try network.exchange(network.police, network.care)
    #expect(try network.care.values(child, "address") == ["ADDRESS-marker"])
    #expect(try !network.holds(network.care, "LATER-marker"))
    // Complete and in force, it takes back.
    let whole = try network.partnership.signed(next, by: [0, 1])
    for node in network.nodes { try node.replica.adopt([whole], now: node.now) }
    try network.exchange(network.police, network.care)
    #expect(try network.care.values(child, "address") == [])
    #expect(try network.care.values(child, "name") == ["Name"])
    let field = try network.care.replica.record(child).field("address")
    #expect(field?.withheld == 1)
    let taken = try network.police.replica.retractions(from: network.care.name)
    #expect(taken.map(\.outcome) == [.erased])
    try network.rebuilds()
  }

  @Test func whatStoodBeforeAnErasedValueDoesNotReturn() throws {
    var network = try Network()
    let child = network.id()
    try network.put(network.care, "child", child, ("address", "CARE-marker"))
    try network.exchange(network.police, network.care)
    try network.put(network.police, "child", child, ("address", "POLICE-marker"))
    try network.exchange(network.police, network.care)
    #expect(try network.care.values(child, "address") == ["POLICE-marker"])
    let next = try network.partnership.signed(
      try network.partnership.nextVersion {
        $0.replacingOccurrences(of: "      - label:address\n", with: "")
      }, by: [0, 1])
    for node in network.nodes { try node.replica.adopt([next], now: node.now) }
    try network.exchange(network.police, network.care)
    // Care's own older value was superseded: it is not the address again.
    #expect(try network.care.values(child, "address") == [])
    #expect(try network.care.replica.conflicts().isEmpty)
    try network.rebuilds()
  }
}

extension Network {
  /// Whether every node's derived tables equal a rebuild from its log.
  func rebuilds(sourceLocation: SourceLocation = #_sourceLocation) throws {
    for node in nodes {
      let before = try node.replica.derivedDigest()
      _ = try node.replica.rebuild()
      #expect(
        try node.replica.derivedDigest() == before, "\(node.name)", sourceLocation: sourceLocation)
    }
  }
}
