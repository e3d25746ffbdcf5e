import ArgumentParser
import Casework
import Foundation
import Node
import Records

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Plans with families (OE Plus).",
    subcommands: [Start.self, Show.self, Board.self, Family.self])

  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a notification grow into a plan; prints the plan's id.",
      discussion: "The family is who the notification and its incident concern.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The notification's record.", transform: Typed.record)
    var notification: RecordID
    @Option(help: "When the plan is looked at again.", transform: Typed.date)
    var review: LocalDate?
    @Option(help: "What the plan is for.")
    var goals: String?
    @Option(name: .customLong("as"), help: "Who acts.")
    var person: String?
    @OptionGroup var output: JSONFlag

    func validate() throws {
      try Typed.check([goals, person].compactMap { $0 })
      try Typed.check(person: person)
    }

    func run() async throws {
      let opened = try node.open()
      let (id, isNew) = try opened.startPlan(
        from: notification, reviewOn: review, goals: goals, person: person)
      if isNew { await opened.announceChange() }
      if output.json { return try printJSON(StartedPlanFacts(id: "\(id)", new: isNew)) }
      print(id)
      if !isNew { Note.print("the plan was there before") }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a plan: needs, goals, actions, voices, and how agencies see it.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The plan's record.", transform: Typed.record)
    var plan: RecordID
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var output: JSONFlag

    func run() throws {
      let opened = try node.open()
      let found = try opened.plan(plan)
      try opened.audit("viewed", of: plan, by: reader.person, detail: reader.detail("plan"))
      let today = LondonTime(opened.clock.now()).date
      let seen = try opened.perspectives(of: found)
      if output.json { return try printJSON(PlanFacts(found, seen, today: today)) }
      print(
        PlanText.of(found, seen, today: today, names: try opened.names(of: found.family)))
    }
  }

  struct Board: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show all plans: late actions first, then by review date.")
    @OptionGroup var node: NodeArgument
    @OptionGroup var reader: ReaderOptions
    @OptionGroup var output: JSONFlag

    func run() throws {
      let opened = try node.open()
      let today = LondonTime(opened.clock.now()).date
      let plans = try opened.plans()
      try opened.audit(
        "searched", by: reader.person,
        detail: reader.detail("plans, \(ReaderOptions.ids(plans.map(\.id)))"))
      if output.json { return try printJSON(plans.map { PlanFacts($0, [], today: today) }) }
      if plans.isEmpty { print("No plans here.") }
      for plan in plans { print(PlanText.line(plan, today: today)) }
    }
  }

  struct Family: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print for one of a family what is held about them and with whom it is shared.",
      discussion: """
        Only what is held about those who are named, and about the plan. Others of the family are not \
        named in it: one of them may be the person whom the plan protects from.
        """)
    @OptionGroup var node: NodeArgument
    @Argument(help: "The plan's record.", transform: Typed.record)
    var plan: RecordID
    @Option(
      name: .customLong("for"), help: "Whom it is for, and a child of theirs; may be repeated.",
      transform: Typed.record)
    var people: [RecordID] = []
    @OptionGroup var reader: ReaderOptions

    func run() throws {
      let opened = try node.open()
      let family = try opened.plan(plan).family
      let names = try opened.names(of: family)
      guard !people.isEmpty, people.allSatisfy(family.contains) else {
        let list = family.map { "  \($0) \(PrintableText.shown(names[$0] ?? "(no name)"))" }
        throw ValidationError(
          "--for: say for whom it is printed, so that nobody reads of another. The family:\n"
            + list.joined(separator: "\n"))
      }
      for person in people {
        try opened.audit(
          "viewed", of: person, by: reader.person, detail: reader.detail("print for the family"))
      }
      print(try FamilyView(of: plan, for: people, at: opened).text)
    }
  }
}

struct ActionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "action", abstract: "Actions of a plan.",
    subcommands: [Add.self, SetStatus.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add an action to a plan; prints its id.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The plan's record.", transform: Typed.record)
    var plan: RecordID
    @Option(help: "What is done.")
    var task: String
    @Option(help: "Who does it.", transform: Typed.agency)
    var owner: AgencyID
    @Option(help: "By when.", transform: Typed.date)
    var due: LocalDate
    @Option(help: "The school whose part it is.", transform: Typed.agency)
    var school: AgencyID?
    @Option(name: .customLong("as"), help: "Who acts.")
    var person: String?

    func validate() throws {
      try Typed.check([task, person].compactMap { $0 })
      try Typed.check(person: person)
      guard !task.allSatisfy(\.isWhitespace) else {
        throw ValidationError("--task: expected what is done")
      }
    }

    func run() async throws {
      let opened = try node.open()
      var request = ActionRequest(task: task, owner: owner, dueOn: due)
      request.school = school
      request.person = person
      print(try opened.addAction(to: plan, request))
      await opened.announceChange()
    }
  }

  struct SetStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "status", abstract: "Say how far an action is: its owner alone does.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The action's record.", transform: Typed.record)
    var action: RecordID
    @Argument(help: "open, under-way, done or dropped.")
    var status: String
    @Option(name: .customLong("as"), help: "Who acts.")
    var person: String?

    func validate() throws { try Typed.check(person: person) }

    func run() async throws {
      let opened = try node.open()
      try opened.setStatus(of: action, to: status, person: person)
      await opened.announceChange()
    }
  }
}

struct VoiceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "voice", abstract: "What survivors and children say, in their own words.",
    subcommands: [Add.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Record what somebody said; prints its id.",
      discussion: """
        About a child or an adult, or about a record that somebody puts right (--whose): that stands \
        beside the professional's text. It goes to those whom they agreed to, and to nobody else.
        """)
    @OptionGroup var node: NodeArgument
    @Argument(help: "Whose words, or the record that they put right.", transform: Typed.record)
    var about: RecordID
    @Option(
      help: "Whose words, where they are about a plan, an incident or another person.",
      transform: Typed.record)
    var whose: RecordID?
    @Option(help: "When they were asked.", transform: Typed.date)
    var askedOn: LocalDate
    @Option(help: "In their words.")
    var words: String?
    @Option(help: "What they want.")
    var wishes: String?
    @Option(help: "not-yet-asked, hub, hearer-only or refused.")
    var consent: String
    @Option(
      help: "An agency that they agreed to share it with; may be repeated.",
      transform: Typed.agency)
    var shareWith: [AgencyID] = []
    @Option(name: .customLong("as"), help: "Who acts.")
    var person: String?

    func validate() throws {
      try Typed.check([words, wishes, person].compactMap { $0 })
      try Typed.check(person: person)
    }

    func run() async throws {
      let opened = try node.open()
      var request = VoiceRequest(about: about, askedOn: askedOn, consent: consent)
      request.whose = whose
      request.words = words
      request.wishes = wishes
      request.shareWith = shareWith
      request.person = person
      print(try opened.record(request))
      await opened.announceChange()
    }
  }
}
