import Agreements
import ArgumentParser
import Casework
import Foundation
import Node
import Records
import Replica

struct AccessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "access",
    abstract: "Answer a person who asks what is held about them, within one month.",
    subcommands: [
      Start.self, ListRequests.self, Review.self, Decide.self, Extend.self, Export.self, Close.self,
    ])

  struct Start: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Open a request: the clock runs from the day on which it came.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The record of the person: a child or an adult.", transform: Typed.record)
    var id: RecordID
    @Option(help: "The day on which it came; today where there is none.", transform: Typed.date)
    var received: LocalDate?
    @Option(help: "Who asks: subject, parent or representative.")
    var askedBy = "subject"
    @Option(name: .customLong("as"), help: "Who opens it.")
    var person: String?
    @OptionGroup var output: JSONFlag

    func validate() throws {
      try Typed.check(person: person)
      guard LocalNode.accessAskers.contains(askedBy) else {
        throw ValidationError(
          "--asked-by: expected one of \(LocalNode.accessAskers.joined(separator: ", "))")
      }
    }

    func run() throws {
      let opened = try node.open()
      let request = try opened.openRequest(
        about: id, askedBy: askedBy, received: received, by: person)
      let facts = try RequestFacts(request, at: opened)
      if output.json { return try printJSON(facts) }
      print("request \(request.id): to be answered by \(facts.due)")
    }
  }

  struct ListRequests: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Show the requests, and by when each has to be answered.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var output: JSONFlag

    func run() throws {
      let opened = try node.open()
      let facts = try opened.replica.accessRequests().map { try RequestFacts($0, at: opened) }
      if output.json { return try printJSON(facts) }
      if facts.isEmpty { print("Nobody has asked.") }
      for request in facts { print(request.text) }
    }
  }

  struct Review: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what is held about the person, and what becomes of each part.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The request's number.")
    var request: Int64
    @Flag(help: "Only what waits for a decision.")
    var undecided = false
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var output: JSONFlag

    func run() throws {
      let opened = try node.open()
      let file = try opened.accessFile(request)
      try opened.audit(
        "viewed", of: file.request.subject, by: reader.person,
        detail: reader.detail("review of request \(request)"))
      let facts = ReviewFacts(file, undecidedOnly: undecided)
      if output.json { try printJSON(facts) } else { print(facts.text) }
    }
  }

  struct Decide: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Decide whether a part is given or left out.",
      discussion: """
        PART is a part as concord access review shows it, or what it begins with: a record, or RECORD/FIELD. \
        serious-harm and childs-interest are decided for the request as a whole: --disclose says that what \
        is given does no serious harm, or is in the child's interest.
        """)
    @OptionGroup var node: NodeArgument
    @Argument(help: "The request's number.")
    var request: Int64
    @Argument(help: "The part.")
    var part: String
    @Flag(help: "It is given.")
    var disclose = false
    @Flag(help: "It is left out; the person reads why.")
    var redact = false
    @OptionGroup var decision: DecisionOptions

    func validate() throws {
      guard disclose != redact else { throw ValidationError("say --disclose or --redact") }
    }

    func run() throws {
      let count = try node.open().decide(
        request, part, isDisclosed: disclose, reason: decision.reason, by: decision.person)
      print("\(count) \(count == 1 ? "part is" : "parts are") \(disclose ? "given" : "left out")")
    }
  }

  struct Extend: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take two months more, once, for a request that is complex or one of many.",
      discussion: "Tell whoever asked within the first month, and why (UK GDPR Art 12(3)).")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The request's number.")
    var request: Int64
    @OptionGroup var decision: DecisionOptions

    func run() throws {
      let opened = try node.open()
      let before = try opened.accessDue(try opened.replica.accessRequest(request))
      let extended = try opened.extendRequest(
        request, reason: decision.reason, by: decision.person)
      print("request \(request): to be answered by \(try opened.accessDue(extended))")
      Note.print("Tell whoever asked by \(before) that it takes longer, and why.")
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write what the person gets: access.html to read, access.json for machines.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The request's number.")
    var request: Int64
    @Option(name: .customShort("o"), help: "The new folder.")
    var output: String
    @Option(name: .customLong("as"), help: "Who gives it out.")
    var person: String?

    func validate() throws { try Typed.check(person: person) }

    func run() throws {
      try TextFile.checkNew(output)
      let export = try node.open().accessExport(request, by: person)
      guard mkdir(output, 0o700) == 0 else {
        throw NodeError("cannot make \(output): \(String(cString: strerror(errno)).lowercased())")
      }
      try TextFile.create(export.html(), at: output + "/access.html", isPrivate: true)
      try TextFile.create(try export.json(), at: output + "/access.json", isPrivate: true)
      print(
        "\(output)/access.html and access.json: \(export.givenCount) values given, "
          + "\(export.redactedCount) left out. \(export.marking): hand them over in person, or by a safe way"
      )
    }
  }

  struct Close: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Close a request.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The request's number.")
    var request: Int64
    @Option(help: "answered, refused or withdrawn.")
    var outcome = "answered"
    @OptionGroup var decision: DecisionOptions

    func validate() throws {
      guard ["answered", "refused", "withdrawn"].contains(outcome) else {
        throw ValidationError("--outcome: expected answered, refused or withdrawn")
      }
    }

    func run() throws {
      let opened = try node.open()
      try opened.replica.closeRequest(
        request, outcome: outcome, reason: decision.reason, by: LocalNode.actor(decision.person),
        now: opened.now)
      print("request \(request) is closed: \(outcome)")
    }
  }
}

