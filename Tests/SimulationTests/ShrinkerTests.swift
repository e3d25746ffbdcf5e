import Testing

@testable import Simulation

/// Shrinking finds the few actions that matter among many.
@Suite struct ShrinkerTests {
  private static func minimised(
    _ count: Int, attempts: Int = 500, fails: (Set<Int>) -> Bool
  ) -> (left: [Int], used: Int) {
    var reduction = Reduction(Array(0..<count), attempts: attempts)
    reduction.run { fails(Set($0)) }
    return (reduction.items, reduction.used)
  }

  @Test func whatMattersIsLeftAndNothingElse() {
    #expect(Self.minimised(200) { $0.contains(17) }.left == [17])
    #expect(Self.minimised(200) { $0.isSuperset(of: [3, 120, 199]) }.left == [3, 120, 199])
    #expect(Self.minimised(1) { $0.contains(0) }.left == [0])
  }

  @Test func itStopsWhenItHasTriedEnough() {
    let (left, used) = Self.minimised(1000, attempts: 20) { $0.isSuperset(of: [1, 998]) }
    #expect(used <= 20)
    #expect(Set(left).isSuperset(of: [1, 998]))
    #expect(left.count < 1000)
  }

  @Test func aRunThatBreaksNothingIsLeftAsItIs() throws {
    let scenario = try ScenarioFiles.read("calm", changing: ["duration": "1m"])
    let shrunk = try Shrinker(scenario).shrink(seed: 2)
    #expect(shrunk.report.failure == nil)
    #expect(shrunk.actions.count == shrunk.planned)
    #expect(shrunk.attempts == 1)
  }
}
