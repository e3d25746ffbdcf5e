import Agreements
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// What the agency keeps from people is kept from them on its devices too: for that the devices have to know.
@Suite struct DeviceShieldTests {
  /// Labels among which neither a restriction's own nor `internal` is.
  private let little = DeviceScope(labels: ["identity", "address", "notice", "delivery"])

  private func sealed(
    _ record: RecordID, _ devices: inout DeviceNetwork, _ field: String = "address"
  ) throws -> RecordID {
    let seal = devices.network.id()
    try devices.network.put(
      devices.network.police, "restriction", seal, ("record", record.description),
      ("people", "officer"), ("fields", field), ("reason", "SEAL-reason"))
    return seal
  }

  @Test func theDeviceKnowsFromWhomAChildIsKeptWhateverItsRoleSees() throws {
    var devices = try DeviceNetwork(little)
    let child = try devices.childOnTheLaptop()
    try devices.settle()
    let seal = try sealed(child, &devices)
    try devices.settle()
    #expect(try devices.laptop.values(seal, "record") == [child.description])
    #expect(try devices.laptop.values(seal, "people") == ["officer"])
    #expect(try devices.laptop.values(seal, "fields") == ["address"])
    // Why is no matter for the device.
    #expect(try devices.laptop.values(seal, "reason") == [])
    #expect(try devices.network.police.values(seal, "reason") == ["SEAL-reason"])
    // Other agencies hear as little of it as before.
    #expect(try devices.network.care.values(seal, "people") == [])
    for node in devices.nodes { #expect(try node.replica.quarantine().isEmpty, "\(node.name)") }
  }

  @Test func theDeviceHearsThatItIsLifted() throws {
    var devices = try DeviceNetwork(little)
    let child = try devices.childOnTheLaptop()
    try devices.settle()
    let seal = try sealed(child, &devices)
    try devices.settle()
    let lifting = Edit(
      type: "restriction", record: seal, assignments: [.remove(field: "people", text: "officer")])
    _ = try devices.network.police.put([lifting], using: &devices.network.generator)
    try devices.settle()
    #expect(try devices.laptop.values(seal, "people") == [])
  }

  @Test func aRestrictionGoesAsFarAsTheRecordThatItSeals() throws {
    var devices = try DeviceNetwork(DeviceScope(labels: little.labels, caseload: []))
    let child = try devices.childOnTheLaptop()
    try devices.settle()
    // Two references away from the caseload, as a ledger is from its child, and so on the device.
    let (notification, ledger, other) = (
      devices.network.id(), devices.network.id(), devices.network.id()
    )
    let police = devices.network.police
    try devices.network.put(police, "notification", notification, ("child", child.description))
    try devices.network.put(police, "delivery", ledger, ("notification", notification.description))
    try devices.network.put(police, "child", other, ("name", "OTHER-name"))
    let near = try sealed(ledger, &devices, "state")
    let far = try sealed(other, &devices)
    try devices.settle()
    #expect(try devices.laptop.values(ledger, "notification") == [notification.description])
    #expect(try devices.laptop.values(near, "people") == ["officer"])
    // Of a record that is not on the device nothing is said.
    #expect(try devices.laptop.values(far, "people") == [])
    #expect(try devices.laptop.values(far, "record") == [])
  }

  @Test func aRestrictionGoesAheadOfTheRecordThatComesToBelongToTheCaseload() throws {
    var devices = try DeviceNetwork(DeviceScope(labels: ["identity", "family"], caseload: []))
    let child = try devices.childOnTheLaptop()
    let adult = devices.network.id()
    let police = devices.network.police
    try devices.network.put(police, "adult", adult, ("name", "OTHER-name"))
    let seal = try sealed(adult, &devices, "role")
    try devices.sync()
    #expect(try devices.laptop.values(seal, "people") == [])
    let tying = Edit(
      type: "adult", record: adult,
      assignments: [.add(field: "children", text: child.description)])
    _ = try police.put([tying], using: &devices.network.generator)
    // Wherever the connection breaks, nothing of the record is there before the seal is.
    for cut in 1..<8 {
      try devices.network.exchange(devices.laptop, police, cutAfter: cut)
      let isThere = (try? devices.laptop.replica.record(adult)) != nil
      if isThere { #expect(try devices.laptop.values(seal, "people") == ["officer"], "\(cut)") }
    }
    try devices.sync()
    #expect(try devices.laptop.values(adult, "name") == ["OTHER-name"])
    #expect(try devices.laptop.values(seal, "people") == ["officer"])
  }
}