/// A request as scripts see it.
struct RequestFacts: Encodable {
  let request: Int64
  let subject: String
  let asked_by: String
  let received: String
  let due: String
  let is_late: Bool
  let extended_at: String?
  let extension_reason: String?
  let closed_at: String?
  let outcome: String?
  let reason: String?

  init(_ request: AccessRequest, at node: LocalNode) throws {
    let due = try node.accessDue(request)
    let closed = request.closing.map { LondonTime($0.at).date } ?? LondonTime(node.now).date
    self.request = request.id
    subject = request.subject.description
    asked_by = request.askedBy
    received = request.received.description
    self.due = due.description
    is_late = closed > due
    extended_at = request.moreTime?.at.description
    extension_reason = request.moreTime?.reason
    closed_at = request.closing?.at.description
    outcome = request.closing?.outcome
    reason = request.closing?.reason
  }

  var text: String {
    let state = outcome.map { "\($0) \(closed_at ?? "")" } ?? (is_late ? "LATE" : "open")
    let extended = extension_reason.map { ", extended: \(PrintableText.shown($0))" } ?? ""
    return
      "\(request)  \(state), due \(due), received \(received), about \(subject), asked by \(asked_by)"
      + extended
  }
}

/// What is to be decided about a request, as scripts see it.
struct ReviewFacts: Encodable {
  struct Part: Encodable {
    let part: String
    let type: String
    let field: String
    let value: String
    /// `disclose`, `redact` or `undecided`.
    let verdict: String
    let reason: String?
    let decided_by: String?
  }

  struct Test: Encodable {
    let name: String
    let question: String
    let decision: String?
    let decided_by: String?
  }

  let request: Int64
  let due: String
  let tests: [Test]
  let parts: [Part]
  let undecided: Int
  let records_about_others: Int

  init(_ file: AccessFile, undecidedOnly: Bool) {
    request = file.request.id
    due = file.due.description
    tests = file.tests.map {
      Test(
        name: $0.name, question: $0.question, decision: $0.decision?.decision,
        decided_by: $0.decision?.person)
    }
    undecided = file.undecided.count
    records_about_others = file.others
    parts = file.holdings.flatMap(\.items).compactMap { item in
      var (verdict, reason): (String, String?) = ("disclose", nil)
      switch item.verdict {
      case .disclose: break
      case .redact(let why): (verdict, reason) = ("redact", why)
      case .undecided(let why): (verdict, reason) = ("undecided", why)
      }
      if undecidedOnly, verdict != "undecided" { return nil }
      return Part(
        part: item.part.key, type: item.part.type, field: item.part.field.name,
        value: item.part.value.description, verdict: verdict,
        reason: reason ?? item.decision?.reason,
        decided_by: item.decision?.person)
    }
  }

  var text: String {
    var lines = ["Request \(request), to be answered by \(due)."]
    lines += tests.map { "\($0.decision ?? "UNDECIDED")  \($0.name): \($0.question)" }
    lines += parts.map { part in
      "\(part.verdict == "undecided" ? "UNDECIDED" : part.verdict)  \(part.type) \(part.field) = "
        + "\(PrintableText.shown(part.value))\n    \(part.part)"
        + (part.reason.map { "\n    \(PrintableText.shown($0))" } ?? "")
    }
    if records_about_others > 0 {
      lines.append("\(records_about_others) records about other people are left out as a whole.")
    }
    lines.append(
      undecided == 0 ? "No part waits for a decision." : "\(undecided) parts wait for a decision.")
    return lines.joined(separator: "\n")
  }
}
