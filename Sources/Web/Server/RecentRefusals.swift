import Synchronization

/// How often somebody, or whoever comes from an address, was refused lately. A refusal is written down; whoever tries
/// without end fills neither audit nor log.
final class RecentRefusals: Sendable {
  private static let most = 100
  private static let mostTogether = 1_000
  private static let span = Duration.seconds(600)

  private struct State {
    var since: ContinuousClock.Instant
    var together = 0
    var byWhom: [String: Int] = [:]
  }

  private let now: @Sendable () -> ContinuousClock.Instant
  private let state: Mutex<State>

  /// - Parameter now: by which refusals are forgotten with time.
  init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
    self.now = now
    state = Mutex(State(since: now()))
  }

  /// Counts one more.
  /// - Returns: how many seconds to wait, where there were too many.
  func wait(of whom: String) -> Int? {
    let now = now()
    return state.withLock { state in
      if now - state.since > Self.span { state = State(since: now) }
      let count = state.byWhom[whom, default: 0]
      guard count < Self.most, state.together < Self.mostTogether else {
        let left = Self.span - (now - state.since)
        return max(1, Int(left.components.seconds))
      }
      // No more of them are kept than refusals are counted.
      state.byWhom[whom] = count + 1
      state.together += 1
      return nil
    }
  }
}
