import ArgumentParser
import Casework
import Foundation
import Node
import Records

struct RouteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "route", abstract: "Who is told about a child, and why.",
    subcommands: [Show.self, Waiting.self, Schools.self, Forces.self], defaultSubcommand: Show.self)

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show who is told about a child, and why.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The child's record.", transform: Typed.record)
    var child: RecordID
    @OptionGroup var output: JSONFlag

    func run() throws {
      let recipient = try node.open().recipient(of: child)
      if output.json { return try printJSON(RecipientFacts(recipient)) }
      print(RecipientText.of(recipient))
    }
  }

  struct Waiting: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the children of incidents of whom nobody has been told, and why.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var output: JSONFlag

    func run() throws {
      let found = try node.open().waitingRoutes()
      if output.json { return try printJSON(found.map(WaitingRouteFacts.init)) }
      if found.isEmpty { print("Nobody waits.") }
      for waiting in found { print(WaitingRouteText.line(waiting)) }
    }
  }

  struct Forces: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a node the register of forces, for schools elsewhere (CSV).",
      discussion: """
        With the columns local_authority, as the list of schools names it, and force, as \
        police.avonshire. A child who goes to school in another force's area is notified through \
        that force.
        """)
    @OptionGroup var node: NodeArgument
    @Argument(help: "The register.")
    var file: String

    func run() throws {
      let register = try node.open().caseFiles.takeForces(file)
      print("Taken in: \(register.localAuthorities.count) areas.")
    }
  }

  struct Schools: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a node the lists of schools and of their links (GIAS, CSV).",
      discussion: "So that no notification goes to a school that has closed.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The list of schools.")
    var schools: String
    @Argument(help: "The list of links.")
    var links: String

    func run() throws {
      _ = try node.open().caseFiles.takeSchools(schools, links: links)
      print("Taken in.")
    }
  }
}

struct WaitingRouteFacts: Encodable {
  let child: String
  let incident: String?
  let reason: String

  init(_ waiting: WaitingRoute) {
    child = waiting.child.description
    incident = waiting.incident?.description
    reason = waiting.reason
  }
}

enum WaitingRouteText {
  static func line(_ waiting: WaitingRoute) -> String {
    let incident = waiting.incident.map { " of incident \($0)" } ?? ""
    return "child \(waiting.child)\(incident) waits for a person: \(waiting.reason)"
  }
}
