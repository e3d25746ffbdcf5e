import ArgumentParser
import Foundation
import Node
import Records
import Replica

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Show that the audit is whole, hand it out, and ask who saw a record.",
    subcommands: [VerifyAudit.self, Export.self, Checkpoints.self, Who.self])

  struct VerifyAudit: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Look through all of the audit: was an entry edited, taken out, put in or moved?",
      discussion: """
        The chain is recomputed, and compared with what this node signed and with what its peers say that \
        they hold of it. With --file an export is checked in its place, this node's own or a peer's.
        """)
    @OptionGroup var node: NodeArgument
    @Option(help: "An export (concord audit export) to check instead.")
    var file: String?
    @Option(help: "Compare with what another node holds (concord audit checkpoints -o FILE).")
    var checkpoint: [String] = []
    @OptionGroup var output: JSONFlag

    func validate() throws {
      guard file == nil || checkpoint.isEmpty else {
        throw ValidationError("--checkpoint compares a node's own audit: leave out --file")
      }
    }

    func run() throws {
      let opened = try node.open()
      let facts: AuditFacts
      if let file {
        let (text, source) = try TextFile.read(file)
        facts = AuditFacts(try opened.verifyAudit(file: text, source: source))
      } else {
        facts = AuditFacts(try opened.verifyAudit(against: try checkpoint.map(TextFile.read)))
      }
      if output.json { try printJSON(facts) } else if facts.whole { print(facts.text) }
      guard let first = facts.findings.first else { return }
      let more = facts.findings.count > 1 ? "; \(facts.findings.count - 1) more (--json)" : ""
      throw NodeError(
        "the audit is not whole: \(first.text)\(more). Keep the folder as it is, and compare it with a backup"
      )
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the audit as a signed file that can be checked by itself.")
    @OptionGroup var node: NodeArgument
    @Option(name: .customShort("o"), help: "The new file.")
    var output: String
    @Option(help: "From this moment on.", transform: Typed.instant)
    var from: Instant?
    @Option(help: "Up to this moment.", transform: Typed.instant)
    var to: Instant?

    func run() throws {
      try TextFile.checkNew(output)
      let opened = try node.open()
      let (text, entries) = try opened.exportAudit(from: from, to: to)
      try TextFile.create(text, at: output, isPrivate: true)
      print("\(entries) entries are in \(output): concord audit verify DIR --file \(output)")
    }
  }

  struct Checkpoints: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what is held here of peers' audits, and proof that one was rewritten.")
    @OptionGroup var node: NodeArgument
    @Option(
      name: .customShort("o"),
      help: "Write them to a new file, for concord audit verify --checkpoint.")
    var file: String?
    @OptionGroup var output: JSONFlag

    func run() throws {
      if let file { try TextFile.checkNew(file) }
      let replica = try node.open().replica
      let held = try replica.heldCheckpoints()
      let facts = CheckpointsFacts(
        held: held.map { CheckpointFacts($0.checkpoint) },
        rewritten: try replica.rewrittenAudits().map(RewrittenFacts.init))
      if let file {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let proof = facts.rewritten.flatMap { [$0.first, $0.second] }
        let all = facts.held + proof.filter { one in !facts.held.contains { $0.head == one.head } }
        try TextFile.create(
          String(decoding: try encoder.encode(all), as: UTF8.self) + "\n", at: file)
        return print("\(all.count) checkpoints are in \(file)")
      }
      if output.json { return try printJSON(facts) }
      if held.isEmpty { print("Nothing is held here of any peer's audit yet.") }
      for (item, checkpoint) in zip(held, facts.held) {
        print(
          "\(checkpoint.node)  \(checkpoint.count) entries at \(checkpoint.at), received "
            + "\(item.receivedAt)")
      }
      for rewritten in facts.rewritten { print(rewritten.text) }
    }
  }

  struct Who: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say who saw a record, when and why, and to whom it went.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The record's id.", transform: Typed.record)
    var id: RecordID
    @OptionGroup var output: JSONFlag

    func run() throws {
      let opened = try node.open()
      let seen = try opened.whoSaw(id)
      if output.json { return try printJSON(WhoFacts(seen)) }
      print(WhoFacts(seen).text)
    }
  }
}

/// What looking through an audit came to, as scripts see it.
struct AuditFacts: Encodable {
  struct Finding: Encodable {
    let kind: String
    let entry: Int64
    let at: String?
    let text: String
  }

  let whole: Bool
  let entries: Int
  let checkpoints: Int
  let peers: Int?
  let unsigned: Int?
  let node: String?
  let findings: [Finding]

  init(_ report: AuditReport) {
    whole = report.isWhole
    entries = Int(report.entries)
    checkpoints = report.checkpoints
    peers = report.peers
    unsigned = Int(report.unsigned)
    node = nil
    findings = report.findings.map(Self.finding)
  }

  init(_ report: AuditFile.Report) {
    whole = report.findings.isEmpty
    entries = report.entries.count
    checkpoints = report.checkpoints.count
    (peers, unsigned) = (nil, nil)
    node = report.node.description
    findings = report.findings.map(Self.finding)
  }

  private static func finding(_ finding: AuditFinding) -> Finding {
    Finding(
      kind: finding.kind.rawValue, entry: finding.sequence, at: finding.at?.description,
      text: finding.text)
  }

  var text: String {
    var lines = [
      "\(node.map { "The audit of \($0)" } ?? "The audit") is whole: \(entries) entries."
    ]
    lines.append(
      "\(checkpoints) signed checkpoints hold" + (peers.map { ", \($0) of them at peers." } ?? "."))
    if let peers, peers == 0 {
      lines[1] = "\(checkpoints) signed checkpoints hold; no peer holds one yet."
    }
    if let peers, peers > 0 {
      lines[1] =
        "\(checkpoints) signed checkpoints hold, and what \(peers) peers hold of it agrees."
    }
    if let unsigned, unsigned > 0 {
      lines.append(
        "The last \(unsigned) entries are not signed yet: the next checkpoint covers them.")
    }
    return lines.joined(separator: "\n")
  }
}

struct CheckpointsFacts: Encodable {
  let held: [CheckpointFacts]
  let rewritten: [RewrittenFacts]
}

struct RewrittenFacts: Encodable {
  let node: String
  let first: CheckpointFacts
  let second: CheckpointFacts
  let found_at: String

  init(_ rewritten: RewrittenAudit) {
    node = rewritten.node.description
    first = CheckpointFacts(rewritten.first)
    second = CheckpointFacts(rewritten.second)
    found_at = rewritten.foundAt.description
  }

  var text: String {
    """
    \(node) signed two pasts: its audit was rewritten, or set back by a restore; found \(found_at)
        \(first.count) entries at \(first.at), \(first.head)
        \(second.count) entries at \(second.at), \(second.head)
    """
  }
}
