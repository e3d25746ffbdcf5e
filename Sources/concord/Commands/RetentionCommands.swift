import ArgumentParser
import Casework
import Foundation
import Node
import Records
import Replica

struct RetentionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retention",
    abstract: "Look at records whose time is over: nothing is destroyed by itself.",
    discussion: """
      How long what is kept stands in retention.yaml in the node's folder, else in the proposals of \
      Protocol/policies/retention.yaml and in the agreement's profile.
      """,
    subcommands: [Due.self, Keep.self, Destroy.self])

  struct Due: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the records whose time is over, and the rule that says so.")
    @OptionGroup var node: NodeArgument
    @Option(help: "Those too whose time will be over by this day.", transform: Typed.date)
    var by: LocalDate?
    @OptionGroup var output: JSONFlag

    struct Facts: Encodable {
      let record: String
      let type: String
      let due: String
      let since: String
      let since_what: String
      let keep: String
      let rule: String
      let on_hold: Bool
    }

    func run() throws {
      let facts = try node.open().retentionDue(by: by).map { item in
        Facts(
          record: item.due.record.description, type: item.due.type, due: item.due.due.description,
          since: item.due.since.description, since_what: item.due.sinceWhat,
          keep: item.due.rule.keep.description, rule: item.due.rule.source, on_hold: item.isOnHold)
      }
      if output.json { return try printJSON(facts) }
      if facts.isEmpty { print("No record's time is over.") }
      for item in facts {
        print(
          "\(item.record)  \(item.type), due \(item.due): \(item.keep) since \(item.since_what) "
            + "\(item.since) (\(item.rule))\(item.on_hold ? "; under a legal hold" : "")")
      }
    }
  }

  struct Keep: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep a record until a day although its time is over.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The record's id.", transform: Typed.record)
    var id: RecordID
    @Option(help: "Until this day; then it is looked at again.", transform: Typed.date)
    var until: LocalDate
    @OptionGroup var decision: DecisionOptions

    func run() throws {
      let opened = try node.open()
      guard until > LondonTime(opened.now).date else {
        throw NodeError("--until \(until) is over: expected a day to come")
      }
      try opened.replica.keep(
        id, until: until, reason: decision.reason, by: LocalNode.actor(decision.person),
        now: opened.now)
      print("\(id) is kept until \(until)")
    }
  }

  struct Destroy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Destroy a record whose time is over, here and wherever it went from here.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The record's id.", transform: Typed.record)
    var id: RecordID
    @Option(name: .customLong("as"), help: "Who decides.")
    var person: String
    @Option(help: "Why.")
    var reason: String

    func validate() throws {
      try Typed.check([person, reason])
      try Typed.check(person: person)
      try Typed.check(reason: reason)
    }

    func run() async throws {
      let opened = try node.open()
      let erasure = try opened.destroy(id, reason: reason, by: LocalNode.actor(person))
      await opened.announceChange()
      print(try ErasureText.done(erasure, at: opened))
    }
  }
}
