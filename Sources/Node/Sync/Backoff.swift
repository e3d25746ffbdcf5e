import Records

/// How long to wait before dialling again: doubling from a quarter of a second to half a minute,
/// each time anywhere between half of it and all of it, so that nodes do not dial in step.
struct Backoff: Sendable {
  private var milliseconds = 250.0
  private static let longest = Double(Limits.Link.dialAgain.components.seconds * 1_000)

  mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    let drawn = Double.random(in: milliseconds / 2...milliseconds, using: &generator)
    milliseconds = min(milliseconds * 2, Self.longest)
    return .milliseconds(Int64(drawn))
  }

  /// Waits for as long as it ever does.
  mutating func rest() { milliseconds = Self.longest }

  /// Starts anew after a link that stood for long enough.
  mutating func linkStood(for duration: Duration) {
    if duration >= Limits.Link.steadyLink { self = Backoff() }
  }
}
