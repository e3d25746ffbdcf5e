import Foundation
import TestSupport
import Testing

/// Keys that change while three real processes sync: nothing that was written is lost, and who comes late still
/// learns of it.
@Suite(.serialized) struct RotationTests {
  private func keyFacts(_ kind: String, _ partnership: CommandPartnership) throws -> [String: Any] {
    let facts = try partnership.expect("keys", "show", partnership.path(kind), "--json").json()
    return try #require((facts as? [String: Any])?["rotation"] as? [String: Any])
  }

  private func unaware(_ partnership: CommandPartnership) throws -> [String] {
    try #require(try keyFacts("police", partnership)["unaware"] as? [String])
  }

  /// Syncs once the other side listens.
  private func synced(_ path: String) throws {
    try Concord.eventually("somebody answers") { try Concord.run("sync", path).status == 0 }
  }

  private func arrived(
    _ child: String, _ name: String, at kinds: [String], _ partnership: CommandPartnership
  ) throws {
    for kind in kinds {
      try Concord.eventually("\(kind) has \(name)") {
        try partnership.values(kind, child, "name") == [name]
      }
    }
  }

  @Test(arguments: [["--signing-key"], ["--ca"], ["--signing-key", "--ca", "--tls"]])
  func keysChangeDuringASyncWithoutALostChange(_ which: [String]) throws {
    let partnership = try CommandPartnership()
    let (police, care) = (partnership.path("police"), partnership.path("care"))
    for kind in ["police", "care"] { try partnership.start(kind) }
    try partnership.connected("police", to: 1)
    var children: [(id: String, name: String)] = []
    func write(_ round: Int) throws {
      for (kind, node) in [("police", police), ("care", care)] {
        let name = "\(kind) \(round)"
        let id = try partnership.expect(
          "put", node, "child", "name=\(name)", "school=school.106982"
        ).id
        children.append((id, name))
      }
    }
    try write(0)
    let rotated = try Concord.run(["keys", "rotate", police] + which)
    #expect(rotated.status == 0, "\(rotated.error)")
    #expect(rotated.out.contains("Make a backup now"))
    // What runs goes on with the old keys; commands beside it write with the new ones.
    try write(1)
    try Concord.eventually("care knows") { try unaware(partnership) == ["school.106982/agency"] }
    for round in 2..<4 {
      partnership.stop("police")
      try partnership.start("police")
      try write(round)
    }
    try partnership.connected("police", to: 1)
    // The school was away all the time, and is told by what it gets.
    try partnership.start("school")
    for (id, name) in children {
      try arrived(id, name, at: ["police", "care", "school"], partnership)
    }
    try Concord.eventually("all know") { try unaware(partnership).isEmpty }
    // With everybody aware, the new CA's certificate is the one that is shown.
    partnership.stop("police")
    try partnership.start("police")
    try partnership.connected("police", to: 2)
    let last = try partnership.expect("put", police, "child", "name=Last", "school=school.106982")
      .id
    try arrived(last, "Last", at: ["care", "school"], partnership)
    partnership.stop("police")
    let late = try Concord.run(["keys", "rotate", police] + which)
    #expect(late.status == 0, "a second rotation: \(late.error)")
    let again = try Concord.run(["keys", "rotate", police] + which)
    #expect(again.status != 0 && again.error.contains("is not known yet at"), "\(again.error)")
    try partnership.start("police")
    try Concord.eventually("all know again") { try unaware(partnership).isEmpty }
    for kind in ["police", "care", "school"] {
      let aside = try partnership.expect("quarantine", partnership.path(kind), "--json").json()
      #expect((aside as? [Any])?.isEmpty == true)
      #expect(
        try partnership.expect("rebuild", partnership.path(kind)).out.contains("nothing differs"))
    }
  }

  @Test func whoJoinsAfterwardsJudgesByTheNewKeys() throws {
    let partnership = try CommandPartnership()
    let police = partnership.path("police")
    try partnership.expect("keys", "rotate", police, "--signing-key", "--ca")
    let path = partnership.path("late")
    try partnership.expect(
      "init", path, "--agency", "school.107140", "--kind", "school", "--name", "Late School",
      "--listen", "127.0.0.1:0", "--endpoint", "127.0.0.1:1", "--test-clock")
    try Concord.run("card", path).out.write(
      toFile: partnership.path("late.card"), atomically: true, encoding: .utf8)
    try partnership.expect(
      "admit", police, partnership.path("late.card"), "-o", partnership.path("late.deed"))
    try partnership.expect("join", path, partnership.path("late.deed"))
    try partnership.start("police")
    let child = try partnership.expect(
      "put", police, "child", "name=After", "school=school.107140"
    ).id
    try synced(path)
    #expect(try partnership.values("late", child, "name") == ["After"])
  }

  @Test func aDeviceLearnsOfItsAgencysNewKeys() throws {
    let partnership = try CommandPartnership()
    let (police, car) = (partnership.path("police"), partnership.path("car-1"))
    try partnership.expect(
      "device", "init", car, "--agency", "police.south-yorkshire", "--name", "car-1")
    try partnership.expect(
      "device", "enrol", police, "\(car)/device.request", "--role", "officer", "-o",
      partnership.path("enrolment"))
    try partnership.expect("device", "join", car, partnership.path("enrolment"), "--test-clock")
    try partnership.start("police")
    try synced(car)
    try partnership.expect("keys", "rotate", police, "--signing-key", "--ca")
    try synced(car)
    partnership.stop("police")
    try partnership.start("police")
    let child = try partnership.expect("put", car, "child", "name=From the car").id
    try synced(car)
    #expect(try partnership.values("police", child, "name") == ["From the car"])
    // Its certificate is the old CA's until it is renewed.
    try partnership.expect("device", "renew", police, "car-1", "-o", partnership.path("renewed"))
    try synced(car)
    try synced(car)
  }

  @Test func whereNobodyHasToBeToldNothingIsRotated() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/police"
    _ = try Concord.run(
      "init", path, "--agency", "police.avonshire", "--kind", "police", "--name", "Police")
    try Concord.refused("so nobody has to be told", "keys", "rotate", path, "--signing-key")
    let nothing = try Concord.run("keys", "rotate", path)
    #expect(nothing.status == 64 && nothing.error.contains("say which"), "\(nothing.error)")
    let never = try Concord.run("keys", "rotate", path, "--ca", "--days", "0")
    #expect(never.status == 64 && never.error.contains("from 1 to 366"), "\(never.error)")
  }
}
