import ArgumentParser
import Casework
import Foundation
import Logging
import Node
import Records
import Replica

struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Three agencies on this machine, one incident, end to end.",
    discussion: "All persons and events are fictional; the school and the calendar are real.")

  @Option(help: "Keep the node folders here (a new or empty folder).")
  var keep: String?
  @OptionGroup var output: JSONFlag
  @Option(help: .hidden)
  var data: String?
  @Option(help: "The URN of an open school of Sheffield.")
  var school = "106982"

  func run() async throws {
    let data = try DemoData(urn: school, folder: data)
    let folder = try makeFolder()
    defer { if keep == nil { try? FileManager.default.removeItem(atPath: folder) } }
    let json = output.json
    let story = try DemoStory(data: data, folder: folder) { if !json { print($0) } }
    defer { for agency in story.agencies { agency.stop() } }
    let facts = try await play(story)
    if json { try printJSON(facts) } else { show(facts, folder) }
    let failed = facts.checks.filter { !$0.passed }.map(\.check)
    guard failed.isEmpty else {
      throw NodeError("the demo's check failed: \(failed.joined(separator: ", "))")
    }
  }

  private func play(_ story: DemoStory) async throws -> DemoFacts {
    var checks = DemoChecks(story)
    try story.agree()
    try await story.start()
    let (due, delay) = try await story.notify()
    let arrived = story.school.node.clock.now()
    let (seconds, attoseconds) = delay.components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    story.tell("Due before school opens on \(PeopleTime.text(due)).")
    story.tell("\(story.school.title) had it \(milliseconds) ms after police wrote it.")
    checks.record(
      "notified before the deadline", arrived < due, "arrived \(arrived), due \(due)")
    try await story.respond()
    try await story.workOffline()
    try await story.comeBack()
    let step = try await story.escalate()
    checks.record("what nobody opened is escalated", step == .hub, "escalated to \(step.rawValue)")
    try await story.makePlan()
    let asked = try story.police.node.plan(story.plan)
    checks.record(
      "the child's words are in the plan, and the parent is not yet heard there",
      asked.voices.count == 1 && asked.notYetAsked.contains(story.adult),
      "\(asked.voices.count) voice, \(asked.notYetAsked.count) not yet asked")
    let conflict = try await story.resolve()
    checks.record(
      "both addresses stood to review", Set(conflict.map(\.by)).count == 2,
      "\(conflict.count) values")
    let grades = try story.police.replica.record(story.incident).field("risk_grade")?.values ?? []
    checks.record(
      "each agency's risk stands", Set(grades.map(\.by)).count == 2 && grades.count == 2,
      "\(grades.count) grades")
    try checks.convergence()
    checks.leaks("running")
    let tables = try story.agencies.map { try DemoTable(of: $0, in: story) }
    for agency in story.agencies { agency.stop() }
    try checks.rebuild()
    checks.leaks("stopped")
    return DemoFacts(
      school: story.school.id.description, incident_at: DemoStory.incidentAt.description,
      due_at: due.description, delivered_after_ms: milliseconds, address_conflict: conflict,
      tables: tables, checks: checks.results)
  }

  private func show(_ facts: DemoFacts, _ folder: String) {
    for table in facts.tables { print(table.text) }
    print("\nChecks")
    for check in facts.checks {
      print("  \(check.passed ? "ok    " : "FAILED") \(check.check): \(check.detail)")
    }
    if keep != nil { print("\nThe node folders are in \(folder).") }
  }

  private func makeFolder() throws -> String {
    let files = FileManager.default
    let folder =
      keep.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
      ?? files.temporaryDirectory.appendingPathComponent("concord-demo-\(UUID().uuidString)").path
    if let there = try? files.contentsOfDirectory(atPath: folder), !there.isEmpty {
      throw NodeError("\(folder) is not empty: --keep wants a new folder")
    }
    do {
      try files.createDirectory(
        atPath: folder, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw NodeError("cannot make \(folder): \(error.localizedDescription)")
    }
    return folder
  }
}

/// What the demo came to; `--json` prints it.
struct DemoFacts: Encodable {
  let school: String
  let incident_at: String
  let due_at: String
  let delivered_after_ms: Int64
  let address_conflict: [ValueFacts]
  let tables: [DemoTable]
  let checks: [DemoChecks.Result]
}

/// The demo's own links say nothing unless something is wrong.
enum DemoLog {
  static let logger: Logger = {
    var logger = Logger(label: "concord.demo")
    logger.logLevel = .error
    return logger
  }()
}
