import AsyncAlgorithms
import Foundation
import Logging
import Records
import Replica
import SyncProtocol
import Synchronization
import Transport

/// One connection's life: carries out what the link's state machine wants, event by event.
///
/// Reading is back-pressured through the event channel; writing never blocks the machine, and what
/// may wait to be written is bounded by the peer's window.
final class LinkSession: Sendable {
  let connection: Connection
  /// When the connection was there.
  let began = ContinuousClock.now
  var peer: NodeName { connection.peer }
  private let context: NodeContext
  private let onChange: @Sendable (NodeName?) async -> Void
  private let requests = SessionRequests()
  private let outgoing = AsyncStream<LinkMessage>.makeStream(
    bufferingPolicy: .bufferingOldest(4096))
  private let state = Mutex(State())
  /// Once this session neither reads nor changes the peer's positions any more.
  let ending = Ending()
  private let predecessor: Ending?

  private struct State {
    var counts = SessionCounts()
    var establishedAt: ContinuousClock.Instant?
    var ticked = ContinuousClock.now
    var isClosed = false
    var clockAhead: Int64?
    var lastProbe: UInt64 = 0
    var waiting: [UInt64: CheckedContinuation<String?, Never>] = [:]
    var failure: LinkFailure?
    var comparing: [Bool: CheckedContinuation<Comparison?, Never>] = [:]
    var isEstablished: Bool { establishedAt != nil && !isClosed }
  }

  /// - Parameters:
  ///   - predecessor: the end of the session with the same peer that this one takes the place of. This one
  ///     says hello only then: what the other was still taking in would not be in the hello's position, and
  ///     an honest peer would seem to break the stream.
  ///   - onChange: told when something was applied from this peer (which is named), so that other sessions
  ///     look at it.
  init(
    _ connection: Connection, _ context: NodeContext, after predecessor: Ending? = nil,
    onChange: @escaping @Sendable (NodeName?) async -> Void
  ) {
    self.connection = connection
    self.context = context
    self.predecessor = predecessor
    self.onChange = onChange
  }

  var counts: SessionCounts { state.withLock { $0.counts } }
  var isEstablished: Bool { state.withLock { $0.isEstablished } }
  /// For how long the link has stood by now; zero where it never did.
  var standing: Duration { state.withLock { $0.establishedAt?.duration(to: .now) } ?? .zero }

  /// How far the peer's clock was ahead of this one's when it said hello, in milliseconds; less what the hello took.
  var clockAhead: Int64? { state.withLock { $0.clockAhead } }

  /// Something was committed that the peer may have to hear of.
  func changed() { requests.changed() }

  /// Time went by: a link that stands looks at its clock seldom, one that does not yet whenever it is told.
  func tick(at now: ContinuousClock.Instant) {
    let isDue = state.withLock { state in
      guard
        !state.isEstablished || state.ticked.duration(to: now) >= context.limits.pingAfter
      else { return false }
      state.ticked = now
      return true
    }
    if isDue { requests.tick() }
  }

  func close(_ failure: LinkFailure) { requests.add(.close(failure)) }

  /// Waits until neither side has anything more for the other.
  /// - Returns: why that never came, or nothing.
  func quiet() async -> String? {
    await withCheckedContinuation { continuation in
      let id: UInt64? = state.withLock { state in
        guard !state.isClosed else { return nil }
        state.lastProbe += 1
        state.waiting[state.lastProbe] = continuation
        return state.lastProbe
      }
      if let id {
        requests.add(.probe(id))
      } else {
        continuation.resume(returning: LinkFailure.superseded.description)
      }
    }
  }

