import ArgumentParser
import Casework
import Foundation
import Node

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Issue notifications from a records system's export (CSV or JSON).",
    discussion: """
      The mapping says which column becomes which field. Where any row is wrong nothing is imported; \
      imported again, nothing is doubled. Where a notification waits for a person it ends with 1, and \
      `concord route waiting` lists it until somebody has decided.
      """)
  @OptionGroup var node: NodeArgument
  @Argument(help: "The export: .csv with a heading, or .json, a list of objects.")
  var file: String
  @Option(help: "The mapping (YAML); see Protocol/imports.")
  var mapping: String
  @Flag(help: "Only say what would happen.")
  var dryRun = false
  @Option(name: .customLong("as"), help: "Who acts.")
  var person: String?
  @OptionGroup var output: JSONFlag

  func validate() throws { try Typed.check(person: person) }

  func run() async throws {
    let (text, source) = try TextFile.read(mapping)
    let opened = try node.open()
    let outcome = try opened.importNotifications(
      file, by: try ImportMapping(text, source: source), isDryRun: dryRun, person: person
    ) { Note.print("\($0) rows") }
    if !dryRun, outcome.problems.isEmpty { await opened.announceChange() }
    if output.json { try printJSON(ImportFacts(outcome)) } else { Self.show(outcome, dryRun) }
    if !outcome.problems.isEmpty || !outcome.waiting.isEmpty { throw ExitCode.failure }
  }

  private static func show(_ outcome: ImportOutcome, _ isDryRun: Bool) {
    for problem in outcome.problems { Note.print("\(problem)") }
    if !outcome.problems.isEmpty {
      let count = outcome.problems.count
      return Note.print("\(count) problem\(count == 1 ? "" : "s"): nothing was imported")
    }
    for proposal in outcome.proposals {
      print(
        "line \(proposal.line): child \(proposal.child) may be the same as \(proposal.other) "
          + "(\(Self.why(proposal))): a person decides")
    }
    for problem in outcome.waiting { Note.print("waits for a person: \(problem)") }
    let verb = isDryRun ? "would be issued" : "issued"
    print("\(outcome.rows) rows: \(outcome.issued) \(verb), \(outcome.known) imported before.")
    let count = outcome.waiting.count
    guard count > 0 else { return }
    Note.print(
      "\(count) of them \(isDryRun ? "would wait" : "wait") for a person: concord route waiting")
  }

  private static func why(_ proposal: ImportOutcome.Proposal) -> String {
    let weight = proposal.weight.map { "weight \(($0 * 10).rounded() / 10)" }
    let differs =
      proposal.differs.isEmpty ? "" : ", another \(proposal.differs.joined(separator: ", "))"
    return (weight ?? "the same number") + differs
  }
}

/// What an import came to, as scripts read it.
struct ImportFacts: Encodable {
  let rows: Int
  let issued: Int
  let known: Int
  let problems: [String]
  let waiting: [String]
  let proposals: [Proposal]

  struct Proposal: Encodable {
    let line: Int
    let child: String
    let other: String
    let weight: Double?
    let differs: [String]
  }

  init(_ outcome: ImportOutcome) {
    rows = outcome.rows
    issued = outcome.issued
    known = outcome.known
    problems = outcome.problems.map(\.description)
    waiting = outcome.waiting.map(\.description)
    proposals = outcome.proposals.map {
      Proposal(
        line: $0.line, child: "\($0.child)", other: "\($0.other)", weight: $0.weight,
        differs: $0.differs)
    }
  }
}
