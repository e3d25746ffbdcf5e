import Foundation
import Records
import Simulation
import Synchronization

/// Plays the areas of a scenario, several at a time, and says how far it has come.
struct AreasRun {
  let simulator: AreasSimulator
  let seed: UInt64
  let jobs: Int

  /// What came of the areas, how much processor time each took and how long all did, in seconds.
  struct Outcome {
    let report: AreasReport
    let seconds: [AgencyID: Double]
    let elapsed: Double
    /// Processor time of all of it, in seconds: what it would take on one processor that is free for it.
    let processor: Double
    let jobs: Int
  }

  private struct State {
    var waiting: [Area]
    var reports: [AreaReport] = []
    var seconds: [AgencyID: Double] = [:]
    var error: (any Error)?
  }

  func run() throws -> Outcome {
    let areas = simulator.areas
    let state = Mutex(State(waiting: areas.reversed()))
    let began = ContinuousClock.now
    DispatchQueue.concurrentPerform(iterations: jobs) { _ in
      while let area = state.withLock({ $0.error == nil ? $0.waiting.popLast() : nil }) {
        play(area, state, of: areas.count)
      }
    }
    let end = state.withLock { state in
      (reports: state.reports, seconds: state.seconds, error: state.error)
    }
    if let error = end.error { throw error }
    return Outcome(
      report: AreasReport(
        scenario: simulator.scenario.name, seed: seed, areas: end.reports),
      seconds: end.seconds, elapsed: Self.seconds(began.duration(to: .now)),
      processor: Double(clock()) / Double(CLOCKS_PER_SEC), jobs: jobs)
  }

  private func play(_ area: Area, _ state: borrowing Mutex<State>, of count: Int) {
    let began = Self.threadTime()
    // The largest come first and take minutes: nobody should wonder whether anything happens.
    Self.say("\(area.force) begins, \(area.schoolCount) schools")
    do {
      let report = try simulator.run(area, seed: seed)
      let seconds = Self.seconds(Self.threadTime() - began)
      let done = state.withLock { state in
        state.reports.append(report)
        state.seconds[area.force] = seconds
        return state.reports.count
      }
      let line =
        "\(done) of \(count): \(area.force), \(report.run.nodes) of \(area.schoolCount) schools and "
        + "others, \(Int(seconds.rounded())) s"
        + (report.run.failure.map { ", BROKEN \($0.check.rawValue): \($0.problem)" } ?? "")
      Self.say(line)
    } catch {
      state.withLock { $0.error = $0.error ?? error }
    }
  }

  private static func say(_ line: String) {
    FileHandle.standardError.write(Data("\(line)\n".utf8))
  }

  /// The processor time that this thread has had.
  @Sendable static func threadTime() -> Duration {
    var time = timespec()
    guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return .zero }
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  private static func seconds(_ duration: Duration) -> Double {
    let parts = duration.components
    return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
  }
}
