import Foundation
import GRDB
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// Whatever is done to an audit's file is found, and it is said which entry is concerned.
@Suite struct AuditTamperingTests {
  /// Police whose audit has entries of all sorts; social care holds a checkpoint of it and has said so.
  private static func network() throws -> Network {
    var network = try Network()
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "Example Child"), ("school", "school.106982"))
    let actor = "inspector"
    for number in 0..<3 {
      try network.police.replica.audit([
        AuditEntry(
          at: network.police.now, account: actor, role: "command", action: "viewed", record: child,
          detail: "look \(number)")
      ])
    }
    try network.exchange(network.police, network.care)
    for node in network.nodes { node.now = node.now.advanced(byMilliseconds: 700_000) }
    // What was signed at the last connection goes with the next one, and is told back with the one after.
    for _ in 0..<3 {
      try network.police.replica.signAudit(
        with: network.police.key, now: network.police.now, isNow: true)
      try network.exchange(network.police, network.care)
    }
    return network
  }

  private static func verify(_ node: SimulatedNode) throws -> AuditReport {
    try node.replica.verifyAudit(key: node.key.publicKey)
  }

  private static func tamper(_ network: Network, _ sql: String) throws {
    let file = try DatabaseQueue(
      path: "\(network.folder.path)/\(network.police.name.agency).sqlite")
    try file.write { try $0.execute(sql: sql) }
  }

  @Test func anAuditThatNobodyTouchedIsWhole() throws {
    let network = try Self.network()
    for node in [network.police, network.care] {
      let report = try Self.verify(node)
      #expect(report.isWhole, "\(report.findings.map(\.text))")
      #expect(report.entries > 0 && report.checkpoints > 0)
    }
    #expect(try Self.verify(network.police).peers == 1)
    let held = try network.care.replica.heldCheckpoints()
    #expect(held.contains { $0.checkpoint.node == network.police.name && $0.checkpoint.holds })
  }

  @Test func whatGoesAndComesStandsInTheAuditOnceForABatch() throws {
    var network = try Network()
    let edits = (0..<40).map { number in
      Edit(
        type: "child", record: network.id(),
        assignments: [.set(field: "name", text: "Example \(number)")])
    }
    _ = try network.police.put(edits, using: &network.generator)
    try network.exchange(network.police, network.care)
    func count(_ node: SimulatedNode, _ action: String) throws -> Int {
      try node.replica.auditEntries(atMost: 1_000).filter { $0.action == action }.count
    }
    #expect(try count(network.police, "wrote") == 1)
    #expect(try (1...3).contains(count(network.police, "disclosed")))
    #expect(try count(network.care, "received") == count(network.police, "disclosed"))
    #expect(try Self.verify(network.police).isWhole && Self.verify(network.care).isWhole)
  }

  static let tampered: [(sql: String, kind: AuditFinding.Kind, entry: Int64)] = [
    ("UPDATE audit SET detail = 'x' WHERE sequence = 3", .edited, 3),
    ("UPDATE audit SET at = at + 1 WHERE sequence = 2", .edited, 2),
    ("UPDATE audit SET account = 'nobody' WHERE sequence = 4", .edited, 4),
    ("UPDATE audit SET record = NULL WHERE sequence = 2", .edited, 2),
    ("UPDATE audit SET head = zeroblob(32) WHERE sequence = 3", .edited, 3),
    ("DELETE FROM audit WHERE sequence = 3", .removed, 3),
    ("DELETE FROM audit WHERE sequence = 1", .removed, 1),
    (
      "DELETE FROM audit WHERE sequence = 3; UPDATE audit SET sequence = sequence - 1 WHERE sequence > 3",
      .removed, 3
    ),
    (
      """
      UPDATE audit SET sequence = -2 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 4;
      UPDATE audit SET sequence = 4 WHERE sequence = -2
      """, .moved, 2
    ),
    ("DELETE FROM audit WHERE sequence > 4", .cutOff, 5),
    // Without the node's own checkpoints, what the peer holds still says so.
    ("DELETE FROM audit WHERE sequence > 4; DELETE FROM audit_checkpoint", .cutOff, 5),
    ("UPDATE audit_checkpoint SET at = at - 1", .forgedCheckpoint, 4),
    ("DELETE FROM change WHERE no = 1", .lostChange, 1),
    ("UPDATE audit SET changes = x'0100' WHERE sequence = 1", .lostChange, 1),
    ("DELETE FROM disclosure", .lostDisclosure, 5),
  ]

  @Test(arguments: tampered.indices)
  func whatIsDoneToTheFileIsFound(_ index: Int) throws {
    let network = try Self.network()
    let (sql, kind, entry) = Self.tampered[index]
    try Self.tamper(network, sql)
    let findings = try Self.verify(network.police).findings
    #expect(
      findings.contains { $0.kind == kind && $0.sequence == entry },
      "\(sql): \(findings.map { "\($0.kind) \($0.sequence): \($0.text)" })")
    #expect(findings.allSatisfy { !$0.text.contains("Example Child") && !$0.text.contains("look") })
  }

  @Test func aPastThatWasWrittenAnewWithTheNodesOwnKeyIsFoundThroughItsPeer() throws {
    var network = try Self.network()
    let police = network.police
    let before = try police.replica.auditEntries(atMost: 1_000).reversed()
    try Self.tamper(
      network,
      """
      DELETE FROM audit; DELETE FROM sqlite_sequence WHERE name = 'audit';
      DELETE FROM audit_checkpoint; DELETE FROM told_checkpoint
      """)
    // The same entries but one, chained and signed anew: by itself that is beyond reproach.
    try police.replica.audit(
      before.filter { $0.detail != "look 1" }.map {
        AuditEntry(
          at: $0.at, account: $0.account, role: $0.role, action: $0.action, record: $0.record,
          detail: $0.detail)
      })
    police.now = police.now.advanced(byMilliseconds: 60_000)
    try police.replica.signAudit(with: police.key, now: police.now, isNow: true)
    #expect(try Self.verify(police).isWhole)
    let held = try network.care.replica.heldCheckpoints().map {
      (checkpoint: $0.checkpoint, source: "care")
    }.filter { $0.checkpoint.node == police.name }
    let compared = try police.replica.verifyAudit(key: police.key.publicKey, against: held)
    #expect(!compared.isWhole)
    // The next connection tells both: care keeps the proof, and the police hear what care holds.
    try network.exchange(police, network.care)
    let proof = try #require(try network.care.replica.rewrittenAudits().first)
    #expect(proof.node == police.name && proof.first.holds && proof.second.holds)
    #expect(proof.first.contradicts(proof.second))
    let findings = try Self.verify(police).findings
    #expect(
      findings.contains { [.rewritten, .cutOff].contains($0.kind) && $0.text.contains("care") },
      "\(findings.map(\.text))")
  }
}

