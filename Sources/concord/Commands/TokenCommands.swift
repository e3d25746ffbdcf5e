import ArgumentParser
import Foundation
import Node
import Records
import Replica

struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Which programs may ask this node over its HTTP API.",
    subcommands: [Add.self, Show.self, Revoke.self])

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a program a token; prints it, this once.",
      discussion: """
        The node keeps only what a token is checked against: whoever loses it is given another. A program \
        that goes on with a new token before the old one ends misses nothing.
        """)
    @OptionGroup var node: NodeArgument
    @Argument(
      help: "What the program is called, in the audit: lower-case letters, digits, '.', '-', '_'.")
    var name: String
    @Option(
      help: """
        What it may do: status, records:read, records:write, notifications:read, notifications:write or \
        quarantine:read; may be repeated.
        """)
    var scope: [TokenScope]
    @Option(
      help: """
        As which role of the agency's policy it sees and writes records (concord account roles DIR).
        """)
    var role: String?
    @Option(help: "For how many days it counts, at most \(Programs.longestDays).")
    var days = Programs.longestDays
    @Option(name: .customLong("as"), help: "Who gives it, for the audit.")
    var person: String?

    func validate() throws { try Typed.check(person: person) }

    func run() throws {
      let programs = Programs(try node.open())
      let (token, kept) = try programs.add(
        name, scopes: Set(scope), role: role, days: days, by: person)
      print(token)
      Note.print(
        "token \(kept.id) of \(kept.name) counts until \(kept.expiresAt.utcDate); it is shown this once"
      )
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Show which tokens there are, and when each was last used.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var output: JSONFlag

    func run() throws {
      let facts = try Programs(try node.open()).tokens().map { TokenFacts($0) }
      if output.json { return try printJSON(facts) }
      if facts.isEmpty { print("None yet (concord token add DIR NAME --scope SCOPE).") }
      for token in facts { print(token.text) }
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take a token back, at once.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "Its number, as concord token list shows it.")
    var id: Int64
    @Option(name: .customLong("as"), help: "Who takes it back, for the audit.")
    var person: String?

    func validate() throws { try Typed.check(person: person) }

    func run() throws {
      try Programs(try node.open()).revoke(id, by: person)
      print("token \(id) counts no more")
    }
  }
}

/// A token as scripts see it: never the token itself.
struct TokenFacts: Encodable {
  let id: Int64
  let name: String
  let role: String?
  let scopes: [String]
  let created_at: String
  let expires_at: String
  let used_at: String?
  let revoked_at: String?
  /// Whether it counts now.
  let counts: Bool

  init(_ token: ProgramToken, at now: Instant = NodeClock().now()) {
    id = token.id
    name = token.name
    role = token.role
    scopes = token.scopes.sorted()
    created_at = token.createdAt.description
    expires_at = token.expiresAt.description
    used_at = token.usedAt?.description
    revoked_at = token.revokedAt?.description
    counts = token.counts(at: now)
  }

  var text: String {
    let state =
      revoked_at.map { "taken back \($0)" }
      ?? (counts ? "until \(expires_at)" : "ended \(expires_at)")
    let used = used_at.map { "last used \($0)" } ?? "never used"
    return
      "\(id)  \(name), \(role ?? "no role"): \(scopes.joined(separator: " ")); \(state), \(used)"
  }
}
