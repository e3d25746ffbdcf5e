import Logging
import Synchronization

/// Logs refused connections: the first from an address at once, then every ten seconds how many
/// more came from it. A flood of connections makes no flood of lines.
final class RefusalLog: Sendable {
  private let logger: Logger
  private let window: Duration
  /// The addresses that had their line in this window, and how many were refused since.
  private let more = Mutex<[AddressBlock: Int]>([:])

  /// Addresses told apart at one time; all others share a line.
  private static let addresses = 1024

  /// - Parameter window: for how long an address gets no second line.
  init(_ logger: Logger, window: Duration = .seconds(10)) {
    self.logger = logger
    self.window = window
  }

  /// Logs or counts a refusal; returns once the address has been quiet for a whole window, or the
  /// task is cancelled.
  func note(_ reason: String, from address: String, in block: AddressBlock) async {
    guard let block = begin(block) else { return }
    logger.warning("connection refused", metadata: ["from": "\(address)", "reason": "\(reason)"])
    while (try? await Task.sleep(for: window)) != nil {
      guard let count = next(block) else { return }
      logger.warning(
        "more connections refused",
        metadata: ["from": "\(address)", "count": "\(count)"])
    }
  }

  /// The block to log under; nothing where it has had its line and the refusal is only counted.
  private func begin(_ block: AddressBlock) -> AddressBlock? {
    more.withLock { counts in
      let isKnown = counts[block] != nil || counts.count < Self.addresses
      let block = isKnown ? block : .other
      guard let count = counts[block] else {
        counts[block] = 0
        return block
      }
      counts[block] = count + 1
      return nil
    }
  }

  /// How many were counted in the window that ends; nothing, and the address forgotten, where none.
  private func next(_ block: AddressBlock) -> Int? {
    more.withLock { counts in
      guard let count = counts[block], count > 0 else {
        counts[block] = nil
        return nil
      }
      counts[block] = 0
      return count
    }
  }
}
