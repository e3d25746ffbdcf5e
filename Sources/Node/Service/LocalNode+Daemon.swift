import Agreements
import Foundation
public import Logging
import NIOPosix
public import Records
import Replica

extension LocalNode {
  /// Tells the node that runs on this folder, where one does, that something was written. What was
  /// written is durable already: a failure here only delays its sending.
  public func announceChange() async {
    _ = try? await ControlClient(folder: folder).ask(.changed)
  }

  /// Tells the node that runs on this folder, where one does, that something was agreed.
  public func announceAgreement() async {
    _ = try? await ControlClient(folder: folder).ask(.agreed)
  }

  /// Whether a node runs on this folder, and with whom it has links.
  public func runningNode() async -> RunningNode {
    let reply: ControlReply?
    do {
      reply = try await ControlClient(folder: folder).ask(.status)
    } catch {
      return .silent
    }
    guard let reply else { return .absent }
    guard let connected = reply.connected else { return .silent }
    let clocks = (reply.clocks ?? [:]).compactMap { name, ahead in
      NodeName(name).map { ($0, ahead) }
    }
    return .linked(
      RunningNode.Links(
        connected: Set(connected.compactMap { NodeName($0) }),
        clocksAhead: Dictionary(uniqueKeysWithValues: clocks)))
  }

  /// The agencies that the running node has links with; nothing where none runs.
  public func connectedPeers() async -> [AgencyID]? {
    await runningNode().links?.connected.filter { !$0.isDevice }.map(\.agency).sorted()
  }

  /// The agencies that this node dials, by what is agreed now: a device its own.
  /// - Throws: `ReplicaError`.
  public func peers() throws -> [AgencyID] {
    if configuration.device != nil { return [agency] }
    return try replica.partnership().peers(of: agency, at: clock.now())
  }

  /// Exchanges with all peers, or one, until both sides are quiet: through the running node, or
  /// where none runs by links of its own.
  /// - Throws: `NodeError` where the named peer is none, or nobody could be reached.
  public func sync(with peer: AgencyID?, logger: Logger) async throws -> SyncReport {
    let peers = try peers()
    if let peer { try requirePeer(peer) }
    guard !peers.isEmpty else {
      throw NodeError("no agreement here names a peer (concord agreement adopt, or concord join)")
    }
    if let reply = try await ControlClient(folder: folder).ask(.sync(peer: peer?.description)) {
      guard let report = reply.report else {
        throw NodeError(reply.error ?? "the running node gave no report")
      }
      return report
    }
    return try await withOwnLinks(logger) {
      await $0.sync(with: peer, timeout: Limits.Control.syncTimeout)
    }
  }

  /// Compares with a peer what each has of the other's stream, and mends what is missing.
  /// - Throws: `NodeError` where the peer is none or could not be reached.
  public func verify(with peer: AgencyID, logger: Logger) async throws -> VerifyReport {
    try requirePeer(peer)
    if let reply = try await ControlClient(folder: folder).ask(
      .verify(peer: peer.description))
    {
      guard let report = reply.verified else {
        throw NodeError(reply.error ?? "the running node gave no report")
      }
      return report
    }
    return try await withOwnLinks(logger) {
      try await $0.verify(with: peer, timeout: Limits.Control.syncTimeout)
    }
  }

  private func requirePeer(_ peer: AgencyID) throws {
    guard try peers().contains(peer) else {
      throw NodeError("\(peer) is no peer of \(agency) under any agreement here")
    }
  }

  /// Where no node runs on the folder: runs with links of its own, and closes them again.
  private func withOwnLinks<T: Sendable>(
    _ logger: Logger, _ work: (SyncEngine) async throws -> T
  ) async throws -> T {
    guard let lock = try RunLock(at: folder.lock) else {
      throw NodeError("another process works on \(folder.path): try again in a moment")
    }
    let context = try NodeContext(self, logger: logger)
    let engine = SyncEngine(context, group: MultiThreadedEventLoopGroup.singleton)
    do {
      let result = try await work(engine)
      await engine.stop()
      await context.stop()
      _ = consume lock
      return result
    } catch {
      await engine.stop()
      await context.stop()
      throw error
    }
  }
}
