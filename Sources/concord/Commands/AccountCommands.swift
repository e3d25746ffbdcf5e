import Agreements
import ArgumentParser
import Foundation
import Node
import Records
import Replica

struct AccountCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "account", abstract: "Who may sign in to the pages of this node.",
    subcommands: [Add.self, Show.self, Disable.self, Roles.self])

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add somebody, or give them a new password, title and role.",
      discussion: """
        The password is asked for, or read from standard input where that is no terminal: it never stands \
        in an argument.
        """)
    @OptionGroup var node: NodeArgument
    @Argument(help: "What they type to sign in: lower-case letters, digits, '.', '-', '_'.")
    var name: String
    @Option(help: "A role of the agency's policy, as key-adult (concord account roles DIR).")
    var role: String
    @Option(help: "As others of the agency know them; by default the name.")
    var title: String?

    func run() throws {
      let opened = try node.open()
      let people = try People(opened)
      let password = try Password.ask("Password for \(name): ")
      try people.put(name: name, title: title ?? name, role: role, password: password)
      print("\(name) can sign in as \(role)")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Show who may sign in.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var output: JSONFlag

    func run() throws {
      let accounts = try People(try node.open()).accounts()
      if output.json { return try printJSON(accounts.map(AccountFacts.init)) }
      if accounts.isEmpty { print("Nobody yet (concord account add DIR NAME --role ROLE).") }
      for account in accounts {
        let state = account.disabledAt == nil ? "" : ", may not sign in any more"
        print("\(account.name)  \(PrintableText.shown(account.title)), \(account.role)\(state)")
      }
    }
  }

  struct Disable: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep somebody from signing in, at once.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "What they type to sign in.")
    var name: String

    func run() throws {
      try People(try node.open()).disable(name)
      print("\(name) may not sign in any more")
    }
  }

  struct Roles: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the roles of the agency's policy.")
    @OptionGroup var node: NodeArgument

    func run() throws {
      for role in try node.open().rolePolicy().roles {
        let duties = role.duties.map(\.rawValue).sorted().joined(separator: ", ")
        print("\(role.name)  \(role.title): \(duties)")
      }
    }
  }
}

/// An account as scripts see it.
struct AccountFacts: Encodable {
  let name: String
  let title: String
  let role: String
  let disabled_at: String?

  init(_ account: Account) {
    name = account.name
    title = account.title
    role = account.role
    disabled_at = account.disabledAt?.description
  }
}
