import Agreements
import Casework
import Foundation
import Records
import Replica

/// What a node measures of itself, as Prometheus reads it (text format 0.0.4). No measure names a child, a record
/// or a person.
public struct Measures: Sendable {
  /// One measure: all that it says now.
  public struct Measure: Sendable {
    let name: String
    let help: String
    /// Whether it only ever grows.
    let isCounter: Bool
    private var samples: [(label: String?, value: Int64)] = []
    private let labelled: String?

    init(_ name: String, _ help: String, by label: String? = nil, isCounter: Bool = false) {
      self.name = name
      self.help = help
      self.isCounter = isCounter
      labelled = label
    }

    mutating func say(_ value: some BinaryInteger, of label: String? = nil) {
      samples.append((label, Int64(value)))
    }

    fileprivate var text: String {
      var lines = ["# HELP \(name) \(help)", "# TYPE \(name) \(isCounter ? "counter" : "gauge")"]
      for sample in samples {
        var line = name
        if let labelled, let label = sample.label {
          line += "{\(labelled)=\"\(Self.escaped(label))\"}"
        }
        lines.append("\(line) \(sample.value)")
      }
      return lines.joined(separator: "\n") + "\n"
    }

    private static func escaped(_ text: String) -> String {
      text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
  }

  public let all: [Measure]

  /// The page that Prometheus reads.
  public var text: String { all.map(\.text).joined() }
}

extension LocalNode {
  /// Milliseconds before its deadline in which a notification that nobody has opened is at risk.
  private static let riskBefore: Int64 = 2 * 3_600_000

  /// Measures the node.
  /// - Throws: `ReplicaError` where the replica cannot be read.
  public func measures() async throws -> Measures {
    var measures = linkMeasures(try linkStates(await runningNode()))
    measures += try replicaMeasures() + notificationMeasures() + machineMeasures()
    return Measures(all: measures)
  }

  private func linkMeasures(_ links: [LinkState]) -> [Measures.Measure] {
    var stands = Measures.Measure(
      "concord_link_connected", "1 while the link with a peer stands.", by: "peer")
    var lag = Measures.Measure(
      "concord_link_lag_seconds", "Since when something waits for a peer.", by: "peer")
    var waiting = Measures.Measure(
      "concord_link_waiting_changes", "Changes that wait for a peer.", by: "peer")
    var offset = Measures.Measure(
      "concord_clock_offset_seconds", "How far a peer's clock is ahead of this one.", by: "peer")
    for link in links {
      let name = link.peer.description
      stands.say(link.isConnected ? 1 : 0, of: name)
      waiting.say(link.waiting, of: name)
      lag.say(link.lag / 1000, of: name)
      if let ahead = link.clockAhead { offset.say(ahead / 1000, of: name) }
    }
    return [stands, lag, waiting, offset]
  }

  private func replicaMeasures() throws -> [Measures.Measure] {
    var aside = Measures.Measure("concord_quarantine_entries", "Changes that were set aside.")
    aside.say(try replica.quarantine().count)
    var conflicts = Measures.Measure(
      "concord_conflicts", "Fields that wait for a person to choose.")
    if try replica.relearning().isEmpty { conflicts.say(try replica.conflictPlaces().count) }
    var erasures = Measures.Measure(
      "concord_erasures_unfinished", "Keys of what was erased that are not destroyed yet.")
    erasures.say(try replica.unfinishedErasures())
    return [aside, conflicts, erasures]
  }

  private func notificationMeasures() throws -> [Measures.Measure] {
    var risk = Measures.Measure(
      "concord_notifications_at_risk", "Notifications that nobody has opened, due within two hours."
    )
    var missed = Measures.Measure(
      "concord_notifications_missed_total",
      "Notifications that reached their school late, or not yet.",
      isCounter: true)
    guard try replica.relearning().isEmpty else { return [risk, missed] }
    let (now, cases) = (clock.now(), try notifications())
    risk.say(
      cases.filter { found in
        guard let due = found.dueAt, !found.isSettled, found.state < .opened else { return false }
        return now < due && due.milliseconds - now.milliseconds < Self.riskBefore
      }.count)
    missed.say(
      cases.filter { found in
        guard let due = found.dueAt, found.withdrawn == nil else { return false }
        return found.wasInTime.map { !$0 } ?? (now >= due)
      }.count)
    return [risk, missed]
  }

  private func machineMeasures() throws -> [Measures.Measure] {
    var days = Measures.Measure(
      "concord_certificate_expiry_days", "Days until a certificate or a key expires.", by: "what")
    let real = Int64(Date().timeIntervalSince1970 * 1000)
    for expiry in try expiring(within: 36_500) {
      days.say((expiry.at.milliseconds - real) / 86_400_000, of: expiry.what)
    }
    var backup = Measures.Measure("concord_backup_age_seconds", "How old the last backup is.")
    if let last = try lastBackup() { backup.say(Int64(Date().timeIntervalSince(last))) }
    var free = Measures.Measure("concord_disk_free_bytes", "Room where the node's folder is.")
    if let bytes = folder.freeBytes { free.say(bytes) }
    var bytes = Measures.Measure("concord_replica_bytes", "How large the replica is.")
    bytes.say(folder.replicaBytes)
    return [days, backup, free, bytes]
  }

  /// Why the node does not answer for what it holds yet; nothing where it does.
  /// - Throws: `ReplicaError` where the replica cannot be read.
  public func unreadiness() throws -> String? {
    if try replica.partnership().lineages.isEmpty { return "no agreement is adopted here" }
    return try replica.relearning().isEmpty ? nil : "it learns anew what it lost"
  }
}
