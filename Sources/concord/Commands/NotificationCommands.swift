import Agreements
import ArgumentParser
import Casework
import Foundation
import Node
import Records
import Replica

struct Notify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell a child's school of an incident; prints the notification's id.",
    discussion: """
      To whom and by when follows from the child's school and its calendar. The same child and \
      incident are notified once, however often this is run.
      """)
  @OptionGroup var node: NodeArgument
  @Argument(help: "The child's record.", transform: Typed.record)
  var child: RecordID
  @Option(help: "The incident's record.", transform: Typed.record)
  var incident: RecordID?
  @Option(help: "When it happened (RFC 3339), where no incident says so.", transform: Typed.instant)
  var at: Instant?
  @Option(help: "The school, where a person has to choose.", transform: Typed.agency)
  var school: AgencyID?
  @Option(help: "What the school has to know.")
  var context: String?
  @Option(help: "What the school is asked to do.")
  var guidance: String?
  @Option(
    help: """
      A role at the school that must not open it, as where a relative has it: key-adult, \
      second-key-adult or head; may be repeated.
      """)
  var notFor: [KeyAdultRole] = []
  @Option(
    help: "A notification that was sent here to be passed on to the school.",
    transform: Typed.record)
  var passesOn: RecordID?
  @Option(name: .customLong("as"), help: "Who acts.")
  var person: String?
  @OptionGroup var output: JSONFlag

  func validate() throws {
    try Typed.check([context, guidance, person].compactMap { $0 })
    try Typed.check(person: person)
  }

  func run() async throws {
    let opened = try node.open()
    var request = NotifyRequest(child: child)
    request.incident = incident
    request.occurredAt = at
    request.school = school
    request.context = context
    request.guidance = guidance
    request.notFor = Set(notFor)
    request.passesOn = passesOn
    request.person = person
    let issued = try opened.notify(request)
    if issued.isNew { await opened.announceChange() }
    if output.json { return try printJSON(IssuedFacts(issued)) }
    print(issued.id)
    Note.print(IssuedText.of(issued))
    EndingText.warn(of: [issued.school], at: opened)
  }
}

struct ShowInbox: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inbox", abstract: "Show what waits, what is late first, then by deadline.")
  @OptionGroup var node: NodeArgument
  @OptionGroup var reader: ReaderOptions
  @OptionGroup var output: JSONFlag

  /// After an import many wait at once; `concord route waiting` lists them all.
  private static let mostUndecided = 10

  func run() throws {
    let opened = try node.open()
    let now = opened.clock.now()
    let waiting = Inbox.waiting(try opened.notifications(), at: now)
    try opened.audit(
      "searched", by: reader.person,
      detail: reader.detail("inbox, \(ReaderOptions.ids(waiting.map(\.id)))"))
    if output.json {
      return try printJSON(
        waiting.map {
          NotificationFacts($0, now: now, assumption: try opened.assumption(about: $0))
        })
    }
    let undecided = try opened.waitingRoutes()
    if waiting.isEmpty, undecided.isEmpty { print("Nothing waits.") }
    for found in waiting {
      print(NotificationText.line(found, now: now))
      if let why = try opened.assumption(about: found) { print("  deadline: \(why)") }
    }
    for found in undecided.prefix(Self.mostUndecided) { print(WaitingRouteText.line(found)) }
    if undecided.count > Self.mostUndecided {
      print("and \(undecided.count - Self.mostUndecided) more: concord route waiting")
    }
    let today = LondonTime(now).date
    for file in try opened.waitingTransfers() where file.isLate(on: today) {
      print(TransferText.line(file, today: today))
    }
    EndingText.warn(of: Set(waiting.compactMap(\.school)), at: opened)
  }
}

/// Calendars that end, where their schools' notifications are looked at.
enum EndingText {
  static func warn(of schools: Set<AgencyID>, at node: LocalNode) {
    let today = LondonTime(node.clock.now()).date
    for school in schools.sorted() {
      guard let ending = try? node.caseFiles.endingCalendar(of: school, on: today) else { continue }
      Warning.print("\(ending)")
    }
  }
}

