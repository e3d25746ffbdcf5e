import SyncProtocol
import Synchronization

/// What others ask of a session, in order. Nothing is lost however long the session is busy, and
/// however often something changes meanwhile: of several changes that wait, one is kept, and of several ticks.
final class SessionRequests: Sendable {
  private struct Waiting {
    var change = false
    var tick = false
  }

  private let events = AsyncStream<LinkEvent>.makeStream()
  private let waiting = Mutex(Waiting())

  /// Something was committed that the peer may have to hear of.
  func changed() { add(.changed, unless: \.change) }

  /// Time went by.
  func tick() { add(.tick, unless: \.tick) }

  private func add(_ event: LinkEvent, unless path: WritableKeyPath<Waiting, Bool>) {
    let isFirst = waiting.withLock { waiting in
      defer { waiting[keyPath: path] = true }
      return !waiting[keyPath: path]
    }
    if isFirst { events.continuation.yield(event) }
  }

  func add(_ event: LinkEvent) { events.continuation.yield(event) }

  /// Hands each request to the body as it comes, until the task is cancelled.
  func forEach(_ body: (LinkEvent) async -> Void) async {
    for await event in events.stream {
      // Before the body looks at what changed: what changes from now on needs another look.
      switch event {
      case .changed: waiting.withLock { $0.change = false }
      case .tick: waiting.withLock { $0.tick = false }
      default: break
      }
      await body(event)
    }
  }
}
