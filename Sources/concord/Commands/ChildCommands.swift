import ArgumentParser
import Casework
import Foundation
import Node
import Records

struct ChildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "child", abstract: "Records that may mean one child.",
    discussion: """
      Nothing is ever merged: both records stay. Plans and perspectives count two as one child once a \
      person has said so, and as two again once that is taken back.
      """, subcommands: [Likely.self, Same.self, Different.self, Undecided.self])

  struct Likely: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List pairs that a person should compare, the likeliest first.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var output: JSONFlag

    func run() throws {
      let opened = try node.open()
      let found = try opened.likelySameChildren()
      let shown = found.flatMap { [$0.first, $0.second] }
      try opened.audit(
        "searched", by: reader.person,
        detail: reader.detail("likely pairs, \(ReaderOptions.ids(shown))"))
      if output.json { return try printJSON(found.map(SameChildFacts.init)) }
      if found.isEmpty { print("No pair waits for a person.") }
      let names = try opened.names(of: shown)
      for pair in found {
        let both = [pair.first, pair.second].map {
          "\($0) \(PrintableText.shown(names[$0] ?? "(no name)"))"
        }
        print("\(both.joined(separator: "  and  "))  (\(Self.why(pair)))")
      }
    }

    private static func why(_ pair: SameChildren.Proposal) -> String {
      guard let weight = pair.weight else { return "the same NHS number or UPN" }
      let rounded = "weight \((weight * 10).rounded() / 10)"
      return pair.sharesNumber
        ? "the same NHS number or UPN, though all else differs: \(rounded)" : rounded
    }
  }

  /// The two records, and who says it.
  struct Pair: ParsableArguments {
    @OptionGroup var node: NodeArgument
    @Argument(help: "One child's record.", transform: Typed.record)
    var one: RecordID
    @Argument(help: "The other's.", transform: Typed.record)
    var other: RecordID
    @Option(name: .customLong("as"), help: "Who acts.")
    var person: String?

    func validate() throws { try Typed.check(person: person) }

    func judge(_ areSame: Bool?) async throws {
      let opened = try node.open()
      let isNew = try opened.judge(one, other, areSame: areSame, person: person)
      if isNew { await opened.announceChange() }
      print(isNew ? "Recorded." : "Nothing new.")
    }
  }

  struct Same: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say that two records mean one child.")
    @OptionGroup var pair: Pair

    func run() async throws { try await pair.judge(true) }
  }

  struct Different: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say that two records mean two children: they are proposed no longer.")
    @OptionGroup var pair: Pair

    func run() async throws { try await pair.judge(false) }
  }

  struct Undecided: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take back what was said of two records.")
    @OptionGroup var pair: Pair

    func run() async throws { try await pair.judge(nil) }
  }
}

/// Two records that may mean one child.
struct SameChildFacts: Encodable {
  let first: String
  let second: String
  let weight: Double?
  let sharesNumber: Bool

  enum CodingKeys: String, CodingKey {
    case first, second, weight
    case sharesNumber = "same_number"
  }

  init(_ proposal: SameChildren.Proposal) {
    first = proposal.first.description
    second = proposal.second.description
    weight = proposal.weight
    sharesNumber = proposal.sharesNumber
  }
}
