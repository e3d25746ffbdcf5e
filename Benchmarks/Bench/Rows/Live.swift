import ArgumentParser
import Foundation
import Node
import Records
import Replica

/// Row 8: one change at a time, from durable here to visible there.
struct Live: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write one change at a time and wait until the peer has it.")
  @OptionGroup var place: PlaceOption
  @Option(help: "How many changes.") var changes = 200

  func run() async throws {
    let sheets = Sheets(count: 1_000)
    let pair = try Pair(.all, under: try place.empty("live"))
    _ = try pair.police.node.put(sheets.edits())
    try await pair.start()
    try pair.care.reaches(sheets.count)
    Moment.pause(1)
    let delays = try delays(pair)
    let held = try pair.care.changes() - sheets.count
    pair.stop()
    try print(Facts(LiveFacts(delays: delays, held: held)))
  }

  private func delays(_ pair: Pair) throws -> Delays {
    let writer = try pair.police.running()
    let watch = try Watch(
      pair.care.file, BenchNode.changesTakenIn)
    var delays = Delays()
    var goal = watch.number
    // The first few are not counted: caches fill, and statements are prepared.
    for change in 0..<(changes + 10) {
      goal += 1
      writer.tell("write \(change % 1_000) \(change % 8) 7")
      let there = try watch.waits(for: "change \(change)", seconds: 30, pause: 0) { $0 >= goal }
      let times = try writer.line().split(separator: " ").compactMap { Int($0) }
      guard times.count == 2 else { throw BenchError("the writer failed") }
      if change >= 10 {
        delays.write.append(Double(times[1] - times[0]) / 1e9)
        delays.visible.append(there.seconds(since: Moment(nanoseconds: times[1])))
      }
      Moment.pause(0.01)
    }
    return delays
  }
}

/// Seconds, one for each change.
struct Delays {
  var write: [Double] = []
  var visible: [Double] = []
}

struct LiveFacts: Encodable {
  let changes: Int
  let held: Int
  let write_median: Double
  let visible_median: Double
  let visible_p99: Double
  let total_median: Double

  init(delays: Delays, held: Int) {
    changes = delays.visible.count
    self.held = held
    write_median = delays.write.quantile(0.5)
    visible_median = delays.visible.quantile(0.5)
    visible_p99 = delays.visible.quantile(0.99)
    total_median = zip(delays.write, delays.visible).map { $0 + $1 }.quantile(0.5)
  }
}
