import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// A device holds what its role sees, of its caseload, and no more.
@Suite struct DeviceScopeTests {
  /// Two children, each with an incident, at the police.
  private func cases(_ devices: inout DeviceNetwork) throws -> (mine: RecordID, other: RecordID) {
    let (mine, other) = (devices.network.id(), devices.network.id())
    for (child, text) in [(mine, "MINE"), (other, "OTHER")] {
      let incident = devices.network.id()
      try devices.network.put(
        devices.network.police, "child", child, ("name", "\(text)-name"),
        ("address", "\(text)-address"), ("school", "school.106982"))
      try devices.network.put(
        devices.network.police, "incident", incident, ("children", child.description),
        ("circumstances", "\(text)-circumstances"), ("reference", "\(text)-reference"))
    }
    return (mine, other)
  }

  private func holds(_ devices: DeviceNetwork, _ text: String) throws -> Bool {
    let name = devices.laptop.name
    let files = try FileManager.default.contentsOfDirectory(atPath: devices.network.folder.path)
      .filter { $0.hasPrefix("\(name.agency)-\(name.node).sqlite") }
    #expect(!files.isEmpty)
    return try files.contains { file in
      try Data(contentsOf: URL(fileURLWithPath: "\(devices.network.folder.path)/\(file)"))
        .range(of: Data(text.utf8)) != nil
    }
  }

  /// Sets the scope anew, a moment later.
  private func set(_ scope: DeviceScope, _ devices: DeviceNetwork) throws {
    devices.pass(minutes: 1)
    let police = devices.network.police
    try police.replica.enrol(
      try devices.car.enrolment(scope, at: police.now), with: [], now: police.now)
  }

  @Test func onlyLabelsThatTheRoleSeesGoToTheDevice() throws {
    var devices = try DeviceNetwork(DeviceScope(labels: ["identity", "enrolment", "notice"]))
    let (mine, _) = try cases(&devices)
    try devices.settle()
    #expect(try devices.laptop.values(mine, "name") == ["MINE-name"])
    #expect(try holds(devices, "MINE-reference"))
    for text in ["MINE-address", "MINE-circumstances"] {
      #expect(try !holds(devices, text), "\(text)")
    }
  }

  @Test func onlyTheCaseloadAndWhatBelongsToItGoesToTheDevice() throws {
    var devices = try DeviceNetwork(DeviceScope(caseload: []))
    let (mine, other) = try cases(&devices)
    try devices.settle()
    #expect(try !holds(devices, "MINE"))
    try set(DeviceScope(caseload: [mine]), devices)
    try devices.settle()
    for text in ["MINE-name", "MINE-address", "MINE-circumstances", "MINE-reference"] {
      #expect(try holds(devices, text), "\(text)")
    }
    #expect(try !holds(devices, "OTHER"))
    #expect(throws: ReplicaError.self) { try devices.laptop.replica.record(other) }
    let police = devices.network.police
    for (record, field, rule) in [
      (mine, "name", "own-device"), (mine, "languages", "own-device"),
      (other, "name", "outside-caseload"),
    ] {
      let explained = try police.replica.explain(
        record, field, for: devices.laptop.name, now: police.now)
      #expect(explained.decision.ruleName == rule)
    }
  }

  @Test func aSiblingOutsideTheCaseloadIsNotMentioned() throws {
    var devices = try DeviceNetwork(DeviceScope(caseload: []))
    let (mine, other) = try cases(&devices)
    let both = devices.network.id()
    let assignments = [mine, other].map {
      Edit.Assignment.add(field: "children", text: $0.description)
    }
    _ = try devices.network.police.put(
      [
        Edit(
          type: "incident", record: both,
          assignments: assignments + [.set(field: "reference", text: "BOTH")])
      ], using: &devices.network.generator)
    try set(DeviceScope(caseload: [mine]), devices)
    try devices.settle()
    #expect(try devices.laptop.values(both, "reference") == ["BOTH"])
    #expect(try devices.laptop.values(both, "children") == [mine.description])
  }

