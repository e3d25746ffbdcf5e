import Foundation
public import Testing

/// A generator that gives the same numbers for the same seed on every machine (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts at a seed.
  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Runs a property for many seeds; the first that fails is printed and ends the run.
///
/// `CONCORD_SEED` runs one seed alone. Fresh seeds are drawn from the clock, beside fixed ones.
public func forSeeds(
  _ count: Int, fresh: Int = 3, sourceLocation: SourceLocation = #_sourceLocation,
  _ property: (inout SeededGenerator) throws -> Bool
) {
  let start = UInt64(Date().timeIntervalSince1970 * 1000) << 8
  var seeds = (0..<UInt64(count)).map { $0 } + (0..<UInt64(fresh)).map { start + $0 }
  if let text = ProcessInfo.processInfo.environment["CONCORD_SEED"], let seed = UInt64(text) {
    seeds = [seed]
  }
  for seed in seeds {
    var generator = SeededGenerator(seed: seed)
    do {
      if try property(&generator) { continue }
      Issue.record("fails for CONCORD_SEED=\(seed)", sourceLocation: sourceLocation)
    } catch {
      Issue.record("CONCORD_SEED=\(seed): \(error)", sourceLocation: sourceLocation)
    }
    return
  }
}
