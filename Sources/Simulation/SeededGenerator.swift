/// A generator that gives the same numbers for the same seed on every machine (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts at a seed.
  public init(seed: UInt64) { state = seed }

  /// Starts at a place that seed and keys decide together, so that what is drawn for one action or
  /// connection does not depend on what is drawn for any other.
  public init(seed: UInt64, keys: UInt64...) {
    state = seed
    for key in keys { state = next() ^ (key &* 0xD6E8_FEB8_6659_FD93) }
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
