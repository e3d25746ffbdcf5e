import Foundation
import TestSupport
import Testing

/// Three real processes over mutual TLS on loopback.
@Suite(.serialized) struct ProcessTests {
  @Test func theDemoPassesItsOwnChecks() throws {
    let output = try Concord.run("demo", "--json")
    #expect(output.status == 0, "\(output.error)")
    let facts = try #require(try output.json() as? [String: Any])
    let checks = try #require(facts["checks"] as? [[String: Any]])
    #expect(checks.count >= 4)
    for check in checks { #expect(check["passed"] as? Bool == true, "\(check)") }
  }

  @Test func theDemoSaysWhoSaysWhat() throws {
    let output = try Concord.run("demo")
    #expect(output.status == 0, "\(output.error)")
    #expect(
      output.out.contains(
        "incident.risk_grade       care.E08000019: high | police.south-yorkshire: medium"),
      "\(output.out)")
  }

  @Test func whatIsPutWhileTheDaemonsRunReachesThePeersAtOnce() throws {
    let partnership = try CommandPartnership()
    for kind in ["police", "care", "school"] { try partnership.start(kind) }
    try partnership.connected("police", to: 2)
    let child = try partnership.expect(
      "put", partnership.path("police"), "child", "name=Example Child A", "address=1 Sample Street",
      "school=school.106982"
    ).id
    // Far below the five seconds after which sessions look again by themselves; `get` takes most.
    try Concord.eventually("the school has the name", seconds: 3) {
      try partnership.values("school", child, "name") == ["Example Child A"]
    }
    try Concord.eventually("care has the address", seconds: 3) {
      try partnership.values("care", child, "address") == ["1 Sample Street"]
    }
    #expect(try partnership.values("school", child, "address") == [])
    let second = try Concord.run("run", partnership.path("police"))
    #expect(second.status == 1, "two daemons on one folder")
    let peers = try #require(
      (try partnership.expect("sync", partnership.path("police"), "--json").json()
        as? [String: Any])?["peers"] as? [[String: Any]])
    #expect(peers.count == 2)
    for peer in peers {
      #expect(Set(["agency", "sent", "received", "quarantined"]).isSubset(of: peer.keys))
      #expect(peer["error"] == nil)
    }
  }

  @Test func offlineEditsMeetAndAPersonSettlesThem() throws {
    let partnership = try CommandPartnership()
    let (police, care) = (partnership.path("police"), partnership.path("care"))
    let child = try partnership.expect(
      "put", police, "child", "name=Example Child A", "address=1 Sample Street"
    ).id
    try partnership.start("care")
    try Concord.eventually("care listens and gets the child") {
      try Concord.run("sync", police, "--peer", "care.E08000019").status == 0
    }
    partnership.stop("care")
    try partnership.expect("put", police, "child", "--id", child, "address=2 Sample Street")
    try partnership.expect("put", care, "child", "--id", child, "address=3 Sample Street")
    let alone = try Concord.run("sync", police, "--peer", "care.E08000019")
    #expect(alone.status == 1, "nobody answers")
    try partnership.start("care")
    try Concord.eventually("sync without a daemon") {
      try Concord.run("sync", police, "--peer", "care.E08000019").status == 0
    }
    for kind in ["police", "care"] {
      #expect(
        try partnership.values(kind, child, "address") == ["2 Sample Street", "3 Sample Street"])
    }
    let settled = try Concord.run("resolve", care, child, "address", "--value", "2 Sample Street")
    #expect(settled.status == 0, "\(settled.error)")
    try partnership.expect("sync", police)
    #expect(try partnership.values("police", child, "address") == ["2 Sample Street"])
  }

  @Test func aKillInTheMiddleLosesNothingThatWasAcknowledged() throws {
    let partnership = try CommandPartnership()
    try partnership.start("police")
    var written: [String] = []
    for round in 0..<4 {
      try partnership.start("care")
      for number in 0..<6 {
        let id = try partnership.expect(
          "put", partnership.path("police"), "child", "name=Example \(round).\(number)"
        ).id
        written.append(id)
        if number == round + 1 { partnership.stop("care", with: SIGKILL) }
        if number == 3, round == 2 {
          partnership.stop("police", with: SIGKILL)
          try partnership.start("police")
        }
      }
    }
    partnership.stop("police", with: SIGKILL)
    let mine = try partnership.expect("list", partnership.path("police"), "child", "--json").json()
    #expect((mine as? [Any])?.count == written.count)
    try partnership.start("care")
    try partnership.start("police")
    try Concord.eventually("care has all children") {
      let list = try Concord.run("list", partnership.path("care"), "child", "--json")
      guard list.status == 0, let children = try list.json() as? [Any] else { return false }
      return children.count == written.count
    }
    try partnership.expect("rebuild", partnership.path("care"))
    let after = try partnership.expect("list", partnership.path("care"), "child", "--json").json()
    #expect((after as? [Any])?.count == written.count)
  }

  @Test func aHostilePeerDoesNotStopTheOthers() throws {
    let partnership = try CommandPartnership()
    for kind in ["police", "care"] { try partnership.start(kind) }
    try partnership.connected("police", to: 1)
    let card = try String(contentsOfFile: partnership.path("police.card"), encoding: .utf8)
    let endpoint = try #require(card.firstMatch(of: /127\.0\.0\.1:(\d+)/)?.output.1)
    for options in ["-tls1_2", "-tls1_3"] {
      let shell = Process()
      shell.executableURL = URL(fileURLWithPath: "/bin/sh")
      shell.arguments = [
        "-c",
        "head -c 100000 /dev/urandom | timeout 10 openssl s_client -connect 127.0.0.1:\(endpoint) "
          + "\(options) -quiet",
      ]
      shell.standardOutput = FileHandle.nullDevice
      shell.standardError = FileHandle.nullDevice
      try shell.run()
      shell.waitUntilExit()
    }
    #expect(partnership.isRunning("police"))
    let child = try partnership.expect(
      "put", partnership.path("police"), "child", "name=Example Child A"
    ).id
    try Concord.eventually("care is still served") {
      try partnership.values("care", child, "name") == ["Example Child A"]
    }
    let log = try String(contentsOfFile: partnership.path("police.log"), encoding: .utf8)
    #expect(log.contains("refused") || log.contains("TLS"), "\(log)")
    #expect(!log.contains("Example Child A"), "a value in the log")
  }

  @Test func aNodeThatIsToldToStopComplainsOfNothing() throws {
    let partnership = try CommandPartnership()
    for kind in ["police", "care"] { try partnership.start(kind) }
    try partnership.connected("police", to: 1)
    for kind in ["police", "care"] { partnership.stop(kind) }
    for kind in ["police", "care"] {
      let log = try String(contentsOfFile: partnership.path("\(kind).log"), encoding: .utf8)
      #expect(log.contains("[Node]"), "\(log)")
      #expect(!log.contains("CancellationError"), "\(log)")
    }
  }
}
