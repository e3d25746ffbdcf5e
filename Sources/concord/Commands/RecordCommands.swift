import ArgumentParser
import Casework
import Foundation
import Node
import Records
import Replica

struct Put: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write fields of a record, new or known; prints the record's id.",
    discussion: """
      F=V sets a field (a log gets one more entry, a set becomes this one element), F+=V adds to a
      set or log, F-=V takes from a set, F= clears.
      """)
  @OptionGroup var node: NodeArgument
  @Argument(help: "The record's type, as child.")
  var type: String
  @Argument(help: "What to write.")
  var assignments: [String]
  @Option(help: "The record's id (a UUID); a new one where there is none.", transform: Typed.record)
  var id: RecordID?
  @Option(name: .customLong("as"), help: "Who acts.")
  var person: String?

  func validate() throws {
    for text in assignments where Edit.Assignment(argument: text) == nil {
      throw ValidationError("'\(text)': expected FIELD=VALUE, FIELD+=VALUE, FIELD-=VALUE or FIELD=")
    }
    try Typed.check(assignments + [person].compactMap { $0 })
    try Typed.check(person: person)
  }

  func run() async throws {
    let opened = try node.open()
    let record = id ?? LocalNode.newRecordID()
    let edit = Edit(
      type: type, record: record,
      assignments: assignments.compactMap(Edit.Assignment.init(argument:)), person: person)
    _ = try opened.put([edit])
    await opened.announceChange()
    for agency in try opened.strangers(in: edit) {
      Warning.print("\(agency) is no party or member of an agreement here yet: nothing goes there")
      if let problem = try Self.unlisted(agency, at: opened) { Warning.print(problem) }
    }
    print(record)
  }

  /// A school that the list of schools does not have is a mistyped URN more often than a new school.
  private static func unlisted(_ agency: AgencyID, at node: LocalNode) throws -> String? {
    guard agency.namedKind == .school, let directory = try node.caseFiles.directory(),
      !directory.schools.contains(where: { $0.agency == agency })
    else { return nil }
    return
      "\(agency): no school in the list of schools has this URN; expected school. and the URN of one "
      + "that is there, as GIAS gives it"
  }
}

extension Edit.Assignment {
  init?(argument: String) {
    guard let equals = argument.firstIndex(of: "=") else { return nil }
    let text = String(argument[argument.index(after: equals)...])
    var field = String(argument[..<equals])
    let sign = field.last
    if sign == "+" || sign == "-" { field.removeLast() }
    guard Name.isValid(field) else { return nil }
    switch (sign, text.isEmpty) {
    case ("+", false): self = .add(field: field, text: text)
    case ("-", false): self = .remove(field: field, text: text)
    case ("+", true), ("-", true): return nil
    case (_, true): self = .clear(field: field)
    case (_, false): self = .set(field: field, text: text)
    }
  }
}

struct Get: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show one record.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The record's id.", transform: Typed.record)
  var id: RecordID
  @OptionGroup var reader: ReaderOptions
  @OptionGroup var output: JSONFlag

  func run() throws {
    let opened = try node.open()
    let record = try opened.replica.record(id)
    try opened.audit("viewed", of: id, by: reader.person, detail: reader.detail(""))
    let corrections = try opened.replica.corrections(of: id).map(CorrectionFacts.init)
    guard !output.json else { return try printJSON(RecordFacts(record, corrections)) }
    print(RecordText.of(record))
    for correction in corrections { print("  A person says of \(correction.text)") }
  }
}

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show all records of a type.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The records' type, as notification.")
  var type: String
  @OptionGroup var reader: ReaderOptions
  @OptionGroup var output: JSONFlag

  func run() throws {
    let opened = try node.open()
    let records = try opened.replica.records(ofType: type)
    try opened.audit(
      "searched", by: reader.person,
      detail: reader.detail("\(type), \(ReaderOptions.ids(records.map(\.id)))"))
    guard !output.json else { return try printJSON(records.map { RecordFacts($0) }) }
    if records.isEmpty { print("No \(type) here.") }
    for record in records { print(RecordText.of(record)) }
  }
}

struct History: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what happened to a record, as far as this node may know.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The record's id.", transform: Typed.record)
  var id: RecordID
  @OptionGroup var reader: ReaderOptions
  @OptionGroup var output: JSONFlag

  func run() throws {
    let opened = try node.open()
    let entries = try opened.replica.history(of: id)
    try opened.audit("viewed", of: id, by: reader.person, detail: reader.detail("history"))
    guard !output.json else { return try printJSON(entries.map(HistoryFacts.init)) }
    for entry in entries { print(HistoryText.of(entry)) }
  }
}

struct Conflicts: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the fields whose values a person must choose between.")
  @OptionGroup var node: NodeArgument
  @OptionGroup var reader: ReaderOptions
  @OptionGroup var output: JSONFlag

  func run() throws {
    let opened = try node.open()
    let conflicts = try opened.replica.conflicts()
    try opened.audit(
      "searched", by: reader.person,
      detail: reader.detail("conflicts, \(ReaderOptions.ids(conflicts.map(\.record)))"))
    guard !output.json else { return try printJSON(conflicts.map(ConflictFacts.init)) }
    if conflicts.isEmpty { print("Nothing waits for a choice.") }
    for conflict in conflicts { print(ConflictText.of(conflict)) }
  }
}

struct Resolve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Choose the value that stands, over all those in conflict.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The record's id.", transform: Typed.record)
  var id: RecordID
  @Argument(help: "The field.")
  var field: String
  @Option(help: "The value that stands.")
  var value: String
  @Option(
    parsing: .upToNextOption,
    help: "The write ids that were looked at; fails where there are others by now.",
    transform: Typed.write)
  var seen: [WriteID] = []
  @Option(name: .customLong("as"), help: "Who acts.")
  var person: String?

  func validate() throws {
    try Typed.check([value] + [person].compactMap { $0 })
    try Typed.check(person: person)
  }

  func run() async throws {
    let opened = try node.open()
    _ = try opened.resolve(id, field, value: value, seen: seen, person: person)
    await opened.announceChange()
    print("\(field) of \(id) is settled")
  }
}

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Say whether an agency, or a device, gets a field of a record from this node, and why.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The record's id.", transform: Typed.record)
  var id: RecordID
  @Argument(help: "The field.")
  var field: String
  @Option(name: .customLong("for"), help: "The agency that asks.", transform: Typed.agency)
  var agency: AgencyID?
  @Option(help: "Instead of an agency: one of this agency's own devices.")
  var device: String?
  @OptionGroup var output: JSONFlag

  func validate() throws {
    guard (agency == nil) != (device == nil) else {
      throw ValidationError("say who asks: --for AGENCY, or --device NAME")
    }
  }

  func run() throws {
    let opened = try node.open()
    let peer: NodeName
    if let device {
      guard let known = try opened.devices().first(where: { $0.node.node == device }) else {
        throw NodeError("\(opened.agency) has no device \(device) (concord device list)")
      }
      peer = known.node
    } else {
      peer = NodeName(agency: agency ?? opened.agency)
    }
    let explanation = try opened.replica.explain(id, field, for: peer, now: opened.clock.now())
    let facts = ExplanationFacts(explanation, try opened.replica.partnership())
    let asker = peer.isDevice ? peer.description : peer.agency.description
    if output.json { try printJSON(facts) } else { print(facts.text(field, asker)) }
  }
}
