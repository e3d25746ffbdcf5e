import Logging
import Synchronization

/// Logs refused connections: the first from an address for a reason at once, then every ten seconds how
/// many more came from it for that reason. A flood of connections makes no flood of lines, and hides no
/// other reason.
final class RefusalLog: Sendable {
  private let logger: Logger
  private let window: Duration
  /// What had its line in this window, and how many were refused since.
  private let more = Mutex<[Source: Int]>([:])

  /// Addresses with their reasons told apart at one time; all others share a line.
  private static let sources = 1024
  /// Reasons told apart of one address: a peer's words must not make lines without end.
  private static let reasons = 8

  private struct Source: Hashable {
    let block: AddressBlock
    /// Nothing for all that are not told apart.
    let reason: String?
  }

  /// - Parameter window: for how long an address gets no second line.
  init(_ logger: Logger, window: Duration = .seconds(10)) {
    self.logger = logger
    self.window = window
  }

  /// Logs or counts a refusal; returns once the address has been quiet for a whole window, or the
  /// task is cancelled.
  func note(_ reason: String, from address: String, in block: AddressBlock) async {
    guard let source = begin(Source(block: block, reason: reason)) else { return }
    logger.warning("connection refused", metadata: ["from": "\(address)", "reason": "\(reason)"])
    while (try? await Task.sleep(for: window)) != nil {
      guard let count = next(source) else { return }
      var metadata: Logger.Metadata = ["from": "\(address)", "count": "\(count)"]
      if let reason = source.reason { metadata["reason"] = "\(reason)" }
      logger.warning("more connections refused", metadata: metadata)
    }
  }

  /// What to log under; nothing where it has had its line and the refusal is only counted.
  private func begin(_ source: Source) -> Source? {
    more.withLock { counts in
      let source = Self.known(source, in: counts)
      guard let count = counts[source] else {
        counts[source] = 0
        return source
      }
      counts[source] = count + 1
      return nil
    }
  }

  private static func known(_ source: Source, in counts: [Source: Int]) -> Source {
    guard counts[source] == nil else { return source }
    guard counts.count < sources else { return Source(block: .other, reason: nil) }
    let own = counts.keys.count { $0.block == source.block }
    return own < reasons ? source : Source(block: source.block, reason: nil)
  }

  /// How many were counted in the window that ends; nothing, and the source forgotten, where none.
  private func next(_ source: Source) -> Int? {
    more.withLock { counts in
      guard let count = counts[source], count > 0 else {
        counts[source] = nil
        return nil
      }
      counts[source] = 0
      return count
    }
  }
}
