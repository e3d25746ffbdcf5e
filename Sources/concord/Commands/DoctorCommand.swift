import ArgumentParser
import Node

/// Looks a node over.
struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look the node over, and say what to do about each finding.",
    discussion: """
      Clock, disk, key files, certificates, agreement, replica, backups, calendars and links; peers without a link are \
      dialled, which may take a minute where there are hundreds. Exits with 1 where \
      anything is a problem, with 0 where there is advice at most.
      """)
  @OptionGroup var node: NodeArgument
  @OptionGroup var output: JSONFlag

  func run() async throws {
    var found = try node.folder.findings()
    do {
      found += try await node.open().findings()
    } catch {
      found.append(Finding.unopened("\(error)"))
    }
    found.sort { $0.level < $1.level }
    if output.json {
      try printJSON(DoctorFacts(found))
    } else {
      for finding in found { print(finding) }
      if found.isEmpty { print("Nothing was found.") }
    }
    if found.contains(where: { $0.level == .problem }) { throw ExitCode(1) }
  }
}

/// What was found, as scripts see it.
struct DoctorFacts: Encodable {
  struct FindingFacts: Encodable {
    /// problem or advice
    let level: String
    let about: String
    let what: String
    let remedy: String
  }

  /// Whether nothing is a problem.
  let sound: Bool
  let findings: [FindingFacts]

  init(_ found: [Finding]) {
    sound = !found.contains { $0.level == .problem }
    findings = found.map {
      FindingFacts(
        level: $0.level.rawValue, about: $0.about, what: $0.what, remedy: $0.remedy)
    }
  }
}
