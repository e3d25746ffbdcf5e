import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// What a device signed counts where its agency vouches for key and change, and nowhere else.
@Suite struct DeviceRefusalTests {
  /// A change of a child by a device, as the police would share it with the school.
  private func entry(
    _ devices: inout DeviceNetwork, by key: SigningKey,
    admitted: (ChangeID, TestDevice) throws -> Admission?
  ) throws -> Entry {
    let partnership = try devices.network.police.replica.partnership()
    let term = try #require(partnership.terms(at: TestPartnership.now).first)
    let draft = ChangeDraft(
      lineage: term.agreement.lineage, agreement: term.agreement.digest, recordType: "child",
      record: devices.network.id(), author: devices.car.agency.id,
      time: HLC(milliseconds: TestPartnership.now.milliseconds, counter: 7),
      writes: [.set("name", to: .text("MARKER"), over: [:])])
    let authored = try AuthoredChange(draft, key: key.id, using: &devices.network.generator)
    let change = DisclosedChange(
      header: authored.header, proof: try authored.signed(by: key), openings: authored.openings)
    let shared = SharedChange(
      change: change, agreement: term.agreement.digest,
      justifications: [SharedChange.Justification(grant: "school-notice", route: nil)],
      admission: try admitted(authored.header.id, devices.car))
    return .change(try #require(shared))
  }

  /// Sends an entry to the school as the police, which has told it of its devices.
  private func isRefused(
    _ entry: Entry, _ devices: inout DeviceNetwork, as reason: String
  ) throws {
    try devices.network.exchange(devices.network.police, devices.network.school)
    var police = try HostilePeer(
      named: devices.network.police.name, key: devices.car.agency.key,
      against: devices.network.school, generator: SeededGenerator(seed: 99))
    try police.send([entry])
    #expect(police.failure == nil)
    #expect(police.refusals.map(\.reason) == [reason])
    #expect(try devices.reasons(devices.network.school) == [reason])
    #expect(try devices.network.school.replica.records(ofType: "child").isEmpty)
  }

  @Test func withoutAnAdmissionItIsSetAside() throws {
    var devices = try DeviceNetwork()
    let entry = try entry(&devices, by: devices.car.key) { _, _ in nil }
    try isRefused(entry, &devices, as: "not-admitted")
    #expect(try !devices.network.holds(devices.network.school, "MARKER"))
  }

  @Test func anAdmissionByAnotherKeyIsNone() throws {
    var devices = try DeviceNetwork()
    let entry = try entry(&devices, by: devices.car.key) { change, car in
      try Admission(of: change, at: TestPartnership.now, signedBy: car.key)
    }
    try isRefused(entry, &devices, as: "not-admitted")
  }

  @Test func anAdmissionOfAnotherChangeIsNone() throws {
    var devices = try DeviceNetwork()
    let entry = try entry(&devices, by: devices.car.key) { _, car in
      let other = try #require(ChangeID(Data(repeating: 1, count: 32)))
      return try Admission(of: other, at: TestPartnership.now, signedBy: car.agency.key)
    }
    try isRefused(entry, &devices, as: "not-admitted")
  }

  @Test func aKeyThatNobodyDelegatedIsAnybodys() throws {
    var devices = try DeviceNetwork()
    let entry = try entry(&devices, by: SigningKey()) { _, _ in nil }
    try isRefused(entry, &devices, as: "bad-signature")
  }

  @Test func beforeTheDelegationHasComeItWaits() throws {
    var devices = try DeviceNetwork()
    let van = TestDevice(devices.car.agency, "van-2")
    let entry = try entry(&devices, by: van.key) { change, car in
      try Admission(of: change, at: TestPartnership.now, signedBy: car.agency.key)
    }
    try isRefused(entry, &devices, as: "unknown-device")
    let delegation = try van.delegation(serial: 2)
    try devices.network.school.replica.adopt([delegation], now: TestPartnership.now)
    #expect(try devices.network.school.replica.records(ofType: "child").count == 1)
    #expect(try devices.network.school.replica.quarantine().isEmpty)
  }

  @Test func anAdmissionOutsideTheDelegationsTimeDoesNotCount() throws {
    for shift: Int64 in [-60_000, 365 * 86_400_000] {
      var devices = try DeviceNetwork()
      let entry = try entry(&devices, by: devices.car.key) { change, car in
        try Admission(
          of: change, at: TestPartnership.now.advanced(byMilliseconds: shift),
          signedBy: car.agency.key)
      }
      try isRefused(entry, &devices, as: "revoked-device")
    }
  }

  @Test func aDelegationThatItsAgencyDidNotSignHasNoEffect() throws {
    let devices = try DeviceNetwork()
    let van = TestDevice(devices.car.agency, "van-2")
    let forged = try Delegation.document(
      Delegation.Terms(
        node: van.name, key: van.key.publicKey, serial: 2, from: TestPartnership.now,
        until: TestPartnership.now.advanced(byMilliseconds: 1000)),
      key: devices.network.care.key)
    #expect(throws: ReplicaError.self) {
      try devices.network.school.replica.adopt([forged], now: TestPartnership.now)
    }
  }

