import ArgumentParser
import Casework
import Foundation
import Node
import Records

struct CalendarCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calendar",
    abstract: "School calendars: what they say, and when a school has to be told.",
    subcommands: [Check.self, Deadline.self, Take.self])

  /// The file that a command reads, and what is known beside it.
  struct CalendarFile: ParsableArguments {
    @Argument(help: "A calendar: .json (an authority's term dates), .csv or .ics (iCalendar).")
    var file: String
    @Option(help: "When the school's day begins, in London.", transform: Typed.timeOfDay)
    var opens = SchoolCalendar.usualOpening
    @Option(help: "When the school's day ends, in London.", transform: Typed.timeOfDay)
    var closes = SchoolCalendar.usualClosing
    @Option(
      help: "A training day of the school's own (2027-05-04); may be repeated.",
      transform: Typed.date)
    var inset: [LocalDate] = []
    @Option(help: "Bank holidays, in the shape of gov.uk/bank-holidays.json.")
    var bankHolidays: String?

    func validate() throws {
      guard opens < closes else { throw ValidationError(Typed.hours) }
    }

    func data() throws -> Data { try Self.data(file) }

    func read() throws -> SchoolCalendar {
      let national = try bankHolidays.map {
        try BankHolidaysFile(try Self.data($0), source: $0)
      }
      return try SchoolCalendar(
        try data(), named: file,
        with: CalendarExtras(
          bankHolidays: national, insetDays: Set(inset), opens: opens, closes: closes))
    }

    private static func data(_ path: String) throws -> Data {
      guard let data = FileManager.default.contents(atPath: path) else {
        throw NodeError("cannot read \(path)")
      }
      return data
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the school days that follow from a calendar, one on each line.",
      discussion: """
        Days that are in doubt are named on the error output. Of bank holidays it prints the days and \
        their names.
        """)
    @OptionGroup var calendar: CalendarFile
    @OptionGroup var output: JSONFlag

    func run() throws {
      let data = try calendar.data()
      guard !BankHolidaysFile.isOne(data) else {
        return try check(try BankHolidaysFile(data, source: calendar.file))
      }
      let read = try calendar.read()
      if output.json { return try printJSON(CalendarFacts(read)) }
      for day in read.schoolDays { print(day) }
      for doubt in read.doubts { Warning.print("in doubt: \(doubt)") }
    }

    private func check(_ holidays: BankHolidaysFile) throws {
      if output.json { return try printJSON(BankHolidayFacts(holidays)) }
      for day in holidays.entries { print("\(day.days.lowerBound) \(day.title)") }
      Warning.print(
        "these are bank holidays, no school's calendar: concord calendar import takes them in, and they "
          + "hold beside every calendar")
    }
  }

  struct Deadline: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print when a school has to be told of an incident at a moment.",
      discussion: """
        One line, in London's time: before the next school day begins, or at once within school hours. \
        Outside the calendar, and on days in doubt, it is the next weekday, and the error output says so.
        """)
    @OptionGroup var calendar: CalendarFile
    @Argument(help: "When it happened (RFC 3339).", transform: Typed.instant)
    var instant: Instant
    @OptionGroup var output: JSONFlag

    func run() throws {
      let due = NotificationDeadline.due(after: instant, at: try calendar.read())
      if output.json { return try printJSON(DeadlineFacts(due)) }
      print(LondonTime.iso8601(due.at))
      if let assumption = due.assumption { Warning.print("\(assumption)") }
    }
  }

  struct Take: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Give a node the calendar of a school, or of all that have none of their own.",
      discussion: """
        Hours and INSET days stand beside the calendar and stay when a new one comes. For a school that \
        keeps the authority's dates, give them with --school and no file. Bank holidays (the shape of \
        gov.uk/bank-holidays.json) hold beside every calendar.
        """)
    @OptionGroup var node: NodeArgument
    @Argument(help: "The calendar: .json, .csv or .ics; or bank holidays as .json.")
    var file: String?
    @Option(help: "The school; without one, the calendar is for all.", transform: Typed.agency)
    var school: AgencyID?
    @Option(help: "When the school's day begins, in London.", transform: Typed.timeOfDay)
    var opens: Int?
    @Option(help: "When the school's day ends, in London.", transform: Typed.timeOfDay)
    var closes: Int?
    @Option(
      help:
        "A training day of its own (2027-05-04); may be repeated, takes the place of those before.",
      transform: Typed.date)
    var inset: [LocalDate] = []

    func validate() throws {
      if let opens, let closes, opens >= closes { throw ValidationError(Typed.hours) }
      guard file != nil || opens != nil || closes != nil || !inset.isEmpty else {
        throw ValidationError("give a calendar file, or --opens, --closes or --inset")
      }
    }

    func run() throws {
      let opened = try node.open()
      let change = CalendarChange(
        file: file, opens: opens, closes: closes, insetDays: inset.isEmpty ? nil : Set(inset))
      switch try opened.caseFiles.takeCalendar(change, for: school) {
      case .calendar(let calendar): say(calendar)
      case .bankHolidays(let holidays):
        let days = holidays.days.keys.sorted()
        print(
          "\(days.count) bank holidays, "
            + (days.first.map { "\($0)" } ?? "") + " to " + (days.last.map { "\($0)" } ?? "") + ".")
      }
    }

    private func say(_ calendar: SchoolCalendar) {
      for doubt in calendar.doubts { Warning.print("in doubt: \(doubt)") }
      if !calendar.hasBankHolidays {
        Warning.print(
          "no bank holidays in it: take them in too (concord calendar import DIR bank-holidays.json)"
        )
      }
      print(
        "Calendar from \(calendar.known.lowerBound) to \(calendar.known.upperBound), "
          + "\(calendar.schoolDays.count) school days, \(Typed.time(calendar.opens)) to "
          + "\(Typed.time(calendar.closes)).")
    }
  }
}

extension Typed {
  fileprivate static let hours = "--opens has to come before --closes"

  /// Minutes since midnight, as people write them.
  fileprivate static func time(_ minutes: Int) -> String {
    func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(padded(minutes / 60)):\(padded(minutes % 60))"
  }
}

/// Bank holidays by day.
struct BankHolidayFacts: Encodable {
  let kind = "bank-holidays"
  let days: [String: String]

  init(_ holidays: BankHolidaysFile) {
    days = Dictionary(
      holidays.days.map { ($0.key.description, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}

/// What a calendar comes to.
struct CalendarFacts: Encodable {
  let first: String
  let last: String
  let schoolDays: [String]
  let doubts: [String]

  init(_ calendar: SchoolCalendar) {
    first = calendar.known.lowerBound.description
    last = calendar.known.upperBound.description
    schoolDays = calendar.schoolDays.map(\.description)
    doubts = calendar.doubts.map(\.description)
  }

  enum CodingKeys: String, CodingKey {
    case first, last, doubts
    case schoolDays = "school_days"
  }
}

/// A deadline.
struct DeadlineFacts: Encodable {
  let dueAt: String
  let isAssumed: Bool
  /// Why, in words; absent where the calendar has an answer.
  let assumption: String?

  init(_ deadline: NotificationDeadline) {
    dueAt = LondonTime.iso8601(deadline.at)
    isAssumed = deadline.isAssumed
    assumption = deadline.assumption?.description
  }

  enum CodingKeys: String, CodingKey {
    case assumption
    case dueAt = "due_at"
    case isAssumed = "assumed"
  }
}
