import ArgumentParser
import Foundation
import Logging
import Node
import Records
import Replica

/// Rows 7, 10 and 12: the same work, with ever more changes already there; then comparing two nodes
/// that have all in common, and starting one.
struct Grown: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Grow two nodes step by step; at each step do the same work.")
  @OptionGroup var place: PlaceOption
  @Option(help: "How many changes there are at each step, before the work.")
  var steps: [Int] = [10_000, 100_000]
  @Option(help: "Seconds after which growing stops, wherever it has come to.")
  var budget = 240.0

  func run() async throws {
    let pair = try Pair(.all, under: try place.empty("grown"))
    try await pair.start()
    var facts: [StepFacts] = []
    let begun = Moment.now
    for step in steps where Moment.now.seconds(since: begun) < budget {
      FileHandle.standardError.write(Data("growing to \(step) changes\n".utf8))
      facts.append(try await work(pair, at: step, since: begun))
    }
    let compared = try await Compared(pair)
    pair.stop()
    try pair.settle()
    let start = try StartFacts(pair.police)
    try print(Facts(GrownFacts(steps: facts, compare: compared, start: start)))
  }

  /// Fills both up to so many changes, then does what is measured.
  private func work(_ pair: Pair, at goal: Int, since begun: Moment) async throws -> StepFacts {
    let start = Moment.now
    let step = try await fill(pair, to: goal, since: begun)
    let filling = Moment.now.seconds(since: start)
    var runs: [(write: Double, sync: Double)] = []
    for run in 0..<3 { runs.append(try await edit(pair, among: step, run: run)) }
    let one = try single(pair, among: step)
    return StepFacts(
      changes: step, filling_seconds: filling,
      write_seconds: runs.map(\.write).quantile(0.5),
      sync_seconds: runs.map(\.sync).quantile(0.5), single_seconds: one,
      disk: [pair.police.bytes, pair.care.bytes],
      peak_kilobytes: [
        try pair.police.running().peakKilobytes, try pair.care.running().peakKilobytes,
      ])
  }

  /// Changes of one field each: every fifth begins a record. Part by part at both, so that time that is
  /// up is noticed.
  /// - Returns: how many changes there are then.
  private func fill(_ pair: Pair, to step: Int, since begun: Moment) async throws -> Int {
    var made = try pair.police.changes()
    while made < step, Moment.now.seconds(since: begun) < budget {
      let part = min(20_000, step - made)
      let edits = (made..<(made + part)).map { number in
        Sheets(count: 0).edit(number / 5, field: number % 5)
      }
      _ = try pair.police.node.put(edits)
      await pair.police.node.announceChange()
      made += part
      try pair.care.reaches(made)
    }
    return made
  }

  /// 1,000 records change a field, and the peer gets that.
  private func edit(
    _ pair: Pair, among step: Int, run: Int
  ) async throws -> (write: Double, sync: Double) {
    let sheets = Sheets(count: 0, generation: UInt64(step + run))
    let edits = (0..<1_000).map { sheets.edit($0 * (step / 5_000), field: run) }
    let goal = try pair.care.changes() + edits.count
    let write = try Moment.timed { _ = try pair.police.node.put(edits) }
    let committed = Moment.now
    await pair.police.node.announceChange()
    return (write, try pair.care.reaches(goal).seconds(since: committed))
  }

  /// One change at a time: the median time until it is durable.
  private func single(_ pair: Pair, among step: Int) throws -> Double {
    let sheets = Sheets(count: 0, generation: UInt64(step + 9))
    return try (0..<40).map { number in
      let edit = sheets.edit(number * (step / 200), field: 4)
      return try Moment.timed { _ = try pair.police.node.put([edit]) }
    }.quantile(0.5)
  }
}

struct StepFacts: Encodable {
  let changes: Int
  let filling_seconds: Double
  let write_seconds: Double
  let sync_seconds: Double
  let single_seconds: Double
  let disk: [Int]
  let peak_kilobytes: [Int]
}

/// Two nodes that have everything in common find that out.
struct Compared: Encodable {
  let changes: Int
  let equal: Bool
  let bytes: Int
  let wire_bytes: Int
  let round_trips: Int
  let seconds: Double
  let cpu_seconds: Double
  /// Of the comparison before, which counts what came since the streams were summed up last.
  let first_cpu_seconds: Double

  init(_ pair: Pair) async throws {
    let processes = [try pair.police.running(), try pair.care.running()]
    _ = try await pair.police.node.sync(with: pair.care.id, logger: Logger(label: "bench"))
    Moment.pause(1)
    func cpu() -> Double { processes.map { Usage.cpuSeconds(of: $0.pid) }.reduce(0, +) }
    let first = cpu()
    _ = try await pair.police.node.verify(with: pair.care.id, logger: Logger(label: "bench"))
    first_cpu_seconds = cpu() - first
    Moment.pause(1)
    let (before, wire, begun) = (cpu(), Wire.bytes(), Moment.now)
    let report = try await pair.police.node.verify(
      with: pair.care.id, logger: Logger(label: "bench"))
    seconds = Moment.now.seconds(since: begun)
    cpu_seconds = cpu() - before
    wire_bytes = Wire.bytes() - wire
    changes = try pair.care.changes()
    equal = report.equal
    bytes = report.bytes
    round_trips = report.round_trips
  }
}

/// A node starts on what it has.
struct StartFacts: Encodable {
  let changes: Int
  let seconds: Double
  let peak_kilobytes: Int
  let disk: Int

  init(_ node: BenchNode) throws {
    var times: [Double] = []
    var peaks: [Int] = []
    for _ in 0..<3 {
      try node.start()
      let process = try node.running()
      times.append(process.readyAt.seconds(since: process.startedAt))
      // It dials, looks at its ledger and settles.
      Moment.pause(2)
      peaks.append(process.peakKilobytes)
      node.stop()
    }
    changes = try node.changes()
    seconds = times.quantile(0.5)
    peak_kilobytes = peaks.sorted()[1]
    disk = node.bytes
  }
}

struct GrownFacts: Encodable {
  let steps: [StepFacts]
  let compare: Compared
  let start: StartFacts
}
