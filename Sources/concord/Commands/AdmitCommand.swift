import ArgumentParser
import Casework
import Foundation
import Node
import Records

struct Admit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Admit agencies (usually schools) under an agreement that lets this one do so.",
    discussion: """
      One with its card's file or code; or all that a folder of cards or a list has (--all). A list is a CSV file \
      with the columns card, a file beside it, and urn or agency. All are checked before anything is written, \
      schools with the list that the node has (concord route schools); where any is refused, nobody is admitted.
      """)
  @OptionGroup var node: NodeArgument
  @Argument(help: "The agency's card, or the text of its QR code.")
  var card: String?
  @Option(help: "A folder of cards, or a list of them (CSV).")
  var all: String?
  @Option(
    name: [.customShort("o"), .long],
    help: "The file for the agency to join with; with --all the folder for such files.")
  var output: String?
  @Flag(help: "With --all: only say what would happen.")
  var dryRun = false
  @Flag(help: "With --all: admit the others where some are refused.")
  var skipRefused = false
  @Flag(help: "With --all: admit schools that the list of schools has as closed, or not at all.")
  var unlisted = false
  @OptionGroup var json: JSONFlag

  func validate() throws {
    guard (card == nil) != (all == nil) else {
      throw ValidationError("expected a card's file, or --all and a folder or list")
    }
    guard output != nil || (all != nil && dryRun) else {
      throw ValidationError("-o: expected where to write what the agency joins with")
    }
    guard all != nil || !(dryRun || skipRefused || unlisted || json.json) else {
      throw ValidationError("--dry-run, --skip-refused, --unlisted and --json go with --all")
    }
  }

  func run() async throws {
    let opened = try node.open()
    if let card, let output { return try await admit(card, output, opened) }
    if let all { try await admitAll(all, opened) }
  }

  private func admit(_ card: String, _ output: String, _ opened: LocalNode) async throws {
    let file = try TextFile.read(card)
    try TextFile.checkNew(output)
    try TextFile.create(try opened.admit(cardText: file.text, source: file.source), at: output)
    await opened.announceChange()
    print("wrote \(output): the admitted agency joins with it")
  }

  private func admitAll(_ path: String, _ opened: LocalNode) async throws {
    let plan = try opened.planAdmissions(
      of: try AdmissionCandidate.all(in: path),
      comparingWith: try opened.caseFiles.directory(), takesUnlisted: unlisted)
    var facts = AdmissionFacts(plan)
    if !dryRun, facts.refused == 0 || skipRefused, let output {
      try checkNew(plan, in: output)
      try opened.carryOut(plan)
      try write(plan, in: output)
      await opened.announceChange()
      facts.written = true
    }
    if json.json { try printJSON(facts) } else { show(facts, plan) }
    if facts.refused > 0 { throw ExitCode.failure }
  }

  private func deed(_ agency: AgencyID, in folder: String) -> String { "\(folder)/\(agency).deed" }

  private func checkNew(_ plan: AdmissionPlan, in folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw NodeError("cannot make the folder \(folder)")
    }
    for agency in plan.members { try TextFile.checkNew(deed(agency, in: folder)) }
  }

  private func write(_ plan: AdmissionPlan, in folder: String) throws {
    for row in plan.rows {
      guard let agency = row.agency, let text = plan.file(for: row) else { continue }
      try TextFile.create(text, at: deed(agency, in: folder))
    }
  }

  private func show(_ facts: AdmissionFacts, _ plan: AdmissionPlan) {
    for row in facts.rows { print(PrintableText.shown(row.line)) }
    if !plan.isCompared, plan.rows.contains(where: { $0.agency?.namedKind == .school }) {
      Note.print("No school was compared with a list: concord route schools gives the node one.")
    }
    let counts =
      "\(facts.rows.count) rows: \(facts.admitted) admitted, \(facts.members) members already, "
      + "\(facts.refused) refused."
    if facts.written {
      print("\(counts) Wrote what they join with into \(output ?? "").")
    } else if dryRun {
      print("\(counts) Nothing was written: --dry-run.")
    } else {
      print("\(counts) Nothing was written: mend what is refused, or --skip-refused.")
    }
  }
}

/// What admitting many came to, as scripts see it.
struct AdmissionFacts: Encodable {
  struct RowFacts: Encodable {
    let place: String
    let agency: String?
    let name: String?
    /// admitted, member or refused
    let outcome: String
    let reason: String?
    let note: String?

    var line: String {
      let why = [reason, note].compactMap { $0 }.joined(separator: "; ")
      return [
        outcome, agency ?? "-", name ?? "", why.isEmpty ? "" : "(\(why))", "[\(place)]",
      ].filter { !$0.isEmpty }.joined(separator: "  ")
    }
  }

  let rows: [RowFacts]
  let admitted: Int
  let members: Int
  let refused: Int
  /// Whether schools were compared with a list.
  let compared: Bool
  /// Whether anything was written.
  var written = false

  init(_ plan: AdmissionPlan) {
    rows = plan.rows.map { row in
      let (outcome, reason): (String, String?) =
        switch row.outcome {
        case .admitted: ("admitted", nil)
        case .member: ("member", nil)
        case .refused(let why): ("refused", why)
        }
      return RowFacts(
        place: row.place, agency: row.agency?.description, name: row.name, outcome: outcome,
        reason: reason, note: row.note)
    }
    let outcomes = rows.map(\.outcome)
    func count(_ outcome: String) -> Int { outcomes.count { $0 == outcome } }
    (admitted, members, refused) = (count("admitted"), count("member"), count("refused"))
    compared = plan.isCompared
  }
}
