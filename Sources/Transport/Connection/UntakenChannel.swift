public import NIOCore
import Synchronization

/// An open channel that waits for somebody to serve it. One that nobody takes any more, as the listener has stopped,
/// is closed before it is let go of: else it would stop the whole process.
public final class UntakenChannel<Inbound: Sendable, Outbound: Sendable>: Sendable {
  private let channel: NIOAsyncChannel<Inbound, Outbound>
  private let isTaken = Mutex(false)

  /// Keeps a channel until it is taken.
  public init(_ channel: NIOAsyncChannel<Inbound, Outbound>) { self.channel = channel }

  /// The channel, from now on for the caller to close.
  public func taken() -> NIOAsyncChannel<Inbound, Outbound> {
    isTaken.withLock { $0 = true }
    return channel
  }

  deinit {
    guard !isTaken.withLock({ $0 }) else { return }
    let channel = channel
    channel.channel.close(promise: nil)
    channel.channel.closeFuture.whenComplete { _ in withExtendedLifetime(channel) {} }
  }
}