  /// Compares this node's stream, or the peer's, with what the other side has of it.
  /// - Returns: nothing where the link closed before, or another comparison is under way.
  func compare(isOfMine: Bool) async -> Comparison? {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        guard !state.isClosed, state.comparing[isOfMine] == nil else { return false }
        state.comparing[isOfMine] = continuation
        return true
      }
      if isFree {
        requests.add(.compare(isOfMine: isOfMine))
      } else {
        continuation.resume(returning: nil)
      }
    }
  }

  /// Runs until the connection ends.
  /// - Returns: why it ended.
  func run() async -> LinkFailure {
    var failure = LinkFailure.peerClosed("the connection ended")
    do {
      try await connection.use { [self] reader, writer in
        let writing = Task { try await write(to: writer) }
        let reason = await converse(reader)
        ending.tell()
        state.withLock { $0.failure = reason }
        await finish(writing)
      }
    } catch {
      context.logger.debug("connection error", metadata: ["error": "\(error)"])
    }
    ending.tell()
    failure = state.withLock { $0.failure } ?? failure
    finishWaiting(failure)
    return failure
  }

  private func converse(_ reader: Connection.Reader) async -> LinkFailure {
    let events = AsyncChannel<LinkEvent>()
    return await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await self.read(reader, into: events) }
      tasks.addTask {
        await self.requests.forEach { await events.send($0) }
      }
      let failure = await drive(events)
      events.finish()
      tasks.cancelAll()
      return failure
    }
  }

  private func read(_ reader: Connection.Reader, into events: AsyncChannel<LinkEvent>) async {
    do {
      try await reader.forEach { await events.send(.received($0)) }
      await events.send(.close(.peerClosed("the connection ended")))
    } catch {
      await events.send(.close(Self.failure(error)))
    }
  }

  /// Whether the peer broke the protocol, or the connection just broke.
  private static func failure(_ error: any Error) -> LinkFailure {
    switch error {
    case is FrameError, is MessageError, is TransportError: .malformed("\(error)")
    default: .peerClosed(TLSProblem.describe(error))
    }
  }

  private func drive(_ events: AsyncChannel<LinkEvent>) async -> LinkFailure {
    await predecessor?.wait()
    let driver: LinkDriver
    do {
      driver = try await LinkDriver(self, context)
    } catch {
      return .storage("\(error)")
    }
    var machine = driver
    if let failure = await machine.start() { return failure }
    for await event in events {
      if let failure = await machine.take(event) { return failure }
    }
    return .peerClosed("the connection ended")
  }

  /// Lets a last goodbye go out, for a moment.
  private func finish(_ writing: Task<Void, any Error>) async {
    outgoing.continuation.finish()
    let limit = Task {
      try await Task.sleep(for: .seconds(1))
      writing.cancel()
      connection.close()
    }
    _ = await writing.result
    limit.cancel()
  }

  private func write(to writer: Connection.Writer) async throws {
    for await message in outgoing.stream { try await writer.write(message) }
  }

  private func finishWaiting(_ failure: LinkFailure) {
    let (waiting, comparing) = state.withLock { state in
      state.isClosed = true
      defer { (state.waiting, state.comparing) = ([:], [:]) }
      return (state.waiting.values.map { $0 }, state.comparing.values.map { $0 })
    }
    for continuation in waiting { continuation.resume(returning: failure.description) }
    for continuation in comparing { continuation.resume(returning: nil) }
  }
}

/// What a driver tells its session.
extension LinkSession {
  /// - Returns: whether there was room.
  func send(_ message: LinkMessage) -> Bool {
    if case .dropped = outgoing.continuation.yield(message) { return false }
    return true
  }

  func count(_ change: (inout SessionCounts) -> Void) {
    state.withLock { change(&$0.counts) }
  }

  func noteClock(ahead: Int64) { state.withLock { $0.clockAhead = ahead } }

  func established() { state.withLock { $0.establishedAt = .now } }

  func quiet(_ probe: UInt64) {
    state.withLock { $0.waiting.removeValue(forKey: probe) }?.resume(returning: nil)
  }

  /// Keeps what a comparison came to, for whoever asked for it.
  func compared(_ found: Reconciliation, _ settled: SettledReconciliation) {
    let waiting = state.withLock { $0.comparing.removeValue(forKey: found.isOfMine) }
    waiting?.resume(returning: Comparison(found: found, settled: settled))
  }

  func applied(documents: Bool) async { await onChange(documents ? nil : peer) }
}

/// What comparing one stream came to.
struct Comparison: Sendable {
  let found: Reconciliation
  let settled: SettledReconciliation
}
