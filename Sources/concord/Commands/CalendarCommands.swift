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

  /// The file that a command reads.
  struct CalendarFile: ParsableArguments {
    @Argument(help: "A calendar: .json (an authority's term dates), .csv or .ics (iCalendar).")
    var file: String
    @Option(help: "When the school's day begins, in London.", transform: Typed.timeOfDay)
    var opens = 8 * 60 + 45
    @Option(help: "When the school's day ends, in London.", transform: Typed.timeOfDay)
    var closes = 15 * 60 + 30

    func read() throws -> SchoolCalendar {
      guard let data = FileManager.default.contents(atPath: file) else {
        throw NodeError("cannot read \(file)")
      }
      return try SchoolCalendar(data, named: file, opens: opens, closes: closes)
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the school days that follow from a calendar, one on each line.",
      discussion: "Days that are in doubt are named on the error output.")
    @OptionGroup var calendar: CalendarFile
    @OptionGroup var output: JSONFlag

    func run() throws {
      let read = try calendar.read()
      if output.json { return try printJSON(CalendarFacts(read)) }
      for day in read.schoolDays { print(day) }
      for doubt in read.doubts { Warning.print("in doubt: \(doubt)") }
    }
  }

  struct Deadline: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print when a school has to be told of an incident at a moment.",
      discussion: """
        One line, in London's time: before the next school day begins, or at once within school hours. \
        Beyond the calendar's end it is the next weekday, and the error output says so.
        """)
    @OptionGroup var calendar: CalendarFile
    @Argument(help: "When it happened (RFC 3339).", transform: Typed.instant)
    var instant: Instant
    @OptionGroup var output: JSONFlag

    func run() throws {
      let due = NotificationDeadline.due(after: instant, at: try calendar.read())
      if output.json { return try printJSON(DeadlineFacts(due)) }
      print(LondonTime.iso8601(due.at))
      if due.isAssumed {
        Warning.print("the calendar ends before: the next weekday is assumed; import newer dates")
      }
    }
  }

  struct Take: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Give a node the calendar of a school, or of all that have none of their own.")
    @OptionGroup var node: NodeArgument
    @Argument(help: "The calendar: .json, .csv or .ics.")
    var file: String
    @Option(help: "The school; without one, the calendar is for all.", transform: Typed.agency)
    var school: AgencyID?

    func run() throws {
      let opened = try node.open()
      let calendar = try opened.caseFiles.takeCalendar(file, for: school)
      for doubt in calendar.doubts { Warning.print("in doubt: \(doubt)") }
      print(
        "Calendar from \(calendar.known.lowerBound) to \(calendar.known.upperBound), "
          + "\(calendar.schoolDays.count) school days.")
    }
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

  init(_ deadline: NotificationDeadline) {
    dueAt = LondonTime.iso8601(deadline.at)
    isAssumed = deadline.isAssumed
  }

  enum CodingKeys: String, CodingKey {
    case dueAt = "due_at"
    case isAssumed = "assumed"
  }
}
