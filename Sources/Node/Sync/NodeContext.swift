import Agreements
import Foundation
import Logging
import NIOPosix
import Records
import Replica
import SyncProtocol
import Synchronization
import Transport

/// What every session of a node needs: the replica, keys, clock and limits.
struct NodeContext: Sendable {
  let node: LocalNode
  let limits: LinkLimits
  let logger: Logger
  let tls: TLSIdentity
  /// The replica's calls block; they run on threads of their own.
  private let threads: NIOThreadPool
  private let trusted = Trusted()

  /// The CAs as they were worked out last: each of a thousand schools that come back at once would ask for all anew.
  private final class Trusted: Sendable {
    private let known = Mutex<(version: Int64, at: Instant, pins: Pins)?>(nil)
    /// What is trusted changes with time, too, but not from one moment to the next; in milliseconds.
    private static let lasts: Int64 = 1_000

    func pins(_ version: Int64, _ now: Instant, _ work: () throws -> Pins) rethrows -> Pins {
      if let known = known.withLock({ $0 }), known.version == version,
        (0..<Self.lasts).contains(now.milliseconds - known.at.milliseconds)
      {
        return known.pins
      }
      let pins = try work()
      known.withLock { $0 = (version, now, pins) }
      return pins
    }
  }

  init(_ node: LocalNode, limits: LinkLimits = LinkLimits(), logger: Logger) throws {
    self.node = node
    self.limits = limits
    self.logger = logger
    try node.checkKeys()
    tls = try node.tlsIdentity()
    threads = NIOThreadPool(numberOfThreads: 3)
    threads.start()
  }

  func stop() async { try? await threads.shutdownGracefully() }

  /// Runs a call to the replica off the cooperative threads.
  func replica<T: Sendable>(
    _ body: @escaping @Sendable (LocalReplica, Instant) throws -> T
  ) async throws -> T {
    let node = node
    return try await threads.runIfActive { try body(node.replica, node.clock.now()) }
  }

  /// The agency's own key, with which it admits what its devices wrote.
  var admitter: SigningKey? { node.configuration.device == nil ? node.keys.signing : nil }

  /// The agency's devices that are let in now; nothing where it has none.
  private func ownDevices() throws -> Pins.OwnDevices? {
    guard node.keys.authority != nil, try node.replica.hasDevices() else { return nil }
    return Pins.OwnDevices(
      authorities: node.keys.pairs.map(\.authority.der),
      certificates: try node.replica.deviceCertificates(now: node.clock.now()))
  }

  /// The CAs that are trusted now.
  func pins() throws -> Pins {
    try trusted.pins(try node.replica.documentsVersion(), node.clock.now(), currentPins)
  }

  private func currentPins() throws -> Pins {
    let partnership = try node.replica.partnership()
    var authorities: [AgencyID: [Data]] = [:]
    let now = node.clock.now()
    for agency in partnership.peers(of: node.agency, at: now) {
      authorities[agency] = partnership.keys(of: agency)?.authorities(at: now)
    }
    return Pins(
      federation: node.configuration.federation, own: node.agency, authorities: authorities,
      devices: try ownDevices())
  }
}
