import ArgumentParser
import Casework
import Foundation
import Node
import Records

struct ContactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "contact", abstract: "Show how somebody may be contacted, carefully.",
    discussion: """
      Where values differ the more careful one counts, and no number is shown that may be the wrong one.
      """)
  @OptionGroup var node: NodeArgument
  @Argument(help: "The safe contact's record.", transform: Typed.record)
  var id: RecordID
  @OptionGroup var reader: ReaderOptions
  @OptionGroup var output: JSONFlag

  func run() throws {
    let opened = try node.open()
    let contact = try opened.safeContact(id)
    try opened.audit("viewed", of: id, by: reader.person, detail: reader.detail("contact"))
    if output.json { return try printJSON(ContactFacts(contact)) }
    print(ContactText.of(contact))
  }
}

struct ReleaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release", abstract: "What a service gives out for a purpose and a time.",
    discussion: "By default nothing leaves it. What was given is taken back when its time is over.",
    subcommands: [Give.self, Revoke.self, ListAll.self])

  struct Give: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a record to an agency until a day; prints the release's id.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The record.", transform: Typed.record)
    var record: RecordID
    @Option(help: "To whom.", transform: Typed.agency)
    var to: AgencyID
    @Option(help: "What for.")
    var purpose: String
    @Option(help: "The last day.", transform: Typed.date)
    var until: LocalDate
    @Option(name: .customLong("as"), help: "Who acts.")
    var person: String?

    func validate() throws {
      try Typed.check([purpose, person].compactMap { $0 })
      try Typed.check(person: person)
    }

    func run() async throws {
      let opened = try node.open()
      print(
        try opened.release(record, to: to, purpose: purpose, until: until, person: person))
      await opened.announceChange()
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a release back at once; the receiver's copy goes.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The record.", transform: Typed.record)
    var record: RecordID
    @Option(help: "From whom.", transform: Typed.agency)
    var from: AgencyID
    @Option(help: "Why.")
    var because: String
    @Option(name: .customLong("as"), help: "Who acts.")
    var person: String?

    func validate() throws {
      try Typed.check([because, person].compactMap { $0 })
      try Typed.check(person: person)
    }

    func run() async throws {
      let opened = try node.open()
      try opened.revoke(record, from: from, because: because, person: person)
      await opened.announceChange()
      print("Revoked: the copy at \(from) goes with the next sync.")
    }
  }

  struct ListAll: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List what was given out, to whom and until when.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var output: JSONFlag

    func run() throws {
      let opened = try node.open()
      let today = LondonTime(opened.clock.now()).date
      let found = try opened.releases()
      if output.json { return try printJSON(found.map { ReleaseFacts($0, today: today) }) }
      if found.isEmpty { print("Nothing was given out.") }
      for release in found { print(ContactText.line(release, today: today)) }
    }
  }
}

struct ContactFacts: Encodable {
  let id: String
  let safety: String
  let number: String?
  let times: String?
  let code_word: String?
  let unsettled: [String]
  let workers: [String]
  let released_to: [String]

  init(_ contact: SafeContact) {
    id = contact.id.description
    safety = contact.caution.rawValue
    number = contact.number
    times = contact.times
    code_word = contact.codeWord
    unsettled = contact.unsettled
    workers = contact.workers
    released_to = contact.releasedTo.map(\.description)
  }
}

struct ReleaseFacts: Encodable {
  let id: String
  let record: String
  let to: String
  let purpose: String?
  let until: String?
  let holds: Bool
  let revoked: String?

  init(_ release: TimedRelease, today: LocalDate) {
    id = release.id.description
    record = release.record.description
    to = release.to.description
    purpose = release.purpose
    until = release.until?.description
    holds = release.holds(on: today)
    revoked = release.revoked
  }
}

enum ContactText {
  static func of(_ contact: SafeContact) -> String {
    var lines = ["OFFICIAL-SENSITIVE", words(contact.caution)]
    if let number = contact.number { lines.append("  number: \(PrintableText.shown(number))") }
    if let times = contact.times { lines.append("  times: \(PrintableText.shown(times))") }
    if let word = contact.codeWord { lines.append("  code word: \(PrintableText.shown(word))") }
    for part in contact.unsettled {
      lines.append(
        "  \(part.replacing("_", with: " ")): two values stand; ask the service that holds them")
    }
    if !contact.workers.isEmpty {
      let names = contact.workers.map(PrintableText.shown).joined(separator: ", ")
      lines.append("  only for: \(names)")
    }
    return lines.joined(separator: "\n")
  }

  private static func words(_ caution: SafeContact.Caution) -> String {
    switch caution {
    case .safe: "Contact is safe as follows:"
    case .askFirst: "ASK the service that holds this FIRST:"
    case .unsafe: "UNSAFE: do not contact. The number is not shown."
    }
  }

  static func line(_ release: TimedRelease, today: LocalDate) -> String {
    let state =
      release.revoked.map { "revoked: \(PrintableText.shown($0))" }
      ?? (release.holds(on: today) ? "until \(release.until.map(PeopleTime.text) ?? "")" : "over")
    return
      "\(release.record)  to \(release.to)  \(PrintableText.shown(release.purpose ?? ""))  (\(state))"
  }
}
