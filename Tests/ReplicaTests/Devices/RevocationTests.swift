import Agreements
import Foundation
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// A revocation cuts by the time at which the agency admitted a change.
@Suite struct RevocationTests {
  /// Revokes the laptop's first delegation now.
  private func revoke(_ devices: DeviceNetwork) throws {
    let police = devices.network.police
    let revocation = try devices.car.revocation(serial: 1, at: police.now)
    try police.replica.adopt([revocation], now: police.now)
  }

  @Test func whatWasAdmittedBeforeStaysWhatComesAfterWaitsForAReview() throws {
    var devices = try DeviceNetwork()
    let before = try devices.childOnTheLaptop()
    try devices.settle()
    devices.pass(minutes: 5)
    let after = try devices.childOnTheLaptop()
    // The link still stood while the administrator revoked.
    var link = try #require(
      try SimulatedLink(
        devices.laptop, devices.network.police, generator: devices.network.generator))
    try revoke(devices)
    _ = try link.run()
    try devices.network.exchangeAll()
    #expect(try devices.network.school.values(before, "name") == ["Example Child A"])
    #expect(try devices.network.school.values(after, "name") == [])
    #expect(try devices.network.police.values(after, "name") == [])
    #expect(try devices.reasons(devices.network.police) == ["revoked-device"])

    // Once the administrator has looked at it, it counts everywhere.
    let police = devices.network.police
    let entry = try #require(try police.replica.quarantine().first)
    #expect(entry.isReleasable)
    #expect(
      try police.replica.release(
        entry.id, admittingWith: devices.car.agency.key, now: police.now))
    try devices.network.exchangeAll()
    for node in devices.network.nodes {
      #expect(try node.values(after, "name") == ["Example Child A"], "\(node.name)")
      #expect(try node.replica.quarantine().isEmpty, "\(node.name)")
    }
  }

  @Test func aNewcomerTakesInWhatWasAdmittedBeforeTheRevocation() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    try devices.sync()
    devices.pass(minutes: 5)
    try revoke(devices)
    devices.pass(minutes: 5)
    try devices.network.exchangeAll()
    #expect(try devices.network.school.values(child, "name") == ["Example Child A"])
    #expect(try devices.network.school.replica.quarantine().isEmpty)
  }

  @Test func nothingGoesToARevokedDevice() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    try devices.settle()
    try devices.network.put(devices.network.care, "child", child, ("address", "MARKER"))
    try devices.network.exchangeAll()
    try revoke(devices)
    let police = devices.network.police
    #expect(try police.replica.partnership().keys(of: devices.car.name, at: police.now).isEmpty)
    #expect(try police.replica.deviceCertificates(now: police.now).isEmpty)
    #expect(
      try SimulatedLink(devices.laptop, police, generator: devices.network.generator) == nil)
    #expect(try devices.laptop.values(child, "address") == [])
  }

  @Test func aNewDelegationLetsTheDeviceInAgain() throws {
    var devices = try DeviceNetwork()
    _ = try devices.childOnTheLaptop()
    try devices.settle()
    try revoke(devices)
    devices.pass(minutes: 5)
    let police = devices.network.police
    let child = try devices.childOnTheLaptop()
    let renewed = try devices.car.delegation(serial: 2, from: police.now)
    try police.replica.enrol(
      try devices.car.enrolment(.everything, at: police.now), with: [renewed], now: police.now)
    try devices.settle()
    for node in devices.nodes {
      #expect(try node.values(child, "name") == ["Example Child A"], "\(node.name)")
      #expect(try node.replica.quarantine().isEmpty, "\(node.name)")
    }
  }

  @Test func whatWasSetAsideCountsOnceTheDeviceIsEnrolledAgain() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    var link = try #require(
      try SimulatedLink(
        devices.laptop, devices.network.police, generator: devices.network.generator))
    try revoke(devices)
    devices.pass(minutes: 1)
    _ = try link.run()
    let police = devices.network.police
    #expect(try devices.reasons(police) == ["revoked-device"])
    try police.replica.enrol(
      try devices.car.enrolment(.everything, at: police.now),
      with: [try devices.car.delegation(serial: 2, from: police.now)],
      admittingWith: police.key, now: police.now)
    #expect(try police.replica.quarantine().isEmpty)
    try devices.network.exchangeAll()
    #expect(try devices.network.school.values(child, "name") == ["Example Child A"])
  }

  @Test func anExpiredDelegationAdmitsNothing() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    devices.pass(minutes: 366 * 24 * 60)
    let police = devices.network.police
    #expect(try police.replica.partnership().keys(of: devices.car.name, at: police.now).isEmpty)
    #expect(try police.values(child, "name") == [])
  }

  @Test func ofSeveralRevocationsTheEarliestCountsInAnyOrder() throws {
    let devices = try DeviceNetwork()
    let police = devices.network.police
    let partnership = try police.replica.partnership()
    let early = try devices.car.revocation(serial: 1, at: police.now)
    let late = try devices.car.revocation(
      serial: 1, at: police.now.advanced(byMilliseconds: 60_000))
    for order in [[early, late], [late, early]] {
      var agreed = partnership
      for document in order {
        let hasEffect = agreed.add(device: document)
        #expect(hasEffect)
      }
      #expect(agreed.keys(of: devices.car.name, at: police.now).isEmpty)
      #expect(agreed.devices == Partnership(try police.replica.documents() + order).devices)
    }
  }
}
