import Agreements
import Casework
import Foundation
import Node
import Records
import Replica

/// The node as its administrator looks at it in the morning: what is to be seen to first, then links, agreement,
/// what was set aside, what has an end. Ids and names of agencies stand here, and no record's value.
struct NodePage: Page {
  let path = "/node"
  let duty: Duty? = .node
  let asksNode = true

  struct Model: Sendable {
    let problems: [Form.Problem]
    /// In one line, whether anything is to be done.
    let lead: String
    let urgent: [FindingLine]
    /// What works and could be better.
    let advice: [FindingLine]
    let adviceCount: String?
    let waiting: WaitingChart?
    let links: [LinkLine]
    let quietLinks: String?
    let days: DaysChart?
    let agreements: [AgreementLine]
    let quarantine: [EntryLine]
    let moreAside: String?
    let overflows: [String]
    let isClear: Bool
    let ends: [String]
    let machine: [String]
    /// Whether this person may read the audit.
    let mayAudit: Bool
  }

  struct FindingLine: Sendable {
    let what: String
    let remedy: String
  }

  struct LinkLine: Sendable {
    let name: String
    let agency: String
    let state: String
    let isDown: Bool
    let last: String
    let waiting: Int
    let lag: String
    let clock: String
  }

  /// More would not be read; those that stand and owe nothing are counted.
  private static let mostLinks = 40
  private static let mostFindings = 20
  private static let mostEnds = 8

  func show(_ visit: Visit) throws -> Reply {
    let node = try visit.desk.node.overview(visit.running)
    // Links that are down stand under Links: of a county's schools there may be hundreds.
    let found = node.findings.filter { $0.about != "peers" || $0.level == .problem }
    func findings(_ level: Finding.Level) -> [FindingLine] {
      found.filter { $0.level == level }.prefix(Self.mostFindings)
        .map { FindingLine(what: $0.what, remedy: $0.remedy) }
    }
    let (urgent, advice) = (findings(.problem), findings(.advice))
    let down = node.links.filter { !$0.isConnected }.count
    let shown = node.links.sorted { Self.order($0) < Self.order($1) }.prefix(Self.mostLinks)
    let quiet = node.links.count - shown.count
    let aside = node.quarantine.prefix(Self.mostAside)
    var screen = Screen(
      "This node", "node",
      Model(
        problems: visit.form.problems, lead: Self.lead(urgent.count, down, node.quarantine.count),
        urgent: urgent, advice: advice,
        adviceCount: advice.isEmpty
          ? nil : advice.count == 1 ? "1 piece of advice" : "\(advice.count) pieces of advice",
        waiting: WaitingChart(node.links), links: shown.map { line($0, visit) },
        quietLinks: quiet > 0 ? "\(quiet) more are not shown: concord status lists them." : nil,
        days: DaysChart(node.days), agreements: node.signings.map { line($0, node, visit) },
        quarantine: aside.map { line($0, visit) },
        moreAside: node.quarantine.count > aside.count
          ? "Only the first \(aside.count) of \(node.quarantine.count) are shown." : nil,
        overflows: node.overflows.map {
          "\($0.changes) more changes of \($0.peer) found no room: concord quarantine clear."
        },
        isClear: node.quarantine.isEmpty && node.overflows.isEmpty,
        ends: node.expiries.prefix(Self.mostEnds).map { Self.line($0, visit) },
        machine: Self.machine(node, visit), mayAudit: visit.may(.audit)))
    screen.hasProblems = !visit.form.isSound
    return .page(screen)
  }

  private static func lead(_ problems: Int, _ down: Int, _ aside: Int) -> String {
    var parts: [String] = []
    if problems > 0 { parts.append(problems == 1 ? "1 problem" : "\(problems) problems") }
    if down > 0 { parts.append(down == 1 ? "1 link is down" : "\(down) links are down") }
    if aside > 0 { parts.append("\(aside) set aside") }
    return parts.isEmpty
      ? "All is in order." : "To be seen to: " + parts.joined(separator: ", ") + "."
  }

  /// What is down stands first, then what most waits for.
  private static func order(_ link: LinkState) -> (Int, Int, AgencyID) {
    (link.isConnected ? 1 : 0, -link.waiting, link.peer)
  }

  private func line(_ link: LinkState, _ visit: Visit) -> LinkLine {
    LinkLine(
      name: visit.name(of: link.peer), agency: link.peer.description,
      state: link.isConnected ? "Connected" : "Not connected", isDown: !link.isConnected,
      last: visit.spoken(link.lastSync) ?? "never", waiting: link.waiting,
      lag: link.lag == 0 ? "–" : Self.span(link.lag),
      clock: link.clockAhead.map { abs($0) < 1000 ? "the same" : Self.apart($0) } ?? "–")
  }

  private static func apart(_ ahead: Int64) -> String {
    "\(span(abs(ahead))) \(ahead > 0 ? "ahead" : "behind")"
  }

  /// A length of time, in the one unit that says enough.
  private static func span(_ milliseconds: Int64) -> String {
    let seconds = milliseconds / 1000
    switch seconds {
    case ..<120: return "\(seconds) s"
    case ..<7200: return "\(seconds / 60) minutes"
    case ..<172_800: return "\(seconds / 3600) hours"
    default: return "\(seconds / 86_400) days"
    }
  }

  private static func line(_ expiry: Expiry, _ visit: Visit) -> String {
    let days = (expiry.at.milliseconds - visit.now.milliseconds) / 86_400_000
    let what = expiry.what.prefix(1).uppercased() + expiry.what.dropFirst()
    let when = days < 0 ? "ended" : days == 0 ? "ends today" : "\(days) days"
    return "\(what): \(when) (\(PeopleTime.plain(expiry.at.utcDate)))"
  }

  private static func machine(_ node: NodeOverview, _ visit: Visit) -> [String] {
    let free = node.freeBytes.map { "\(size($0)) free on the disk" } ?? "Free room is not known"
    return [
      free, "The replica has \(size(node.replicaBytes))",
      visit.spoken(node.lastBackup).map { "Last backup \($0)" } ?? "No backup is known here",
    ]
  }

  private static func size(_ bytes: Int64) -> String {
    bytes < 2 << 30 ? "\(bytes >> 20) MB" : "\(bytes >> 30) GB"
  }
}
