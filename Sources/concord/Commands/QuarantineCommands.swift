import ArgumentParser
import Foundation
import Node
import Records
import Replica

struct Quarantine: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Show what was received and kept aside, and why; try it again, or refuse it for good.",
    subcommands: [Show.self, Release.self, Refuse.self, Clear.self], defaultSubcommand: Show.self)

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what is kept aside (what `concord quarantine DIR` does).")
    @OptionGroup var node: NodeArgument
    @OptionGroup var output: JSONFlag

    func run() throws {
      let opened = try node.open()
      let replica = opened.replica
      let entries = try replica.quarantine(at: opened.clock.now()).map(QuarantineFacts.init)
      guard !output.json else { return try printJSON(entries) }
      if entries.isEmpty { print("Nothing is kept aside.") }
      for entry in entries { print(entry.text) }
      for overflow in try replica.quarantineOverflow() { print(overflow.text) }
    }
  }

  struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Try an entry again by what is known now.",
      discussion: """
        A change that may still not be applied stays. What one of the agency's own devices wrote is let
        in although the device was revoked: look first in whose hands it was. Where no value was kept, since this agency
        might not have it then, the sender is asked for it again (concord verify DIR --peer AGENCY).
        """)
    @OptionGroup var node: NodeArgument
    @Argument(help: "The entry's number, as concord quarantine shows it.")
    var id: Int64
    @Option(help: "Why, for the record.")
    var reason: String

    func validate() throws { try Typed.check(reason: reason) }

    func run() async throws {
      let opened = try node.open()
      let isApplied = try opened.releaseFromQuarantine(id)
      await opened.announceChange()
      print(
        isApplied
          ? "entry \(id) is applied"
          : "entry \(id) held no value: it comes again with concord verify, where it may")
    }
  }

  struct Refuse: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Refuse an entry for good: its value goes, its signed header stays as evidence.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The entry's number, as concord quarantine shows it.")
    var id: Int64
    @Option(help: "Why, for the record.")
    var reason: String

    func validate() throws { try Typed.check(reason: reason) }

    func run() throws {
      try node.open().replica.refuse(id, reason: reason)
      print("entry \(id) is refused for good")
    }
  }

  struct Clear: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make room after a flood: what a peer sent and can never be applied goes.",
      discussion: """
        Signed headers, which are evidence, go with it: copy the node's folder first where they are
        needed. What is held for later stays. What there was no room for comes again with the next
        connection, where it was honest.
        """)
    @OptionGroup var node: NodeArgument
    @Option(help: "The agency whose entries go.", transform: Typed.agency)
    var peer: AgencyID
    @Option(help: "Which of its devices sent them, where one did.")
    var device: String?

    func run() throws {
      let name = NodeName(agency: peer, node: device ?? NodeName.agencyNode)
      let count = try node.open().replica.clearQuarantine(of: name)
      print("\(count) entries of \(device == nil ? "\(peer)" : "\(name)") are gone")
    }
  }
}
