import Agreements
import Foundation
import GRDB
import Node
import Records
import Replica
import SyncProtocol
import TestSupport
import Testing

/// What an administrator does about what was lost, kept aside or proven, with real processes.
@Suite(.serialized) struct RepairTests {
  private static let police = "police.south-yorkshire"
  private static let care = "care.E08000019"

  private func object(
    _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String: Any] {
    let output = try Concord.run(arguments)
    #expect(output.status == 0, "\(output.error)", sourceLocation: sourceLocation)
    return try #require(
      try output.json() as? [String: Any], sourceLocation: sourceLocation)
  }

  private func list(_ arguments: [String]) throws -> [[String: Any]] {
    let output = try Concord.run(arguments)
    #expect(output.status == 0, "\(output.error)")
    return try #require(try output.json() as? [[String: Any]])
  }

  /// Compares two nodes; the report has exactly the keys that scripts rely on.
  private func verify(
    _ partnership: CommandPartnership, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (equal: Bool, here: Int, there: Int, mended: Int) {
    let report = try object(
      ["verify", partnership.path("police"), "--peer", Self.care, "--json"],
      sourceLocation: sourceLocation)
    let keys = ["equal", "missing_here", "missing_there", "mended", "bytes", "round_trips"]
    #expect(Set(report.keys) == Set(keys), sourceLocation: sourceLocation)
    for key in ["bytes", "round_trips"] {
      #expect(report[key] as? Int ?? 0 > 0, "\(key)", sourceLocation: sourceLocation)
    }
    return (
      try #require(report["equal"] as? Bool), try #require(report["missing_here"] as? Int),
      try #require(report["missing_there"] as? Int), try #require(report["mended"] as? Int)
    )
  }

  private func sync(_ partnership: CommandPartnership, _ kind: String = "police") throws {
    try Concord.eventually("\(kind) and care are in step") {
      try Concord.run("sync", partnership.path(kind), "--peer", Self.care).status == 0
    }
  }

  /// Takes a record out of a stopped node's file, as nothing of Concord's ever would.
  private func lose(_ record: String, at folder: String) throws {
    let uuid = try #require(UUID(uuidString: record)).uuid
    let id = withUnsafeBytes(of: uuid) { Data($0) }
    let queue = try DatabaseQueue(path: "\(folder)/replica.sqlite")
    try queue.write { db in
      let number = "(SELECT no FROM record WHERE id = ?)"
      let changes = "change IN (SELECT no FROM change WHERE record = \(number))"
      for (table, condition) in [
        ("standing", "record = \(number)"), ("held", changes), ("disclosure", changes),
        ("proof", changes), ("located", changes), ("seen", "record = ?"),
        ("change", "record = \(number)"), ("record", "id = ?"),
      ] {
        try db.execute(sql: "DELETE FROM \(table) WHERE \(condition)", arguments: [id])
      }
    }
    try queue.close()
  }

  @Test(arguments: [false, true])
  func aComparisonFindsAndMendsWhatOneSideLost(withDaemon: Bool) throws {
    let partnership = try CommandPartnership()
    let (police, care) = (partnership.path("police"), partnership.path("care"))
    let mine = try partnership.expect(
      "put", police, "child", "name=Example Child A", "address=1 Sample Street"
    ).id
    let theirs = try partnership.expect("put", care, "child", "name=Example Child B").id
    try partnership.start("care")
    if withDaemon { try partnership.start("police") }
    try sync(partnership)
    #expect(try verify(partnership) == (true, 0, 0, 0))
    let text = try partnership.expect("verify", police, "--peer", Self.care).out
    #expect(text.hasPrefix("Equal with \(Self.care) ("), "\(text)")

    for kind in ["police", "care"] { partnership.stop(kind) }
    try lose(mine, at: care)
    try lose(theirs, at: police)
    #expect(try Concord.run("get", care, mine).status == 1)
    #expect(try Concord.run("get", police, theirs).status == 1)
    try partnership.start("care")
    if withDaemon { try partnership.start("police") }
    try sync(partnership)
    #expect(try Concord.run("get", care, mine).status == 1, "nothing but a comparison finds it")
    #expect(try verify(partnership) == (false, 1, 2, 3))
    #expect(try partnership.values("care", mine, "address") == ["1 Sample Street"])
    #expect(try partnership.values("police", theirs, "name") == ["Example Child B"])
    #expect(try verify(partnership) == (true, 0, 0, 0))
  }

  @Test func aComparisonWithNobodySaysSo() throws {
    let partnership = try CommandPartnership()
    for (agency, words) in [
      (Self.care, "nobody listens there"),
      ("care.E99999999", "is no peer of police.south-yorkshire"),
    ] {
      let output = try Concord.run("verify", partnership.path("police"), "--peer", agency)
      #expect(output.status == 1)
      #expect(output.error.contains(words), "\(output.error)")
      #expect(output.error.split(separator: "\n").count == 1, "\(output.error)")
    }
  }

  @Test func whatIsKeptAsideIsReleasedInItsTimeOrRefused() throws {
    let partnership = try CommandPartnership()
    let (police, care) = (partnership.path("police"), partnership.path("care"))
    // Ten minutes ahead of care's clock, which lets nobody be more than five ahead.
    let ahead = "2027-05-04T10:10:00Z"
    let children = try ["Example Child A", "Example Child B"].map { name in
      try Concord.run("put", police, "child", "name=\(name)", now: ahead).id
    }
    try partnership.start("care")
    try Concord.eventually("care has heard of both") {
      _ = try Concord.run("sync", police, "--peer", Self.care, now: ahead)
      return try list(["quarantine", care, "--json"]).count == 2
    }
    let entries = try list(["quarantine", care, "--json"])
    for entry in entries {
      #expect(entry["reason"] as? String == "future-stamp")
      #expect(entry["author"] as? String == Self.police)
      #expect(entry["from"] as? String == Self.police)
      // Nobody can release it before its time, and then it is tried again by itself.
      #expect(entry["releasable"] as? Bool == false)
      #expect((entry["held_until"] as? String)?.hasPrefix("2027-05-04T10:0") ?? false)
    }
    let text = try partnership.expect("quarantine", care).out
    #expect(text.contains("future-stamp") && text.contains("tried again at"), "\(text)")
    #expect(!text.contains("Example Child"), "a value shows: \(text)")

    let ids = try entries.map { try #require($0["id"] as? String) }
    #expect(try Concord.run("quarantine", "release", care, ids[0]).status == 64, "no reason")
    for reason in [" ", "a\n    from care.E08000019"] {
      let refused = try Concord.run("quarantine", "refuse", care, ids[0], "--reason", reason)
      #expect(refused.status == 64)
      #expect(refused.error.contains("--reason: expected why, on one line"), "\(refused.error)")
    }
    let early = try Concord.run("quarantine", "release", care, ids[0], "--reason", "asked by phone")
    #expect(early.status == 1)
    #expect(early.error.contains("it is tried again by itself at"), "\(early.error)")
    #expect(try list(["quarantine", care, "--json"]).count == 2, "it stays")
    let released = try Concord.run(
      "quarantine", "release", care, ids[0], "--reason", "clock was set", now: ahead)
    #expect(released.status == 0, "\(released.error)")
    #expect(released.out.contains("entry \(ids[0]) is applied"))
    #expect(try partnership.values("care", children[0], "name") == ["Example Child A"])

    try partnership.expect("quarantine", "refuse", care, ids[1], "--reason", "not by police")
    let left = try list(["quarantine", care, "--json"])
    #expect(left.count == 1)
    #expect(left[0]["reason"] as? String == "refused")
    #expect(left[0]["detail"] as? String == "not by police")
    #expect(left[0]["releasable"] as? Bool == false)
    let refused = try Concord.run(
      "quarantine", "release", care, ids[1], "--reason", "after all", now: ahead)
    #expect(refused.status == 1)
    #expect(refused.error.contains("cannot be released (refused)"), "\(refused.error)")
    #expect(try Concord.run("get", care, children[1]).status == 1)
    let nothing = try Concord.run("quarantine", "refuse", care, "999", "--reason", "none")
    #expect(nothing.status == 1)
    #expect(nothing.error.contains("no entry 999"), "\(nothing.error)")
  }

  @Test func twoChangesUnderOneStampAreProvenToEverybody() throws {
    let partnership = try CommandPartnership()
    let (police, care) = (partnership.path("police"), partnership.path("care"))
    #expect(try partnership.expect("evidence", care).out.contains("There is none."))
    #expect(try list(["evidence", care, "--json"]).isEmpty)
    // A stamp ahead of the clock: whoever goes on from it takes the one after it.
    let child = try Concord.run(
      "put", police, "child", "name=Example Child A", now: "2027-05-04T10:04:00Z"
    ).id
    try partnership.start("care")
    try sync(partnership)
    // Two copies of one folder are used side by side, which the documents forbid.
    try FileManager.default.copyItem(atPath: police, toPath: partnership.path("other"))
    for (kind, address) in [("police", "1 Sample Street"), ("other", "2 Sample Street")] {
      try partnership.expect(
        "put", partnership.path(kind), "child", "--id", child, "address=\(address)")
      try sync(partnership, kind)
    }
    try Concord.eventually("care has the proof") {
      _ = try Concord.run("sync", partnership.path("other"), "--peer", Self.care)
      return try list(["evidence", care, "--json"]).count == 1
    }
    let evidence = try #require(try list(["evidence", care, "--json"]).first)
    #expect(evidence["kind"] as? String == "changes")
    let proof = try #require((evidence["proof"] as? String).flatMap { Data(base64Encoded: $0) })
    #expect(proof.count > 200)
    #expect(evidence["author"] as? String == Self.police)
    #expect(evidence["record"] as? String == child)
    #expect(evidence["at"] is String && evidence["found_at"] is String)
    #expect((evidence["changes"] as? [String]).map(Set.init)?.count == 2)
    let text = try partnership.expect("evidence", care).out
    #expect(text.contains("\(Self.police) signed two changes of record \(child)"), "\(text)")
    #expect(!text.contains("Sample Street"), "a value shows: \(text)")
    #expect(try partnership.values("care", child, "address") == [], "neither counts")
    #expect(try partnership.values("care", child, "name") == ["Example Child A"])
    try expectFork(at: partnership)
  }

  /// A proof of a forked stream stands beside it, with all that somebody needs to check it.
  private func expectFork(at partnership: CommandPartnership) throws {
    let (key, care) = (SigningKey(), partnership.path("care"))
    let stream = StreamName(
      from: NodeName(agency: try #require(AgencyID(Self.police))),
      to: NodeName(agency: try #require(AgencyID(Self.care))))
    let fork = try #require(try StreamFork.example(stream, signedBy: key))
    let replica = try LocalReplica(
      path: NodeFolder(care).replica, me: NodeName(agency: try #require(AgencyID(Self.care))))
    try replica.keep(fork, now: Instant(milliseconds: 1_795_600_000_000))
    let found = try list(["evidence", care, "--json"]).filter { $0["kind"] as? String == "streams" }
    #expect(found.count == 1)
    #expect(found.first?["sender"] as? String == "\(Self.police)/agency")
    #expect(found.first?["sequence"] as? Int == 1)
    #expect((found.first?["heads"] as? [String])?.count == 2)
    let proof = try #require((found.first?["proof"] as? String).flatMap { Data(base64Encoded: $0) })
    #expect(try StreamFork(encoded: proof).holds(by: key.publicKey))
    let text = try partnership.expect("evidence", care).out
    #expect(
      text.contains("\(Self.police)/agency signed two streams to \(Self.care)/agency"), "\(text)")
  }
}
