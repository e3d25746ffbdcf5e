import Foundation
import Logging
import NIOCore
import Records
import Replica
import SyncProtocol
import Transport

/// Keeps one link to each peer that can be reached, and has all of them look at what changes.
actor SyncEngine {
  let context: NodeContext
  let dialer: TLSDialer
  private(set) var sessions: [NodeName: LinkSession] = [:]
  private var isStopping = false
  private var isTicking = false
  var looking = Looking()

  init(_ context: NodeContext, group: any EventLoopGroup) {
    self.context = context
    dialer = TLSDialer(
      identity: context.tls, federation: context.node.configuration.federation,
      limits: context.limits, group: group)
  }

  /// Runs a connection's session to its end.
  /// - Returns: for how long the link stood.
  @discardableResult
  func serve(_ connection: Connection) async -> Duration {
    let session = begin(connection)
    await run(session)
    return session.standing
  }

  /// Makes a session of a connection and keeps it, unless another to the same peer is kept instead:
  /// then it will close as soon as it runs.
  func begin(_ connection: Connection) -> LinkSession {
    let peer = connection.peer
    let other = sessions[peer]
    let isKept = !isStopping && other.map { !keeps($0, over: connection) } ?? true
    // One that is to close at once waits for nobody.
    let session = LinkSession(connection, context, after: isKept ? other?.ending : nil) {
      [weak self] changed in await self?.changed(except: changed)
    }
    guard isKept else {
      session.close(isStopping ? .stopping : .superseded)
      return session
    }
    other?.close(.superseded)
    sessions[peer] = session
    keepTicking()
    return session
  }

  /// Has the links look at their clocks for as long as there are any: those that stand many at a time, since a thousand
  /// clocks of their own would wake the processor as often for nothing.
  private func keepTicking() {
    guard !isTicking else { return }
    isTicking = true
    Task {
      var seconds = 0
      while !sessions.isEmpty {
        try? await Task.sleep(for: .seconds(1))
        seconds += 1
        tick(all: seconds % Self.secondsBetweenTicks == 0)
      }
      isTicking = false
    }
  }

  private static let secondsBetweenTicks = 5

  private func tick(all: Bool) {
    let now = ContinuousClock.now
    // Where links are to be watched more closely than that, as in a test.
    let all = all || context.limits.pingAfter < .seconds(Self.secondsBetweenTicks)
    for session in sessions.values where all || !session.isEstablished { session.tick(at: now) }
  }

  /// Runs a session to its end.
  func run(_ session: LinkSession) async {
    _ = await session.run()
    if sessions[session.peer] === session { sessions[session.peer] = nil }
  }

  private func keeps(_ old: LinkSession, over new: Connection) -> Bool {
    CrossedDials.keepOlder(
      dialled: old.connection.isDialled, over: new.isDialled,
      age: old.began.duration(to: .now), at: context.node.configuration.node, with: old.peer)
  }

  /// Closes all links; they are dialled again at once.
  func renew() {
    for session in sessions.values { session.close(.superseded) }
  }

  /// The peers with whom a link stands.
  var connected: Set<NodeName> {
    Set(sessions.filter { $0.value.isEstablished }.keys)
  }

  /// How far peers' clocks were ahead of this one's when they said hello, in milliseconds.
  var clocksAhead: [NodeName: Int64] { sessions.compactMapValues(\.clockAhead) }

  func session(with peer: NodeName) -> LinkSession? { sessions[peer] }

  /// Closes all links.
  func stop() async {
    isStopping = true
    for session in sessions.values { session.close(.stopping) }
    let deadline = ContinuousClock.now.advanced(by: .seconds(3))
    while !sessions.isEmpty, .now < deadline { try? await Task.sleep(for: .milliseconds(20)) }
  }
}
