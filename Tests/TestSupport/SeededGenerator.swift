import Foundation
public import Simulation
public import Testing

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