  @Test func whatTheAgencyMayNotHaveDoesNotComeByItsDevice() throws {
    var devices = try DeviceNetwork()
    // Written by the school under its own grants, and not for the police.
    let school = devices.network.school
    let partnership = try school.replica.partnership()
    let term = try #require(partnership.terms(at: school.now).first)
    let draft = ChangeDraft(
      lineage: term.agreement.lineage, agreement: term.agreement.digest, recordType: "child",
      record: devices.network.id(), author: school.name.agency,
      time: HLC(milliseconds: school.now.milliseconds, counter: 7),
      writes: [.add(.term("MARKER"), to: "languages")])
    let authored = try AuthoredChange(
      draft, key: school.key.id, using: &devices.network.generator)
    let shared = SharedChange(
      change: DisclosedChange(
        header: authored.header, proof: try authored.signed(by: school.key),
        openings: authored.openings), agreement: term.agreement.digest,
      justifications: [SharedChange.Justification(grant: "own-device", route: nil)])
    var car = try HostilePeer(
      named: devices.car.name, key: devices.car.key, against: devices.network.police,
      generator: devices.network.generator)
    try car.send([.change(try #require(shared))])
    #expect(try devices.reasons(devices.network.police) == ["not-permitted"])
    #expect(try !devices.network.holds(devices.network.police, "MARKER"))
  }

  @Test func aDeviceTakesNothingFromItsAgency() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    try devices.settle()
    let writes = try devices.network.police.replica.history(of: child).flatMap(\.writes).map(
      \.write)
    var car = try HostilePeer(
      named: devices.car.name, key: devices.car.key, against: devices.network.police,
      generator: SeededGenerator(seed: 99))
    try car.send([.retraction(Retraction(writes: writes, reason: "erased"))])
    #expect(car.failure == nil)
    for node in devices.network.nodes {
      #expect(try node.values(child, "name") == ["Example Child A"], "\(node.name)")
    }
  }

  @Test func anAgencyThatDelegatesWithoutEndFillsUpItsOwnRoom() throws {
    let devices = try DeviceNetwork()
    let care = devices.network.partnership.principals[1]
    let device = TestDevice(care, "visit-1")
    var peer = try HostilePeer(
      named: devices.network.care.name, key: care.key, against: devices.network.police,
      generator: devices.network.generator)
    let more = Limits.Storage.deviceDocuments + 10
    for start in stride(from: 1, through: more, by: 512) {
      let batch = try (start..<min(start + 512, more + 1)).map {
        Entry.document(try device.delegation(serial: $0))
      }
      try peer.send(batch)
    }
    #expect(peer.failure == nil)
    let police = devices.network.police
    let known = try police.replica.partnership().devices
    #expect(known[care.id]?.delegations.count == Limits.Storage.deviceDocuments)
    let delegation = try devices.car.delegation(serial: 9)
    try police.replica.adopt([delegation], now: police.now)
    #expect(try police.replica.partnership().devices[devices.car.agency.id]?.nextSerial == 10)
  }

  @Test func aDeviceGivesNothingButItsOwn() throws {
    var devices = try DeviceNetwork()
    // Signed with the key of another device of the same agency.
    let van = TestDevice(devices.car.agency, "van-2")
    let delegation = try van.delegation(serial: 2)
    try devices.network.police.replica.adopt([delegation], now: TestPartnership.now)
    let entry = try entry(&devices, by: van.key) { _, _ in nil }
    var car = try HostilePeer(
      named: devices.car.name, key: devices.car.key, against: devices.network.police,
      generator: devices.network.generator)
    try car.send([entry, .document(try van.revocation(serial: 2, at: TestPartnership.now))])
    #expect(car.failure == nil)
    #expect(try devices.reasons(devices.network.police) == ["not-admitted"])
  }
}
