/// How far a node's wall clock is from the true time.
struct StationClock {
  private var offset: Int64 = 0
  private var partsPerMillion: Int64 = 0
  private var since: Int64 = 0

  /// The error at a time, in milliseconds.
  func error(at time: Int64) -> Int64 {
    offset + (time - since) * partsPerMillion / 1_000_000
  }

  mutating func shift(by milliseconds: Int64) { offset += milliseconds }

  mutating func drift(by parts: Int64, from time: Int64) {
    offset = error(at: time)
    since = time
    partsPerMillion += parts
  }

  /// From now on the clock shows the true time and something more.
  mutating func set(error: Int64) { self = StationClock(offset: error) }

  init() {}

  private init(offset: Int64) { self.offset = offset }
}

/// How long a node waits before it dials again: as the real node does, from a quarter of a second to
/// half a minute.
struct Backoff {
  private var milliseconds: Double = 250

  /// - Parameters:
  ///   - scale: how much longer everything takes than in service.
  ///   - limit: how long it is at most, in milliseconds.
  mutating func next(
    _ scale: Int64, limit: Int64 = .max, using generator: inout SeededGenerator
  ) -> Int64 {
    // Two nodes that dial each other are to miss each other's time.
    let longest = min(milliseconds, Double(limit / scale))
    let drawn = Double.random(in: longest / 2...longest, using: &generator)
    milliseconds = min(milliseconds * 2, 30_000)
    return Int64(drawn) * scale
  }

  /// Waits for as long as it ever does.
  mutating func rest() { milliseconds = 30_000 }
}
