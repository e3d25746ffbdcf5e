import ArgumentParser
import Casework
import Foundation
import Node
import Records

struct TransferCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transfer",
    abstract: "Child protection files that follow a child to another school.",
    discussion: """
      Within five school days of the move, confirmed by the school that receives it, and chased. The \
      file itself goes by the schools' own secure way.
      """, subcommands: [Start.self, Sent.self, Received.self, ListAll.self])

  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Note that a child has moved; prints the transfer's id.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The child's record.", transform: Typed.record)
    var child: RecordID
    @Option(help: "The school that the child goes to.", transform: Typed.agency)
    var to: AgencyID
    @Option(
      help: "The school that sends the file, where it is not this one.", transform: Typed.agency)
    var from: AgencyID?
    @Option(help: "The day of the move.", transform: Typed.date)
    var moved: LocalDate
    @Option(name: .customLong("as"), help: "Who acts.")
    var person: String?
    @OptionGroup var output: JSONFlag

    func validate() throws { try Typed.check(person: person) }

    func run() async throws {
      let opened = try node.open()
      let (found, isNew) = try opened.startTransfer(
        of: child, from: from, to: to, movedOn: moved, person: person)
      if isNew { await opened.announceChange() }
      let today = LondonTime(opened.clock.now()).date
      if output.json { return try printJSON(TransferFacts(found, today: today)) }
      print(found.id)
      Note.print(TransferText.line(found, today: today))
    }
  }

  struct Sent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say that the file was sent: the school that it comes from does.")
    @OptionGroup var step: Step

    func run() async throws { try await step.take { try $0.sendFile($1, person: $2) } }
  }

  struct Received: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Confirm that the file has come: the school that it goes to does.")
    @OptionGroup var step: Step

    func run() async throws { try await step.take { try $0.receiveFile($1, person: $2) } }
  }

  struct ListAll: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List files that have not come, the latest first.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var output: JSONFlag

    func run() throws {
      let opened = try node.open()
      let today = LondonTime(opened.clock.now()).date
      let found = try opened.waitingTransfers()
      if output.json { return try printJSON(found.map { TransferFacts($0, today: today) }) }
      if found.isEmpty { print("No file waits.") }
      for file in found { print(TransferText.line(file, today: today)) }
    }
  }

  /// One transfer, and who acts.
  struct Step: ParsableArguments {
    @OptionGroup var node: NodeArgument
    @Argument(help: "The transfer's record.", transform: Typed.record)
    var id: RecordID
    @Option(name: .customLong("as"), help: "Who acts.")
    var person: String?

    func validate() throws { try Typed.check(person: person) }

    func take(_ step: (LocalNode, RecordID, String?) throws -> Void) async throws {
      let opened = try node.open()
      try step(opened, id, person)
      await opened.announceChange()
      print(TransferText.line(try opened.transfer(id), today: LondonTime(opened.clock.now()).date))
    }
  }
}

struct TransferFacts: Encodable {
  let id: String
  let child: String?
  let from: String?
  let to: String?
  let due_on: String?
  let sent_on: String?
  let received_on: String?
  let chased_on: [String]
  let late: Bool

  init(_ file: FileTransfer, today: LocalDate) {
    id = file.id.description
    child = file.child?.description
    from = file.from?.description
    to = file.to?.description
    due_on = file.dueOn?.description
    sent_on = file.sentOn?.description
    received_on = file.receivedOn?.description
    chased_on = file.chasedOn.map(\.description)
    late = file.isLate(on: today)
  }
}

enum TransferText {
  static func line(_ file: FileTransfer, today: LocalDate) -> String {
    var parts = [file.receivedOn != nil ? "received" : file.isLate(on: today) ? "LATE" : "waits"]
    parts.append("child protection file")
    if let from = file.from { parts.append("from \(from)") }
    if let to = file.to { parts.append("to \(to)") }
    if let due = file.dueOn { parts.append("due \(PeopleTime.text(due))") }
    if let sent = file.sentOn { parts.append("sent \(PeopleTime.text(sent))") }
    if let received = file.receivedOn { parts.append("received \(PeopleTime.text(received))") }
    if !file.chasedOn.isEmpty { parts.append("chased \(file.chasedOn.count) times") }
    return "\(file.id)  \(parts.joined(separator: ", "))"
  }
}
