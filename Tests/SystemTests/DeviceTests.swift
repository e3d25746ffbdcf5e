import Foundation
import TestSupport
import Testing

/// Practitioners' own nodes, as real processes: enrolled with commands, off the network for a while,
/// lost.
@Suite(.serialized) struct DeviceTests {
  private static let police = "police.south-yorkshire"

  /// Makes a device, enrols and joins it, as an administrator types it.
  private func enrol(
    _ name: String, of kind: String, _ agency: String, in partnership: CommandPartnership,
    _ options: String...
  ) throws {
    let path = partnership.path
    try partnership.expect("device", "init", path(name), "--agency", agency, "--name", name)
    try #require(
      Concord.run(
        ["device", "enrol", path(kind), path(name) + "/device.request", "--role", "officer"]
          + options + ["-o", path("\(name).enrolment")]
      ).status == 0)
    try partnership.expect(
      "device", "join", path(name), path("\(name).enrolment"), "--test-clock")
  }

  @Test func whatIsWrittenInTheCarReachesTheSchool() throws {
    let partnership = try CommandPartnership()
    try enrol("car-1", of: "police", Self.police, in: partnership)
    let car = partnership.path("car-1")
    // On a home visit, without a network.
    let child = try partnership.expect(
      "put", car, "child", "name=From the car", "school=school.106982"
    ).id
    let alone = try Concord.run("sync", car)
    #expect(alone.status == 1 && alone.error.contains("nobody listens there"), "\(alone.error)")
    for kind in ["police", "school"] { try partnership.start(kind) }
    try partnership.connected("school", to: 1)
    let sync = try partnership.expect("sync", car)
    #expect(sync.out.contains("\(Self.police): in step, 1 sent"), "\(sync.out)")
    try Concord.eventually("the school has it") {
      try partnership.values("school", child, "name") == ["From the car"]
    }
    for kind in ["police", "school"] {
      let aside = try partnership.expect("quarantine", partnership.path(kind), "--json").json()
      #expect((aside as? [Any])?.isEmpty == true)
    }
    // While the device runs, what the agency writes comes by itself.
    try partnership.start("car-1")
    try partnership.connected("car-1", to: 1)
    let other = try partnership.expect(
      "put", partnership.path("police"), "child", "name=From the station"
    ).id
    try Concord.eventually("the car has it") {
      try partnership.values("car-1", other, "name") == ["From the station"]
    }
    let status = try partnership.expect("status", partnership.path("police"), "--json").json()
    let devices = (status as? [String: Any])?["devices"] as? [[String: Any]]
    #expect(devices?.first?["device"] as? String == "car-1")
    #expect(devices?.first?["connected"] as? Bool == true)
    partnership.stop("car-1")
    let verified = try partnership.expect("verify", car, "--peer", Self.police, "--json").json()
    #expect((verified as? [String: Any])?["equal"] as? Bool == true)
    #expect(try partnership.expect("rebuild", car).out.contains("nothing differs"))
  }

  @Test func aDeviceDealsWithItsOwnAgencyAlone() throws {
    let partnership = try CommandPartnership()
    try enrol("visit-1", of: "care", "care.E08000019", in: partnership)
    try partnership.start("police")
    let device = partnership.path("visit-1")
    let card = try String(contentsOfFile: partnership.path("police.card"), encoding: .utf8)
    let port = try #require(card.firstMatch(of: /127\.0\.0\.1:(\d+)/)?.output.1)
    let text = try String(contentsOfFile: "\(device)/concord.yaml", encoding: .utf8)
    try text.replacing(/endpoint: .*/, with: "endpoint: '127.0.0.1:\(port)'").write(
      toFile: "\(device)/concord.yaml", atomically: true, encoding: .utf8)
    let child = try partnership.expect("put", device, "child", "name=Not for the police").id
    try Concord.eventually("the police answer, and are not who is wanted") {
      let output = try Concord.run("sync", device)
      return output.status == 1 && output.error.contains("not from a CA that is pinned here")
    }
    #expect(try Concord.run("get", partnership.path("police"), child).status == 1)
    let refused = try Concord.run("sync", device, "--peer", Self.police)
    #expect(refused.status == 1 && refused.error.contains("is no peer"), "\(refused.error)")
  }

  @Test func aRevokedDeviceIsLetInNoMore() throws {
    let partnership = try CommandPartnership()
    try enrol("car-1", of: "police", Self.police, in: partnership)
    let (car, police) = (partnership.path("car-1"), partnership.path("police"))
    for kind in ["police", "school"] { try partnership.start(kind) }
    try partnership.connected("school", to: 1)
    let before = try partnership.expect(
      "put", car, "child", "name=Before", "school=school.106982"
    ).id
    try partnership.expect("sync", car)
    try Concord.eventually("the school has it") {
      try partnership.values("school", before, "name") == ["Before"]
    }
    for kind in ["police", "school"] { partnership.stop(kind) }
    let later = "2027-05-04T11:00:00Z"
    let revoked = try Concord.run("device", "revoke", police, "car-1", now: later)
    #expect(revoked.status == 0 && revoked.out.contains("counts no more"), "\(revoked.error)")
    let after = "2027-05-04T12:00:00Z"
    for kind in ["police", "school"] { try partnership.start(kind, now: after) }
    let written = try Concord.run(
      "put", car, "child", "name=After", "school=school.106982", now: after)
    try Concord.eventually("the police answer, and let nobody in") {
      let output = try Concord.run("sync", car, now: after)
      return output.status == 1 && output.error.contains("does not let this device in")
    }
    let log = try String(contentsOfFile: partnership.path("police.log"), encoding: .utf8)
    #expect(log.contains("\(Self.police)/car-1 is not let in: it was revoked"), "\(log)")
    for kind in ["police", "school"] {
      #expect(try Concord.run("get", partnership.path(kind), written.id).status == 1)
      #expect(try partnership.values(kind, before, "name") == ["Before"])
    }
    let list = try Concord.run("device", "list", police, "--json", now: after).json()
    #expect((list as? [[String: Any]])?.first?["state"] as? String == "revoked")
  }

  @Test func whoFindsALostDeviceOpensNothing() throws {
    let partnership = try CommandPartnership()
    let (car, key) = (partnership.path("car-1"), partnership.path("car.key"))
    try Data((0..<32).map { _ in UInt8.random(in: .min ... .max) }).write(
      to: URL(fileURLWithPath: key))
    chmod(key, 0o600)
    try enrol("car-1", of: "police", Self.police, in: partnership)
    try partnership.expect("keys", "seal", car, "--key-file", key)
    let child = try partnership.expect("put", car, "child", "name=Unread-marker").id
    #expect(try partnership.values("car-1", child, "name") == ["Unread-marker"])
    // Whoever finds it has the disk and not the key.
    try FileManager.default.removeItem(atPath: key)
    for command in [["list", car, "child"], ["get", car, child], ["sync", car], ["run", car]] {
      let output = try Concord.run(command)
      #expect(output.status != 0 && !output.out.contains("Unread-marker"), "\(command)")
    }
    let files = try #require(FileManager.default.enumerator(atPath: car))
    for case let name as String in files {
      let bytes = FileManager.default.contents(atPath: "\(car)/\(name)") ?? Data()
      #expect(bytes.range(of: Data("Unread-marker".utf8)) == nil, "\(name)")
    }
  }

  @Test func theCaseloadIsWhatTheDeviceHolds() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    let mine = try partnership.expect("put", police, "child", "name=Mine").id
    let other = try partnership.expect("put", police, "child", "name=Other-marker").id
    try enrol("car-1", of: "police", Self.police, in: partnership, "--caseload", mine)
    let car = partnership.path("car-1")
    try partnership.start("police")
    try Concord.eventually("the car is in step") { try Concord.run("sync", car).status == 0 }
    #expect(try partnership.values("car-1", mine, "name") == ["Mine"])
    #expect(try !partnership.holds("car-1", "Other-marker"))
    try partnership.expect("device", "scope", police, "car-1", "--all-records")
    try partnership.expect("sync", car)
    #expect(try partnership.values("car-1", other, "name") == ["Other-marker"])
    try partnership.expect("device", "scope", police, "car-1", "--caseload", mine)
    try partnership.expect("sync", car)
    #expect(try Concord.run("get", car, other).status == 1)
    #expect(try partnership.values("car-1", mine, "name") == ["Mine"])
  }

  @Test func whatIsWrongIsSaidInOneLine() throws {
    let partnership = try CommandPartnership()
    let path = partnership.path
    try enrol("car-1", of: "police", Self.police, in: partnership)
    try partnership.expect(
      "device", "init", path("new"), "--agency", Self.police, "--name", "car-2")
    try partnership.expect(
      "device", "init", path("twin"), "--agency", Self.police, "--name", "car-1")
    let (request, police) = (path("new") + "/device.request", path("police"))
    func enrolling(_ folder: String, _ request: String, _ options: String...) -> [String] {
      ["device", "enrol", folder, request, "--role", "officer", "-o", path("file")] + options
    }
    let cases: [(arguments: [String], words: String)] = [
      (["status", path("new")], "is not enrolled yet"),
      (enrolling(path("care"), request), "is for a device of \(Self.police)"),
      (enrolling(police, path("care.card")), "expected a device's request"),
      (enrolling(police, path("twin") + "/device.request"), "choose another name"),
      (enrolling(police, request, "--sees", "idnetity"), "no field has the label idnetity"),
      (
        enrolling(police, request, "--caseload", "11111111-1111-4111-8111-111111111111"),
        "no record 11111111-1111-4111-8111-111111111111 here"
      ),
      (enrolling(path("car-1"), request), "is a device: this is done at the agency's own node"),
      (["card", path("car-1")], "is a device"),
      (["device", "list", path("car-1")], "is a device"),
      (["device", "join", path("new"), path("car-1.enrolment")], "is for \(Self.police)/car-1"),
      (["device", "join", path("twin"), path("car-1.enrolment")], "is for other keys"),
      (["device", "join", police, path("car-1.enrolment")], "concord device init"),
      (["device", "join", path("new"), path("care.card")], "expected an enrolment"),
      (["device", "revoke", police, "car-9"], "has no device car-9: it has car-1"),
      (["device", "scope", police, "car-9", "--no-records"], "has no device car-9"),
    ]
    for (arguments, words) in cases {
      let output = try Concord.run(arguments)
      #expect(output.status == 1, "\(arguments)")
      #expect(output.error.contains(words), "\(arguments): \(output.error)")
      #expect(output.error.split(separator: "\n").count == 1, "\(output.error)")
    }
    #expect(!FileManager.default.fileExists(atPath: path("file")))
    // An agency that is a party to nothing has nobody who could judge a device's changes.
    try partnership.expect(
      "init", path("lone"), "--agency", "police.lone", "--kind", "police", "--name", "Lone")
    try partnership.expect(
      "device", "init", path("laptop"), "--agency", "police.lone", "--name", "car-1")
    let lone = try Concord.run(enrolling(path("lone"), path("laptop") + "/device.request"))
    #expect(lone.status == 1 && lone.error.contains("a party to no agreement"), "\(lone.error)")
  }

  @Test func aDeviceIsRenewedOverItsLinkAndWarnedAboutBefore() throws {
    let partnership = try CommandPartnership()
    let (police, car) = (partnership.path("police"), partnership.path("car-1"))
    func warnings(_ node: String) throws -> String { try partnership.expect("status", node).out }
    try enrol("car-1", of: "police", Self.police, in: partnership, "--days", "20")
    #expect(try warnings(police).contains("Warning: the key of device car-1 expires on 2027-05-24"))
    #expect(try warnings(car).contains("Warning: this device's certificate expires on"))
    try partnership.start("police")
    try partnership.connected("police", to: 0)
    try partnership.expect("device", "renew", police, "car-1", "--days", "400")
    #expect(!(try warnings(police).contains("car-1 expires")))
    // It still connects with the certificate that it has, and so hears of the new one.
    try partnership.expect("sync", car)
    #expect(!(try warnings(car).contains("expires on")))
    try partnership.expect("put", car, "child", "name=From the car")
    let sync = try partnership.expect("sync", car)
    #expect(sync.out.contains("in step, 1 sent"), "\(sync.out)")
    try partnership.expect("device", "revoke", police, "car-1")
    try Concord.refused("car-1 was revoked at", "device", "renew", police, "car-1")
    #expect(try Concord.run("sync", car).status == 1)
  }
}
