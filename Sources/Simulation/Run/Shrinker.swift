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
    var smallest = plan
    var used = 1
    if let failure = best.failure {
      // What begins later than the failure has no part in it.
      var parts = 2
      smallest.actions.removeAll { $0.at > failure.time }
      while used < attempts, smallest.actions.count > 1 {
        let found = try smaller(smallest, in: parts, failure.check, simulator, cast, &used)
        if let found {
          (smallest, best) = found
          parts = max(parts - 1, 2)
        } else if parts >= smallest.actions.count {
          break
        } else {
          parts = min(parts * 2, smallest.actions.count)
        }
      }
    }
    return Shrunk(
      report: best, actions: smallest.actions.map { "#\($0.number) at \($0.at): \($0.text(cast))" },
      planned: plan.actions.count, attempts: used)
  }

  /// The plan without one of its parts, where that breaks the same check.
  private func smaller(
    _ plan: Plan, in parts: Int, _ check: Check, _ simulator: Simulator, _ cast: Cast,
    _ used: inout Int
  ) throws -> (Plan, RunReport)? {
    let size = (plan.actions.count + parts - 1) / parts
    for start in stride(from: 0, to: plan.actions.count, by: max(size, 1)) where used < attempts {
      var tried = plan
      tried.actions.removeSubrange(start..<min(start + size, plan.actions.count))
      used += 1
      let report = try simulator.run(tried, cast)
      if report.failure?.check == check { return (tried, report) }
    }
    return nil
  }
}
