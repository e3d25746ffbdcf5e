public import Records
import Replica

/// How one link stands.
public struct LinkState: Hashable, Sendable {
  public let peer: AgencyID
  public let isConnected: Bool
  /// When the two last had nothing more for each other.
  public let lastSync: Instant?
  /// Changes that wait for the peer; of many the first are counted.
  public let waiting: Int
  /// Since when something waits, in milliseconds, as far as is known; 0 where nothing does.
  public let lag: Int64
  /// How far the peer's clock was ahead of this one, in milliseconds.
  public let clockAhead: Int64?

  /// States how a link stands.
  public init(
    peer: AgencyID, isConnected: Bool, lastSync: Instant?, waiting: Int, lag: Int64,
    clockAhead: Int64?
  ) {
    self.peer = peer
    self.isConnected = isConnected
    self.lastSync = lastSync
    self.waiting = waiting
    self.lag = lag
    self.clockAhead = clockAhead
  }
}

extension LocalNode {
  /// Openings that are looked at for each peer to say how much waits.
  private static let openingsLookedAt = 1_000

  /// How the link with each peer stands, by agency.
  /// - Parameter running: whether a node runs on the folder, and what it says.
  /// - Throws: `ReplicaError` where the replica cannot be read.
  public func linkStates(_ running: RunningNode) throws -> [LinkState] {
    let (now, syncs, links) = (clock.now(), try replica.lastSyncs(), running.links)
    return try peers().map { peer in
      let node = NodeName(agency: peer)
      let waiting = try replica.waiting(for: node, lookingAt: Self.openingsLookedAt, now: now)
      let since = waiting == 0 ? nil : syncs[node].map { now.milliseconds - $0.milliseconds }
      return LinkState(
        peer: peer, isConnected: links?.connected.contains(node) ?? false, lastSync: syncs[node],
        waiting: waiting, lag: max(0, since ?? 0), clockAhead: links?.clocksAhead[node])
    }
  }
}