struct Open: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Open a notification: shows it, and enters in its ledger that it was opened.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The notification's record.", transform: Typed.record)
  var id: RecordID
  @Option(help: "In which role: key-adult, second-key-adult or head.")
  var role = KeyAdultRole.keyAdult
  @Option(name: .customLong("as"), help: "Who acts.")
  var person: String?
  @OptionGroup var output: JSONFlag

  func validate() throws { try Typed.check(person: person) }

  func run() async throws {
    let opened = try node.open()
    let (found, isFirst) = try opened.open(id, as: role, person: person)
    if isFirst { await opened.announceChange() }
    let now = opened.clock.now()
    let helpline = try opened.helpline()
    if output.json { return try printJSON(NotificationFacts(found, now: now, helpline: helpline)) }
    print(NotificationText.line(found, now: now))
    print(RecordText.of(try opened.replica.record(id)))
    if let child = found.child, let record = try? opened.replica.record(child) {
      print(RecordText.of(record))
    }
    if let helpline { print("For advice, call \(helpline).") }
  }
}

struct Respond: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Record how a child is supported after a notification.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The notification's record.", transform: Typed.record)
  var id: RecordID
  @Option(help: "silent (other pupils do not notice) or overt.")
  var mode: String?
  @Option(help: "What is done.")
  var actions: String?
  @Flag(help: "Somebody has looked after the child since.")
  var welfareCheck = false
  @Option(help: "What the child wishes.")
  var wishes: String?
  @Flag(help: "The parents are not to be contacted.")
  var doNotContactParents = false
  @Flag(help: "The child has been supported.")
  var actedOn = false
  @Option(help: "What the hub should know, where the agreement says so.")
  var detail: String?
  @Option(name: .customLong("as"), help: "Who acts.")
  var person: String?
  @OptionGroup var output: JSONFlag

  func validate() throws {
    try Typed.check([mode, actions, wishes, detail, person].compactMap { $0 })
    try Typed.check(person: person)
  }

  func run() async throws {
    let opened = try node.open()
    var response = SchoolResponse()
    response.mode = mode
    response.isWelfareChecked = welfareCheck
    response.actions = actions
    response.childWishes = wishes
    response.doNotContactParents = doNotContactParents ? true : nil
    response.isActedOn = actedOn
    response.detail = detail
    response.person = person
    let isNew = try opened.respond(to: id, response)
    if isNew { await opened.announceChange() }
    let found = try opened.notification(id)
    if output.json {
      return try printJSON(NotificationFacts(found, now: opened.clock.now()))
    }
    print(isNew ? "Recorded. The notification is \(found.state.rawValue)." : "Nothing new.")
  }
}

struct Withdraw: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take a notification back that this agency issued; the reason stays.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "The notification's record.", transform: Typed.record)
  var id: RecordID
  @Option(help: "Why it is taken back; its recipient reads it.")
  var because: String
  @Option(name: .customLong("as"), help: "Who acts.")
  var person: String?

  func validate() throws {
    try Typed.check([because, person].compactMap { $0 })
    try Typed.check(person: person)
  }

  func run() async throws {
    let opened = try node.open()
    try opened.withdraw(id, because: because, person: person)
    await opened.announceChange()
    print("Withdrawn.")
  }
}

struct ReadinessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "readiness", abstract: "Show which schools are ready for notifications.")
  @OptionGroup var node: NodeArgument
  @Argument(help: "One school; without one, all that take part here.", transform: Typed.agency)
  var school: AgencyID?
  @OptionGroup var output: JSONFlag

  func run() throws {
    let opened = try node.open()
    let schools =
      try school.map { [$0] }
      ?? opened.replica.partnership().parties.filter { $0.namedKind == .school }
    let found = try schools.map { try opened.readiness(of: $0) }
    if output.json { return try printJSON(found.map(ReadinessFacts.init)) }
    if found.isEmpty { print("No school takes part here.") }
    for readiness in found {
      let lacks = readiness.lacks.map(\.description).joined(separator: "; ")
      let ends = readiness.trainingEnds.map { ", training until \(PeopleTime.text($0))" } ?? ""
      print("\(readiness.school): \(readiness.isReady ? "ready\(ends)" : "not ready: \(lacks)")")
    }
  }
}
