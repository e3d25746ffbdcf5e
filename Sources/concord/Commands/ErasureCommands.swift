import ArgumentParser
import Foundation
import Node
import Records
import Replica

/// Who decides at the command line, and why.
struct DecisionOptions: ParsableArguments {
  @Option(name: .customLong("as"), help: "Who decides.")
  var person: String?
  @Option(help: "Why.")
  var reason: String

  func validate() throws {
    try Typed.check([reason] + [person].compactMap { $0 })
    try Typed.check(person: person)
    try Typed.check(reason: reason)
  }
}

struct Erase: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Erase a record's values, or one field's, here and wherever they went from here.",
    discussion: """
      Whoever has a copy from here is told, erases it and confirms (concord erasure DIR ID). A copy that \
      another agency keeps by its own right stays with it, and it says so. What was erased does not come back.
      """)
  @OptionGroup var node: NodeArgument
  @Argument(help: "The record's id.", transform: Typed.record)
  var id: RecordID
  @Argument(help: "One field only.")
  var field: String?
  @Option(help: "The basis: a law, an order of a court, a request of the person.")
  var basis: String
  @Option(name: .customLong("as"), help: "Who decides.")
  var person: String?

  func validate() throws {
    try Typed.check([basis] + [person].compactMap { $0 })
    try Typed.check(person: person)
    try Typed.check(reason: basis)
  }

  func run() async throws {
    let opened = try node.open()
    let erasure = try opened.erase(id, field: field, basis: basis, by: person)
    await opened.announceChange()
    print(try ErasureText.done(erasure, at: opened))
  }
}

struct ErasureStatus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erasure",
    abstract: "Show what was erased of a record, and who has confirmed that their copy is gone.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The record's id.", transform: Typed.record)
  var id: RecordID
  @OptionGroup var output: JSONFlag

  func run() throws {
    let replica = try node.open().replica
    let facts = ErasureFacts(
      erasures: try replica.erasures(of: id), copies: try replica.erasedCopies(of: id))
    guard !facts.erasures.isEmpty else {
      throw NodeError("nothing of \(id) was erased here by anybody's decision")
    }
    if output.json { try printJSON(facts) } else { print(facts.text) }
  }
}

/// What a person is told right after they erased something.
enum ErasureText {
  static func done(_ erasure: Erasure, at node: LocalNode) throws -> String {
    let values = erasure.values == 1 ? "1 value is" : "\(erasure.values) values are"
    let places = Set(try node.replica.erasedCopies(of: erasure.record).map(\.peer)).sorted()
    guard !places.isEmpty else { return "\(values) erased; no copy had gone anywhere" }
    return
      "\(values) erased; copies are taken back from \(places.map(\.place).joined(separator: ", ")): "
      + "concord erasure DIR \(erasure.record) shows who has confirmed"
  }
}

extension NodeName {
  /// An agency, or one of its devices by its full name.
  var place: String { isDevice ? description : agency.description }
}

/// How far an erasure has come, as scripts see it.
struct ErasureFacts: Encodable {
  struct ErasedFacts: Encodable {
    let field: String?
    let basis: String
    let by: String
    let at: String
    let values: Int
  }

  struct CopyFacts: Encodable {
    let at: String
    /// `waiting`, `told`, or what the receiver answered: `erased`, `held-otherwise`, `retained`.
    let state: String
    let values: Int
    let since: String?
    let basis: String?
  }

  let erasures: [ErasedFacts]
  let copies: [CopyFacts]
  let confirmed: Bool

  init(erasures: [Erasure], copies: [ErasedCopy]) {
    self.erasures = erasures.map {
      ErasedFacts(
        field: $0.field, basis: $0.basis, by: $0.person, at: $0.at.description, values: $0.values)
    }
    self.copies = copies.map { copy in
      switch copy.state {
      case .waiting:
        CopyFacts(
          at: copy.peer.place, state: "waiting", values: copy.values, since: nil, basis: nil)
      case .told(let time):
        CopyFacts(
          at: copy.peer.place, state: "told", values: copy.values, since: time.description,
          basis: nil)
      case .answered(let outcome, let time, let basis):
        CopyFacts(
          at: copy.peer.place, state: outcome, values: copy.values,
          since: time?.description,
          basis: basis.isEmpty ? nil : basis)
      }
    }
    confirmed = self.copies.allSatisfy { $0.state == "erased" }
  }

  var text: String {
    var lines = erasures.map {
      "\($0.at)  \($0.values) values\($0.field.map { " of \($0)" } ?? "") erased by "
        + "\(PrintableText.shown($0.by)): \(PrintableText.shown($0.basis))"
    }
    lines += copies.map { copy in
      let said =
        switch copy.state {
        case "waiting": "not told yet"
        case "told": "told \(copy.since ?? ""), not confirmed yet"
        case "erased": "erased, confirmed \(copy.since ?? "")"
        case "retained": "kept, on the basis: \(PrintableText.shown(copy.basis ?? ""))"
        default: "kept by their own right: they wrote it, or have it from somebody else"
        }
      return "  \(copy.at): \(copy.values) values \(said)"
    }
    if copies.isEmpty { lines.append("  No copy had gone anywhere.") }
    return lines.joined(separator: "\n")
  }
}

struct HoldCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold",
    abstract: "Legal hold: nothing of a record is erased here while it stands.",
    subcommands: [Add.self, Release.self, ListHolds.self], defaultSubcommand: Add.self)

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Put a record, and all that refers to it, under a hold (what `concord hold DIR ID` does).")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The record's id.", transform: Typed.record)
    var id: RecordID
    @OptionGroup var decision: DecisionOptions

    func run() throws {
      let opened = try node.open()
      try opened.replica.hold(
        id, reason: decision.reason, by: LocalNode.actor(decision.person), now: opened.now)
      print("\(id) and what refers to it is not erased while the hold stands")
    }
  }

  struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Release a record; what others took back meanwhile is erased now.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The record's id.", transform: Typed.record)
    var id: RecordID
    @OptionGroup var decision: DecisionOptions

    func run() async throws {
      let opened = try node.open()
      let erased = try opened.replica.releaseHold(
        id, reason: decision.reason, by: LocalNode.actor(decision.person), now: opened.now)
      await opened.announceChange()
      print(
        "\(id) is released"
          + (erased > 0 ? "; \(erased) values that had been taken back meanwhile are erased" : ""))
    }
  }

  struct ListHolds: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Show all holds, those that were released too.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var output: JSONFlag

    struct Facts: Encodable {
      let record: String
      let reason: String
      let by: String
      let at: String
      let released_at: String?
      let released_by: String?
      let release_reason: String?
    }

    func run() throws {
      let facts = try node.open().replica.holds().map { hold in
        Facts(
          record: hold.record.description, reason: hold.reason, by: hold.person,
          at: hold.at.description, released_at: hold.release?.at.description,
          released_by: hold.release?.person, release_reason: hold.release?.reason)
      }
      if output.json { return try printJSON(facts) }
      if facts.isEmpty { print("Nothing is under a hold.") }
      for hold in facts {
        let end = hold.released_at.map {
          "; released \($0): \(PrintableText.shown(hold.release_reason ?? ""))"
        }
        print("\(hold.record)  since \(hold.at): \(PrintableText.shown(hold.reason))\(end ?? "")")
      }
    }
  }
}
