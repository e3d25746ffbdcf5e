public import Agreements
public import Casework
import Foundation
public import Records
public import Replica

/// What an administrator looks at in the morning. No value of a record and no person stands in it.
public struct NodeOverview: Sendable {
  /// Whether a node runs on the folder.
  public let isRunning: Bool
  public let links: [LinkState]
  /// Of each agreement the newest version that all have signed, and the next one while signatures are missing.
  public let signings: [SigningStatus]
  /// Members by agreement, and whether they are suspended or have left.
  public let members: [String: [Member]]
  public let quarantine: [QuarantineEntry]
  /// Peers of which more was set aside than is kept.
  public let overflows: [QuarantineOverflow]
  public let findings: [Finding]
  /// What has an end, soonest first; however far that is.
  public let expiries: [Expiry]
  public let freeBytes: Int64?
  public let replicaBytes: Int64
  public let lastBackup: Instant?
  /// Notifications by the day on which they were issued, oldest day first; nothing while the node relearns.
  public let days: [DayOfNotifications]

  /// A member of an agreement.
  public struct Member: Hashable, Sendable {
    public let agency: AgencyID
    public let lapse: Standing.Lapse.Kind?
  }
}

extension LocalNode {
  /// For how many days notifications are counted.
  private static let daysCounted = 14

  /// Looks over the node. What takes long, reading the whole file, is left to `concord doctor`.
  /// - Parameter running: whether a node runs on the folder, and what it says of its links.
  /// - Throws: `ReplicaError` where the replica cannot be read.
  public func overview(_ running: RunningNode) throws -> NodeOverview {
    let (now, partnership) = (clock.now(), try replica.partnership())
    let isKnowing = try replica.relearning().isEmpty
    let found = try folder.findings() + findings(running, readsWholeFile: false)
    return NodeOverview(
      isRunning: running.isThere, links: try linkStates(running),
      signings: configuration.device == nil ? try signings() : [],
      members: partnership.members.mapValues { members in
        members.keys.sorted().map { agency in
          let lineage = members[agency]?.lineage ?? ""
          return NodeOverview.Member(
            agency: agency, lapse: partnership.lapse(of: agency, in: lineage, at: now)?.kind)
        }
      },
      quarantine: try replica.quarantine(at: now), overflows: try replica.quarantineOverflow(),
      findings: found.sorted { $0.level < $1.level },
      expiries: try expiring(within: 36_500).sorted { $0.at < $1.at },
      freeBytes: folder.freeBytes, replicaBytes: folder.replicaBytes,
      lastBackup: try lastBackup().map {
        Instant(milliseconds: Int64($0.timeIntervalSince1970 * 1000))
      },
      days: isKnowing
        ? DayOfNotifications.last(Self.daysCounted, of: try notifications(), at: now) : [])
  }
}