/// The file that an auditor gets.
@Suite struct AuditFileTests {
  private static func file() throws -> (text: String, node: SimulatedNode, network: Network) {
    var network = try Network()
    let child = network.id()
    try network.put(network.police, "child", child, ("name", "Example Child"))
    try network.exchange(network.police, network.care)
    for _ in 0..<4 {
      try network.police.replica.audit([
        AuditEntry(
          at: network.police.now, account: "inspector", role: "command", action: "viewed",
          record: child)
      ])
    }
    let text = try network.police.replica.exportAudit(
      from: nil, to: nil, sealedBy: network.police.key, now: network.police.now
    ).text
    return (text, network.police, network)
  }

  @Test func aFileHoldsByItself() throws {
    let (text, node, _) = try Self.file()
    let report = try AuditFile.check(text)
    #expect(report.findings.isEmpty && report.entries.count >= 6 && report.node == node.name)
    #expect(report.key == node.key.publicKey && !report.checkpoints.isEmpty)
    #expect(!text.contains("Example Child"))
  }

  @Test func aPartOfIt() throws {
    let (_, node, network) = try Self.file()
    let later = node.now.advanced(byMilliseconds: 60_000)
    try node.replica.audit([
      AuditEntry(at: later, account: "inspector", role: "command", action: "viewed")
    ])
    let text = try node.replica.exportAudit(
      from: later, to: nil, sealedBy: node.key, now: later
    ).text
    let report = try AuditFile.check(text)
    #expect(report.entries.count == 1 && report.findings.isEmpty)
    _ = network
  }

  /// Every byte is bound: by the chain, a checkpoint's signature or the seal.
  @Test func anyByteThatIsChangedIsFound() throws {
    let (text, _, network) = try Self.file()
    _ = network
    let bytes = Array(text.utf8)
    var unfound: [Int] = []
    for place in stride(from: 0, to: bytes.count, by: 7) {
      var changed = bytes
      changed[place] ^= 1
      let report = try? AuditFile.check(String(decoding: changed, as: UTF8.self))
      if let report, report.findings.isEmpty { unfound.append(place) }
    }
    #expect(unfound.isEmpty, "bytes \(unfound)")
  }

  @Test func linesThatAreTakenOutOrMovedAreFound() throws {
    let (text, _, network) = try Self.file()
    _ = network
    var lines = text.split(separator: "\n").map(String.init)
    lines.swapAt(2, 3)
    #expect(try !AuditFile.check(lines.joined(separator: "\n") + "\n").findings.isEmpty)
    lines = text.split(separator: "\n").map(String.init)
    lines.remove(at: 3)
    #expect(
      try AuditFile.check(lines.joined(separator: "\n") + "\n").findings.first?.kind == .removed)
    let cut = text.split(separator: "\n").dropLast(3).joined(separator: "\n") + "\n"
    #expect(throws: AuditFile.Problem.self) { try AuditFile.check(cut) }
  }
}
