import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// What a device writes reaches others by way of its agency, and with the agency's admission.
@Suite struct DeviceExchangeTests {
  @Test func whatADeviceWritesGoesByItsAgencyToTheSchool() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    try devices.sync()
    try devices.network.exchangeAll()
    for node in devices.nodes {
      #expect(try node.values(child, "name") == ["Example Child A"], "\(node.name)")
      #expect(try node.replica.quarantine().isEmpty, "\(node.name)")
    }
    // The author is the agency, whichever of its nodes signed.
    let shown = try devices.network.school.replica.record(child).field("name")
    #expect(shown?.values.map(\.by) == [devices.car.agency.id])
    let history = try devices.network.school.replica.history(of: child)
    #expect(history.map(\.device) == ["car-1"])
  }

  @Test func whatOthersWriteReachesTheDevice() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    try devices.settle()
    try devices.network.put(devices.network.care, "child", child, ("address", "1 Sample Street"))
    try devices.network.put(devices.network.police, "child", child, ("name", "Another name"))
    try devices.settle()
    #expect(try devices.laptop.values(child, "address") == ["1 Sample Street"])
    #expect(try devices.laptop.values(child, "name") == ["Another name"])
    // Nothing goes back and forth for ever, and both sides know the same of their streams.
    try devices.sync()
    let (laptop, police) = (devices.laptop, devices.network.police)
    #expect(try laptop.replica.waiting(for: police.name, now: laptop.now) == 0)
    #expect(try police.replica.waiting(for: laptop.name, now: police.now) == 0)
  }

  @Test func aSchoolsTabletWritesForTheSchool() throws {
    var devices = try DeviceNetwork()
    let tablet = try TestDevice(devices.network.partnership.members[0], "tablet").enrol(
      at: devices.network.school, in: devices.network.folder)
    let child = try devices.childOnTheLaptop()
    try devices.settle()
    try devices.network.exchange(tablet, devices.network.school)
    #expect(try tablet.values(child, "name") == ["Example Child A"])
    try devices.network.put(tablet, "child", child, ("languages", "polish"))
    try devices.network.exchange(tablet, devices.network.school)
    try devices.settle()
    for node in [devices.network.school, devices.network.care] {
      #expect(try node.values(child, "languages") == ["polish"], "\(node.name)")
    }
    // No grant lets the police read it, whichever of the school's nodes wrote it.
    #expect(try devices.network.police.values(child, "languages") == [])
    for node in devices.nodes + [tablet] { #expect(try node.replica.quarantine().isEmpty) }
  }

  @Test func anOlderPeerGetsWhatDevicesWroteOnceItCanReadIt() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    try devices.sync()
    let (police, school) = (devices.network.police, devices.network.school)
    var link = try #require(
      try SimulatedLink(school, police, generator: devices.network.generator))
    _ = try link.run { from, message in
      guard from == 0, case .hello(var hello) = message else { return message }
      hello.minor = 0
      return .hello(hello)
    }
    #expect(try !school.replica.documents().contains { $0.kind == .delegation })
    #expect(try school.values(child, "name") == [])
    try devices.network.exchange(school, police)
    #expect(try school.values(child, "name") == ["Example Child A"])
  }

  @Test func twoDevicesEachHaveAStream() throws {
    var devices = try DeviceNetwork()
    let van = try TestDevice(devices.car.agency, "van-2").enrol(
      at: devices.network.police, in: devices.network.folder)
    let child = try devices.childOnTheLaptop()
    try devices.sync()
    try devices.network.exchange(van, devices.network.police)
    #expect(try van.values(child, "name") == ["Example Child A"])
    // Both write over the same value while neither has heard of the other.
    try devices.network.put(devices.laptop, "child", child, ("name", "From the car"))
    try devices.network.put(van, "child", child, ("name", "From the van"))
    for _ in 0..<2 {
      try devices.sync()
      try devices.network.exchange(van, devices.network.police)
    }
    try devices.settle()
    let both = ["From the car", "From the van"]
    for node in devices.nodes + [van] {
      #expect(try node.values(child, "name").sorted() == both, "\(node.name)")
    }
    #expect(try devices.network.police.replica.conflicts().count == 1)
  }

  @Test func cutConnectionsLoseAndDoubleNothing() throws {
    var devices = try DeviceNetwork()
    var children: [RecordID] = []
    for cut in 1..<12 {
      children.append(try devices.childOnTheLaptop())
      try devices.network.exchange(devices.laptop, devices.network.police, cutAfter: cut)
      try devices.network.exchange(
        devices.network.police, devices.network.school, cutAfter: cut)
    }
    try devices.settle()
    for child in children {
      for node in devices.nodes {
        #expect(try node.values(child, "name") == ["Example Child A"], "\(node.name)")
      }
    }
  }

  @Test func whatADeviceWroteIsPassedOnWithItsAdmission() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    try devices.sync()
    // The school hears of it from social care alone, which may pass it on.
    try devices.network.exchange(devices.network.police, devices.network.care)
    try devices.network.exchange(devices.network.care, devices.network.school)
    #expect(try devices.network.school.values(child, "name") == ["Example Child A"])
    #expect(try devices.network.school.replica.quarantine().isEmpty)
  }

  /// A node as it was when this was called, once its replica has been put back.
  private func backup(_ node: SimulatedNode, _ file: String, _ devices: DeviceNetwork) throws
    -> () throws -> SimulatedNode
  {
    let (folder, now) = (devices.network.folder.path, node.now)
    let (path, copy) = ("\(folder)/\(file).sqlite", "\(folder)/copy-\(file).sqlite")
    try node.replica.checkpoint()
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    return {
      try node.replica.close()
      return SimulatedNode(
        replica: try LocalReplica(path: copy, me: node.name), key: node.key,
        federation: node.federation, now: now)
    }
  }

  @Test func aRestoredDeviceLearnsItsOwnChangesBack() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    try devices.settle()
    let name = devices.laptop.name
    let restore = try backup(devices.laptop, "\(name.agency)-\(name.node)", devices)
    try devices.network.put(devices.laptop, "child", child, ("name", "After the copy"))
    try devices.settle()
    let restored = try restore()
    for _ in 0..<2 { try devices.network.exchange(restored, devices.network.police) }
    #expect(try restored.replica.relearning().isEmpty)
    #expect(try restored.values(child, "name") == ["After the copy"])
    #expect(try restored.replica.quarantine().isEmpty)
  }

  @Test func aRestoredAgencyLearnsFromItsDevicesToo() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    try devices.settle()
    let (care, school) = (devices.network.care, devices.network.school)
    let restore = try backup(
      devices.network.police, "\(devices.network.police.name.agency)", devices)
    try devices.network.put(devices.laptop, "child", child, ("name", "From the car"))
    try devices.network.put(devices.network.police, "child", child, ("address", "1 Sample Street"))
    try devices.sync()
    // The device alone has heard of either.
    let police = try restore()
    try devices.network.exchange(devices.laptop, police)
    #expect(try police.replica.relearning() == [care.name.agency])
    for _ in 0..<2 {
      for other in [care, school, devices.laptop] { try devices.network.exchange(police, other) }
    }
    #expect(try police.replica.relearning().isEmpty)
    for node in [police, care, devices.laptop] {
      #expect(try node.values(child, "name") == ["From the car"], "\(node.name)")
      #expect(try node.values(child, "address") == ["1 Sample Street"], "\(node.name)")
      #expect(try node.replica.quarantine().isEmpty, "\(node.name)")
    }
    #expect(try school.values(child, "name") == ["From the car"])
  }
}
