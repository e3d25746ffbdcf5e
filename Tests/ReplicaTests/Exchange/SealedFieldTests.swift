import Agreements
import Foundation
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// Restrictions that seal some fields of a record, and let the others flow.
@Suite struct SealedFieldTests {
  /// Seals fields of a child from social care.
  private func seal(
    _ network: inout Network, _ seal: RecordID, _ record: RecordID?, _ fields: [String],
    from agency: String = "care.E08000019"
  ) throws {
    var assignments = fields.map { Edit.Assignment.add(field: "fields", text: $0) }
    if let record { assignments.append(.set(field: "record", text: record.description)) }
    assignments.append(.add(field: "kept_from", text: agency))
    _ = try network.police.put(
      [Edit(type: "restriction", record: seal, assignments: assignments)],
      using: &network.generator)
  }

  @Test func aSealedFieldStaysAndTheOthersGo() throws {
    var network = try Network()
    let (child, restriction) = (network.id(), network.id())
    try seal(&network, restriction, child, ["address"])
    try network.put(
      network.police, "child", child, ("name", "NAME-marker"), ("address", "ADDRESS-marker"),
      ("school", "school.106982"))
    try network.exchangeAll()
    #expect(try network.care.values(child, "name") == ["NAME-marker"])
    #expect(try network.care.values(child, "address") == [])
    for secret in ["ADDRESS-marker", "restriction.fields"] {
      #expect(try !network.holds(network.care, secret))
    }
    // It never hears that something is sealed from it.
    #expect(try network.bytes(of: network.care).range(of: restriction.bytes) == nil)
    for (field, rule) in [("address", "restricted"), ("name", "care-child")] {
      let explanation = try network.police.replica.explain(
        child, field, for: network.care.name.agency, now: network.police.now)
      #expect(explanation.decision.ruleName == rule)
    }
    #expect(try network.school.values(child, "name") == ["NAME-marker"])
    let before = try network.police.replica.derivedDigest()
    _ = try network.police.replica.rebuild()
    #expect(try network.police.replica.derivedDigest() == before)
  }

  @Test func aFieldThatIsNoLongerSealedGoes() throws {
    var network = try Network()
    let (child, restriction) = (network.id(), network.id())
    try network.put(
      network.police, "child", child, ("name", "NAME-marker"), ("address", "ADDRESS-marker"),
      ("date_of_birth", "2016-02-29"))
    try seal(&network, restriction, child, ["address", "date_of_birth"])
    try network.exchangeAll()
    #expect(try network.care.values(child, "name") == ["NAME-marker"])
    #expect(try network.care.values(child, "date_of_birth") == [])
    _ = try network.police.put(
      [
        Edit(
          type: "restriction", record: restriction,
          assignments: [.remove(field: "fields", text: "date_of_birth")])
      ], using: &network.generator)
    try network.exchangeAll()
    #expect(try network.care.values(child, "date_of_birth") == ["2016-02-29"])
    #expect(try !network.holds(network.care, "ADDRESS-marker"))
    // The last field taken off: then it is the whole record, never nothing.
    _ = try network.police.put(
      [
        Edit(
          type: "restriction", record: restriction,
          assignments: [.remove(field: "fields", text: "address")])
      ], using: &network.generator)
    try network.put(network.police, "child", child, ("name", "NEXT-marker"))
    try network.exchangeAll()
    #expect(try !network.holds(network.care, "NEXT-marker"))
    _ = try network.police.put(
      [Edit(type: "restriction", record: restriction, assignments: [.clear(field: "kept_from")])],
      using: &network.generator)
    try network.exchangeAll()
    #expect(try network.care.values(child, "name") == ["NEXT-marker"])
    #expect(try network.care.values(child, "address") == ["ADDRESS-marker"])
  }

  @Test func aSealThatMovesToAnotherRecordFreesTheFirst() throws {
    var network = try Network()
    let (child, other, restriction) = (network.id(), network.id(), network.id())
    try seal(&network, restriction, child, ["address"])
    for (record, address) in [(child, "FIRST-marker"), (other, "OTHER-marker")] {
      try network.put(network.police, "child", record, ("name", "A name"), ("address", address))
    }
    try network.put(
      network.police, "restriction", restriction, ("record", other.description))
    try network.exchangeAll()
    #expect(try network.care.values(child, "address") == ["FIRST-marker"])
    #expect(try network.care.values(other, "address") == [])
    #expect(try network.care.values(other, "name") == ["A name"])
    #expect(try !network.holds(network.care, "OTHER-marker"))
  }

  @Test func aSealThatComesBeforeItsRecordHoldsFromTheFirstByte() throws {
    var network = try Network()
    let (child, restriction) = (network.id(), network.id())
    // Care passes on what police wrote; it has the seal before it has the child.
    try seal(&network, restriction, child, ["name"], from: "school.106982")
    try network.exchange(network.police, network.care)
    try network.put(
      network.police, "child", child, ("name", "NAME-marker"), ("date_of_birth", "2016-02-29"),
      ("school", "school.106982"))
    try network.exchange(network.police, network.care)
    try network.exchange(network.care, network.school)
    #expect(try network.school.values(child, "date_of_birth") == ["2016-02-29"])
    #expect(try !network.holds(network.school, "NAME-marker"))
  }

  @Test func aMisspeltFieldIsRefusedRatherThanSealingNothing() throws {
    var network = try Network()
    let (child, restriction) = (network.id(), network.id())
    #expect(throws: ReplicaError.self) {
      try seal(&network, restriction, child, ["adress"])
    }
    try network.put(network.police, "child", child, ("name", "A name"))
    // `reference` is a field, but not one of a child.
    let error = try #require(throws: ReplicaError.self) {
      try seal(&network, restriction, child, ["reference"])
    }
    #expect(error.description.contains("child has no field reference"))
    try seal(&network, restriction, child, ["address"])
    #expect(throws: ReplicaError.self) { try seal(&network, restriction, nil, ["reference"]) }
  }
}