  @Test func whatIsOutOfScopeIsTakenBackAndConfirmed() throws {
    var devices = try DeviceNetwork()
    let (mine, other) = try cases(&devices)
    try devices.settle()
    #expect(try devices.laptop.values(other, "name") == ["OTHER-name"])
    try set(DeviceScope(caseload: [mine]), devices)
    try devices.settle()
    try devices.laptop.replica.checkpoint()
    #expect(try !holds(devices, "OTHER"))
    #expect(try devices.laptop.values(mine, "name") == ["MINE-name"])
    let taken = try devices.network.police.replica.retractions(from: devices.laptop.name)
    #expect(!taken.isEmpty && taken.allSatisfy { $0.outcome == .erased })
    // Nothing of it was lost elsewhere, and with the wider scope it comes again.
    #expect(try devices.network.police.values(other, "name") == ["OTHER-name"])
    #expect(try devices.network.school.values(other, "name") == ["OTHER-name"])
    try set(.everything, devices)
    try devices.settle()
    #expect(try devices.laptop.values(other, "name") == ["OTHER-name"])
  }

  @Test func whatTheDeviceWroteStaysWithIt() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    try devices.settle()
    try devices.network.put(devices.network.care, "child", child, ("address", "CARE-address"))
    try devices.settle()
    #expect(try devices.laptop.values(child, "address") == ["CARE-address"])
    try set(DeviceScope(caseload: []), devices)
    try devices.settle()
    #expect(try devices.laptop.values(child, "name") == ["Example Child A"])
    #expect(try devices.laptop.values(child, "address") == [])
  }

  @Test func whatTheDeviceBeginsIsOfItsCaseload() throws {
    var devices = try DeviceNetwork(DeviceScope(caseload: []))
    let (_, other) = try cases(&devices)
    let child = try devices.childOnTheLaptop()
    try devices.settle()
    try devices.network.put(devices.network.care, "child", child, ("address", "1 Sample Street"))
    // Nobody gets a record by writing to it.
    try devices.network.put(devices.laptop, "child", other, ("address", "9 Sample Street"))
    try devices.settle()
    #expect(try devices.laptop.values(child, "address") == ["1 Sample Street"])
    #expect(try devices.laptop.values(other, "name") == [])
    #expect(try !holds(devices, "OTHER"))
    let police = devices.network.police
    let known = try police.replica.devices(now: police.now)
    #expect(known.map(\.scope.caseload) == [[child]])
  }

  @Test func whatComesToBelongToTheCaseloadGoesToTheDevice() throws {
    var devices = try DeviceNetwork(DeviceScope(caseload: []))
    let (mine, _) = try cases(&devices)
    try set(DeviceScope(caseload: [mine]), devices)
    let later = devices.network.id()
    try devices.network.put(devices.network.police, "incident", later, ("reference", "LATER"))
    try devices.settle()
    #expect(try devices.laptop.values(later, "reference") == [])
    try devices.network.put(
      devices.network.police, "incident", later, ("children", mine.description))
    try devices.settle()
    #expect(try devices.laptop.values(later, "reference") == ["LATER"])
    for node in devices.nodes { #expect(try !node.replica.rebuild().isMended, "\(node.name)") }
  }

  @Test func theDeviceHearsOfItsOwnScopeAndNobodyElse() throws {
    var devices = try DeviceNetwork()
    let (mine, _) = try cases(&devices)
    try set(DeviceScope(labels: ["identity"], caseload: [mine]), devices)
    try devices.settle()
    let told = try #require(try devices.laptop.replica.enrolment(of: devices.laptop.name))
    #expect(told.terms.scope == DeviceScope(labels: ["identity"], caseload: [mine]))
    for node in [devices.network.care, devices.network.school] {
      let kinds = try node.replica.documents().map(\.kind)
      #expect(!kinds.contains(.enrolment) && kinds.contains(.delegation))
      #expect(try !devices.network.holds(node, "response-officer"))
    }
  }
}
