import Foundation
public import Records

/// A node's wall clock: the system's, or one that starts where a test says and runs on from there.
public struct NodeClock: Sendable {
  private let base: (instant: Instant, since: ContinuousClock.Instant)?

  /// The system's clock.
  public init() { base = nil }

  /// A clock that shows this time now and runs on.
  public init(startingAt instant: Instant) { base = (instant, .now) }

  /// The environment's `CONCORD_NOW`, where the node's configuration lets it set the clock.
  /// - Throws: `NodeError` where it is no time.
  public init(
    _ configuration: NodeConfiguration, environment: [String: String]
  ) throws(NodeError) {
    guard configuration.testClock, let text = environment["CONCORD_NOW"] else {
      self.init()
      return
    }
    guard let instant = Instant(text) else {
      throw NodeError("CONCORD_NOW: expected a time as 2027-05-01T21:40:00Z")
    }
    self.init(startingAt: instant)
  }

  /// The time now.
  public func now() -> Instant {
    guard let base else {
      return Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
    let passed = base.since.duration(to: .now).components
    return base.instant.advanced(
      byMilliseconds: passed.seconds * 1000 + passed.attoseconds / 1_000_000_000_000_000)
  }
}
