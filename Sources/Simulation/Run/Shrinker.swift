/// Looks for the fewest actions with which a run still breaks the same check: delta debugging
/// (Zeller and Hildebrandt, 2002). An action that is left out shifts nothing that the others draw.
public struct Shrinker {
  private let scenario: Scenario
  /// How many runs it may take.
  private let attempts: Int

  public init(_ scenario: Scenario, attempts: Int = 60) {
    self.scenario = scenario
    self.attempts = attempts
  }

  /// What is left of a failing run.
  public struct Shrunk: Sendable {
    /// The run with the fewest actions, its trace kept; it broke no check where the whole run did not.
    public let report: RunReport
    /// The actions, each with its number and time.
    public let actions: [String]
    /// How many there were.
    public let planned: Int
    public let attempts: Int
  }

  /// Runs a seed, and then ever smaller parts of its plan.
  /// - Throws: as `Simulator.run`.
  public func shrink(seed: UInt64) throws -> Shrunk {
    let cast = try Cast(scenario, seed: seed)
    var maker = try PlanMaker(scenario, cast, seed: seed)
    let plan = maker.plan(seed: seed)
    return try shrink(plan, cast)
  }

  func shrink(_ plan: Plan, _ cast: Cast) throws -> Shrunk {
    let simulator = Simulator(scenario, keepsLines: true)
    var best = try simulator.run(plan, cast)
    // What begins later than the failure has no part in it.
    let end = best.failure?.time ?? .max
    var reduction = Reduction(plan.actions.filter { $0.at <= end }, attempts: attempts - 1)
    if let failure = best.failure {
      try reduction.run { actions in
        let report = try simulator.run(
          Plan(seed: plan.seed, actions: actions, records: plan.records), cast)
        guard report.failure?.check == failure.check else { return false }
        best = report
        return true
      }
    }
    return Shrunk(
      report: best,
      actions: reduction.items.map { "#\($0.number) at \($0.at): \($0.text(cast))" },
      planned: plan.actions.count, attempts: reduction.used + 1)
  }
}

/// A list that gets ever shorter, as long as what is left still fails.
struct Reduction<Item> {
  private(set) var items: [Item]
  /// How many lists were tried.
  private(set) var used = 0
  private let attempts: Int

  init(_ items: [Item], attempts: Int) {
    self.items = items
    self.attempts = attempts
  }

  /// Leaves out half of the list, a third, and so on, until no single item can be left out or
  /// enough was tried.
  mutating func run(_ fails: ([Item]) throws -> Bool) rethrows {
    var parts = 2
    while used < attempts, items.count > 1 {
      if try leaveOut(one: parts, fails) {
        parts = max(parts - 1, 2)
      } else if parts >= items.count {
        return
      } else {
        parts = min(parts * 2, items.count)
      }
    }
  }

  /// Leaves out one of so many parts, where the rest still fails.
  private mutating func leaveOut(
    one parts: Int, _ fails: ([Item]) throws -> Bool
  ) rethrows -> Bool {
    let size = max(1, (items.count + parts - 1) / parts)
    for start in stride(from: 0, to: items.count, by: size) where used < attempts {
      var rest = items
      rest.removeSubrange(start..<min(start + size, items.count))
      used += 1
      guard try fails(rest) else { continue }
      items = rest
      return true
    }
    return false
  }
}
