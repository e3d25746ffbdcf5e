import Synchronization

/// How many tokens that do not count came from where lately. A token cannot be guessed; what is kept short is the
/// audit, and whoever comes from the same address with one that counts is not kept waiting.
final class FailedTokens: Sendable {
  private static let most = 100
  private static let mostTogether = 1_000
  private static let span = Duration.seconds(600)

  private struct State {
    var since = ContinuousClock.now
    var together = 0
    var byAddress: [String: Int] = [:]
  }

  private let state = Mutex(State())

  /// Counts one more.
  /// - Returns: how many seconds to wait, where there were too many.
  func wait(of address: String, at now: ContinuousClock.Instant = .now) -> Int? {
    state.withLock { state in
      if now - state.since > Self.span {
        state = State()
        state.since = now
      }
      let count = state.byAddress[address, default: 0]
      guard count < Self.most, state.together < Self.mostTogether else {
        let left = Self.span - (now - state.since)
        return max(1, Int(left.components.seconds))
      }
      // No more addresses are kept than failures are counted.
      state.byAddress[address] = count + 1
      state.together += 1
      return nil
    }
  }
}
