import Logging
import Records
import Replica

/// How far the log was looked at for all links, and whether somebody does so now.
struct Looking {
  var last: LogLook?
  /// Up to where those whom nothing concerned were passed over.
  var passed: Int64?
  var isUnderWay = false
  var isWantedAgain = false
}

extension SyncEngine {
  /// Another process may have written and died before it could say so.
  private static let interval: Duration = .seconds(5)
  /// With no more links than this each looks for itself: that costs less than to find out whom it concerns.
  private static let few = 2

  /// Has the links look for something to send that what was just written may concern.
  /// - Parameter peer: the one it came from, whose link looks by itself.
  func changed(except peer: NodeName? = nil) {
    guard sessions.count > Self.few else {
      for session in sessions.values where session.peer != peer { session.changed() }
      return
    }
    // Nobody waits for it: neither who wrote, nor a peer whose batch is to be acknowledged.
    Task { await look() }
  }

  /// Looks every few seconds for what nobody told of, and for what came with time, until cancelled.
  func keepLooking() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: Self.interval)
      await look()
      await passOver(from: 1)
    }
  }

  /// Looks at the log once for all links. Who asks meanwhile has it looked at once more.
  private func look() async {
    guard !looking.isUnderWay else {
      looking.isWantedAgain = true
      return
    }
    looking.isUnderWay = true
    defer { looking.isUnderWay = false }
    repeat {
      looking.isWantedAgain = false
      await lookOnce()
      await passOver(from: Int64(Limits.Storage.changesBehind))
    } while looking.isWantedAgain
  }

  private func lookOnce() async {
    let (known, last) = (Set(sessions.keys), looking.last)
    do {
      let found = try await context.replica { replica, now in
        try replica.look(after: last, for: known, now: now)
      }
      looking.last = found
      looking.passed = looking.passed ?? found.position
      if !found.isComplete { looking.isWantedAgain = true }
      // Who came meanwhile may have looked before this did.
      for (peer, session) in sessions where found.concerns(peer) || !known.contains(peer) {
        session.changed()
      }
    } catch is CancellationError {
      // The node ends, and nothing is wrong with its log.
      looking.last = nil
    } catch {
      looking.last = nil
      for session in sessions.values { session.changed() }
      context.logger.warning("the log could not be looked at", metadata: ["reason": "\(error)"])
    }
  }

  /// Moves the cursors of those whom the log's new part does not concern, once they are so far behind.
  private func passOver(from changes: Int64) async {
    guard sessions.count > Self.few, let position = looking.last?.position,
      var passed = looking.passed, position - passed >= changes
    else { return }
    do {
      while passed < position {
        let from = passed
        passed = try await context.replica { replica, now in
          try replica.passOver(logAfter: from, now: now)
        }
        guard passed > from else { break }
        looking.passed = passed
      }
    } catch is CancellationError {
      return
    } catch {
      context.logger.warning("the log could not be passed over", metadata: ["reason": "\(error)"])
    }
  }
}
