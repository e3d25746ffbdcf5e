import Agreements
import Foundation
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// What may not go at first and may go later arrives, once, whatever opened the way.
@Suite struct LaterVisibleTests {
  @Test func aReferenceArrivesOnceSomethingOfItsTargetMaybeSeen() throws {
    var network = try Network()
    let (child, incident) = (network.id(), network.id())
    try network.put(
      network.police, "child", child, ("address", "1 Sample Street"), ("school", "school.106982"))
    // `school` is visible to the school, so the target is; a second child has an address alone.
    let hidden = network.id()
    try network.put(network.police, "child", hidden, ("address", "2 Sample Street"))
    let adds = [child, hidden].map {
      Edit.Assignment.add(field: "children", text: $0.description)
    }
    _ = try network.police.put(
      [Edit(type: "incident", record: incident, assignments: adds)], using: &network.generator)
    try network.exchangeAll()
    #expect(try network.school.values(incident, "children") == [child.description])

    // The hidden child gets a field that the school may see, but only as its second one.
    try network.put(network.police, "child", hidden, ("school", "school.106982"))
    try network.exchangeAll()
    #expect(
      try network.school.values(incident, "children").sorted()
        == [child.description, hidden.description].sorted())
  }

  @Test func aTargetsFirstVisibleFieldOpensReferencesToItWhateverCameBefore() throws {
    var network = try Network()
    let (child, plan) = (network.id(), network.id())
    // Police may read a plan's family, a child's name, and never a child's NHS number.
    try network.put(network.care, "child", child, ("nhs_number", "9990000018"))
    try network.put(network.care, "plan", plan, ("family", child.description))
    try network.exchangeAll()
    #expect(try network.police.values(plan, "family") == [])
    try network.put(network.care, "child", child, ("name", "Example Child A"))
    try network.exchangeAll()
    #expect(try network.police.values(plan, "family") == [child.description])
  }

  @Test func aReferenceThatWasTakenOutAgainArrivesToo() throws {
    var network = try Network()
    let (child, incident) = (network.id(), network.id())
    try network.put(
      network.police, "incident", incident, ("reference", "AV/1"), ("children", child.description))
    try remove(child, from: incident, &network)
    try network.exchangeAll()
    let waiting = try network.care.replica.log(after: 0).filter { $0.header.record == incident }
    // Police have nothing of the child yet: so its being there, and its removal, wait.
    try network.put(network.police, "child", child, ("name", "NAME-marker"))
    try network.exchangeAll()
    let arrived = try network.care.replica.log(after: 0).filter { $0.header.record == incident }
    #expect(arrived.count == waiting.count + 2)
    #expect(try network.care.values(incident, "children") == [])
  }

  @Test func aReferenceThatWasTakenOutAgainIsTakenBackWithItsTarget() throws {
    var network = try Network()
    let (child, incident) = (network.id(), network.id())
    try network.put(network.police, "child", child, ("name", "NAME-marker"))
    try network.put(
      network.police, "incident", incident, ("reference", "AV/1"), ("children", child.description))
    try network.exchangeAll()
    try remove(child, from: incident, &network)
    try network.exchangeAll()
    #expect(try network.bytes(of: network.care).range(of: child.bytes) != nil)
    try network.put(
      network.police, "restriction", network.id(), ("record", child.description),
      ("kept_from", "care.E08000019"))
    try network.exchangeAll()
    let kept = try network.care.replica.log(after: 0).filter {
      !$0.isErased && $0.opening.bytes.range(of: child.bytes) != nil
    }
    #expect(kept.isEmpty)
  }

  private func remove(
    _ child: RecordID, from incident: RecordID, _ network: inout Network
  ) throws {
    let removal = Edit.Assignment.remove(field: "children", text: child.description)
    _ = try network.police.put(
      [Edit(type: "incident", record: incident, assignments: [removal])],
      using: &network.generator)
  }

  @Test func aSealThatIsLiftedOrMovedLetsTheRecordGoOn() throws {
    var network = try Network()
    let (child, other, seal, incident) = (network.id(), network.id(), network.id(), network.id())
    try network.put(
      network.police, "restriction", seal, ("record", child.description),
      ("kept_from", "school.106982"))
    for (record, name) in [(child, "SEALED-marker"), (other, "OTHER-marker")] {
      try network.put(
        network.police, "child", record, ("name", name), ("school", "school.106982"))
    }
    let adds = [child, other].map { Edit.Assignment.add(field: "children", text: $0.description) }
    _ = try network.police.put(
      [Edit(type: "incident", record: incident, assignments: adds)], using: &network.generator)
    try network.exchangeAll()
    #expect(try network.school.values(child, "name") == [])
    #expect(try !network.holds(network.school, "SEALED-marker"))
    #expect(try network.school.values(incident, "children") == [other.description])

    // It was the wrong child: the seal moves to the other one.
    try network.put(network.police, "restriction", seal, ("record", other.description))
    try network.put(network.police, "child", other, ("name", "LATER-marker"))
    try network.exchangeAll()
    #expect(try network.school.values(child, "name") == ["SEALED-marker"])
    #expect(try network.school.values(incident, "children") == [child.description])
    #expect(try network.school.values(other, "name") == [])
    #expect(try !network.holds(network.school, "LATER-marker"))
  }

  @Test func whoIsKeptAwayIsNotToldSo() throws {
    var network = try Network()
    let (child, seal) = (network.id(), network.id())
    try network.put(network.care, "child", child, ("name", "SEALED-marker"))
    try network.put(
      network.care, "restriction", seal, ("record", child.description),
      ("kept_from", "police.south-yorkshire"))
    try network.exchangeAll()
    #expect(try network.police.values(seal, "record") == [])
    #expect(try network.bytes(of: network.police).range(of: seal.bytes) == nil)
    #expect(try network.bytes(of: network.police).range(of: child.bytes) == nil)
  }

  @Test func aValueThatComesAgainUnderAGrantToPassItOnIsPassedOn() throws {
    var network = try Network(schools: ["school.106982", "school.107010"])
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "NAME-marker"), ("school", "school.106982"))
    // Police hand the child to both; the school holds it under a grant that is not onward.
    try network.exchange(network.police, network.school)
    try network.exchange(network.police, network.care)
    try network.put(network.care, "child", child, ("school", "school.107010"))
    try network.exchange(network.care, network.nodes[3])
    #expect(try network.nodes[3].values(child, "name") == ["NAME-marker"])
  }

  @Test func clocksThatDifferByMinutesLoseNothingAtAnAgreementsBoundary() throws {
    var network = try Network()
    let child = network.id()
    let start = try #require(Instant("2026-09-01T00:00:00Z"))
    let minute: Int64 = 60_000
    network.police.now = start.advanced(byMilliseconds: minute)
    network.care.now = start.advanced(byMilliseconds: -minute)
    try network.put(network.police, "child", child, ("name", "NAME-marker"))
    try network.exchange(network.police, network.care)
    #expect(try network.care.values(child, "name") == ["NAME-marker"])
    #expect(try network.care.replica.quarantine().isEmpty)
  }
}
