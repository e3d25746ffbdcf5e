import Foundation
import TestSupport
import Testing

/// A child who goes to school in another force's area: told through that force, as processes.
@Suite(.serialized) struct TwoForcesTests {
  private static let school = "school.107809"
  private static let night = "2027-05-01T21:45:00Z"

  /// South Yorkshire's partnership, West Yorkshire's, and the agreement between the two forces.
  private func forces() throws -> (here: CommandPartnership, there: CommandPartnership) {
    let here = try CommandPartnership()
    let there = try CommandPartnership(
      principals: [("police", "police.west-yorkshire"), ("care", "care.E08000035")],
      members: [("school", Self.school)])
    let template = repositoryRoot.appendingPathComponent("Protocol/agreements/cross-border.yaml")
    let agreement = here.path("border")
    try here.expect(
      "agreement", "draft", template.path, "--card", here.path("police.card"), "--card",
      there.path("police.card"), "-o", agreement)
    for step in ["sign", "adopt"] {
      for partnership in [here, there] {
        try partnership.expect("agreement", step, partnership.path("police"), agreement)
      }
    }
    return (here, there)
  }

  private func takeLists(_ partnership: CommandPartnership) throws {
    let data = repositoryRoot.appendingPathComponent("Protocol/data")
    for name in ["gias-establishments", "gias-links"] {
      let unpack = Process()
      unpack.executableURL = URL(fileURLWithPath: "/bin/sh")
      unpack.arguments = [
        "-c", "gzip -dc '\(data.path)/\(name).csv.gz' > '\(partnership.path(name))'",
      ]
      try unpack.run()
      unpack.waitUntilExit()
      try #require(unpack.terminationStatus == 0)
    }
    let police = partnership.path("police")
    try partnership.expect(
      "route", "schools", police, partnership.path("gias-establishments"),
      partnership.path("gias-links"))
    try "local_authority,force\nLeeds,police.west-yorkshire\n".write(
      toFile: partnership.path("forces.csv"), atomically: true, encoding: .utf8)
    try partnership.expect("route", "forces", police, partnership.path("forces.csv"))
    try partnership.expect(
      "calendar", "import", police, data.appendingPathComponent("sheffield-term-dates.json").path)
  }

  private func sync(_ node: String, with daemon: CommandPartnership, _ peer: String) throws {
    try daemon.start("police", now: Self.night)
    try Concord.eventually("\(node) is in step with \(peer)") {
      try Concord.run(["sync", node, "--peer", peer], now: Self.night).status == 0
    }
    daemon.stop("police")
  }

  @Test func aSchoolElsewhereIsToldThroughItsForce() throws {
    let (here, there) = try forces()
    try takeLists(here)
    let (police, other, school) = (
      here.path("police"), there.path("police"), there.path("school")
    )
    let child = try Concord.run(
      [
        "put", police, "child", "name=NAME-marker", "date_of_birth=2016-03-04",
        "address=ADDRESS-marker", "school=\(Self.school)",
      ], now: Self.night
    ).id
    let route = try here.expect("route", police, child).out
    #expect(route.contains("\(Self.school) through police.west-yorkshire"), "\(route)")
    let issued = try Concord.run(
      [
        "notify", police, child, "--at", "2027-05-01T21:40:00Z", "--context", "CONTEXT-marker",
      ], now: Self.night)
    #expect(issued.error.contains("for police.west-yorkshire"), "\(issued.error)")
    try sync(other, with: here, "police.south-yorkshire")

    let waiting = try Concord.run(["inbox", other], now: Self.night).out
    #expect(waiting.contains(issued.id), "\(waiting)")
    let opened = try Concord.run(["open", other, issued.id], now: Self.night).out
    #expect(opened.contains("Pass this on to \(Self.school)"), "\(opened)")
    let notify = ["notify", other, child, "--passes-on", issued.id]
    let passed = try Concord.run(notify, now: Self.night)
    #expect(passed.status == 0, "\(passed.error)")
    #expect(passed.error.contains("for \(Self.school)"), "\(passed.error)")
    #expect(try Concord.run(notify, now: Self.night).error.contains("issued before"))
    try sync(school, with: there, "police.west-yorkshire")

    let known = try Concord.run(["open", school, passed.id], now: Self.night).out
    #expect(known.contains("NAME-marker") && known.contains("CONTEXT-marker"), "\(known)")
    // The address stays in South Yorkshire, in every byte.
    for (partnership, kind) in [(there, "police"), (there, "care"), (there, "school")] {
      #expect(try !partnership.holds(kind, "ADDRESS-marker"), "\(kind)")
    }
    // The force that began it sees that it was passed on, and that the school has not acted yet.
    try sync(police, with: there, "police.west-yorkshire")
    let states = try here.values("police", issued.id, "school")
    #expect(states == ["police.west-yorkshire"])
    let report = try Concord.run(["inbox", police], now: Self.night).out
    #expect(report.contains("\(issued.id)  waits, opened"), "\(report)")
    // How the other force's school and its officer are told is that force's matter.
    #expect(try Concord.run("get", police, passed.id).status == 1)
    // Once the school has acted, both forces hear it.
    let acted = try Concord.run(["respond", school, passed.id, "--acted-on"], now: Self.night)
    #expect(acted.status == 0, "\(acted.error)")
    try sync(school, with: there, "police.west-yorkshire")
    try there.start("police", now: Self.night)
    try Concord.eventually("the force that began it hears that the school has acted") {
      _ = try Concord.run(["sync", police, "--peer", "police.west-yorkshire"], now: Self.night)
      return try !Concord.run(["inbox", police], now: Self.night).out.contains(issued.id)
    }
    there.stop("police")

    // Back at a school here, the child is no longer the other force's concern.
    #expect(try here.values("police", child, "linked_forces").count == 2)
    let moved = try Concord.run(
      ["put", police, "child", "--id", child, "school=school.106982"], now: Self.night)
    #expect(moved.status == 0, "\(moved.error)")
    let next = try Concord.run(
      ["notify", police, child, "--at", "2027-05-01T21:44:00Z"], now: Self.night)
    #expect(next.error.contains("for school.106982"), "\(next.error)")
    #expect(try here.values("police", child, "linked_forces") == [])
  }
}
