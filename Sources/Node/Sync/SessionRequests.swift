import SyncProtocol
import Synchronization

/// What others ask of a session, in order. Nothing is lost however long the session is busy, and
/// however often something changes meanwhile: of several changes that wait, one is kept.
final class SessionRequests: Sendable {
  private let events = AsyncStream<LinkEvent>.makeStream()
  private let isChangeWaiting = Mutex(false)

  /// Something was committed that the peer may have to hear of.
  func changed() {
    let isFirst = isChangeWaiting.withLock { isWaiting in
      defer { isWaiting = true }
      return !isWaiting
    }
    if isFirst { events.continuation.yield(.changed) }
  }

  func add(_ event: LinkEvent) { events.continuation.yield(event) }

  /// Hands each request to the body as it comes, until the task is cancelled.
  func forEach(_ body: (LinkEvent) async -> Void) async {
    for await event in events.stream {
      // Before the body looks at what changed: what changes from now on needs another look.
      if case .changed = event { isChangeWaiting.withLock { $0 = false } }
      await body(event)
    }
  }
}
