import Synchronization

/// How often somebody, or whoever comes from an address, was refused lately. A refusal is written down; whoever tries
/// without end fills neither audit nor log.
final class RecentRefusals: Sendable {
  fileprivate static let most = 100
  fileprivate static let mostTogether = 1_000
  private static let span = Duration.seconds(600)

  fileprivate struct State {
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

  /// What counting one more came to.
  enum Counted: Equatable {
    case few
    /// - Parameters:
    ///   - seconds: after how many of them they are forgotten.
    ///   - isFirst: whether it was the first one too many: that there are more can be said once.
    case tooMany(seconds: Int, isFirst: Bool)
  }

  /// Counts one more.
  func count(of whom: String) -> Counted {
    let now = now()
    return state.withLock { state in
      if now - state.since > Self.span { state = State(since: now) }
      let count = state.byWhom[whom, default: 0]
      guard count < Self.most, state.together < Self.mostTogether else {
        let left = (Self.span - (now - state.since)).components.seconds
        return .tooMany(seconds: max(1, Int(left)), isFirst: state.isFirst(whom, count))
      }
      // No more of them are kept than refusals are counted.
      state.byWhom[whom] = count + 1
      state.together += 1
      return .few
    }
  }
}

extension RecentRefusals.State {
  /// Whether this is the first one too many, of theirs or of all.
  fileprivate mutating func isFirst(_ whom: String, _ count: Int) -> Bool {
    if count == RecentRefusals.most {
      byWhom[whom] = count + 1
      return true
    }
    guard count < RecentRefusals.most, together == RecentRefusals.mostTogether else { return false }
    together += 1
    return true
  }
}
