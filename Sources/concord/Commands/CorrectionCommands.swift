import ArgumentParser
import Foundation
import Node
import Records
import Replica

struct CorrectionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "correction",
    abstract: "Record what a person says is not right about them; it stands beside the text.",
    subcommands: [Add.self, Decide.self, ListCorrections.self])

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Record a person's words about a field.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The record's id.", transform: Typed.record)
    var id: RecordID
    @Argument(help: "The field.")
    var field: String
    @Option(help: "What they say, in their words.")
    var words: String
    @Option(help: "Whose words these are, as the child, the mother.")
    var by: String
    @Option(name: .customLong("as"), help: "Who records them.")
    var person: String?

    func validate() throws {
      try Typed.check([words, by] + [person].compactMap { $0 })
      try Typed.check(person: person)
      guard !words.allSatisfy(\.isWhitespace) else {
        throw ValidationError("--words: expected what they say")
      }
    }

    func run() throws {
      let opened = try node.open()
      let (number, authors) = try opened.addCorrection(
        of: id, field, words: words, askedBy: by, by: person)
      print("correction \(number)")
      for author in authors where author != opened.agency {
        Note.print("What stands there was written by \(author): tell them, the decision is theirs.")
      }
    }
  }

  struct Decide: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Answer what a person said of this agency's own text.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The correction's number.")
    var number: Int64
    @Flag(help: "The person is right: write the field anew (concord put).")
    var accept = false
    @Flag(help: "The text stands, and the person's words beside it.")
    var decline = false
    @OptionGroup var decision: DecisionOptions

    func validate() throws {
      guard accept != decline else { throw ValidationError("say --accept or --decline") }
    }

    func run() throws {
      try node.open().decideCorrection(
        number, isAccepted: accept, reason: decision.reason, by: decision.person)
      print("correction \(number) is \(accept ? "accepted" : "declined")")
    }
  }

  struct ListCorrections: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Show what people said, and what was answered.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "Only of this record.", transform: Typed.record)
    var id: RecordID?
    @OptionGroup var output: JSONFlag

    func run() throws {
      let facts = try node.open().replica.corrections(of: id).map(CorrectionFacts.init)
      if output.json { return try printJSON(facts) }
      if facts.isEmpty { print("Nobody has asked for a correction.") }
      for correction in facts {
        print("\(correction.correction)  \(correction.record) \(correction.text)")
      }
    }
  }
}

extension CorrectionFacts {
  var text: String {
    let answer = outcome.map { "\($0): \(PrintableText.shown(reason ?? ""))" } ?? "not answered yet"
    return
      "\(field): \"\(PrintableText.shown(words))\" -- \(PrintableText.shown(by)), \(at); \(answer)"
  }
}
