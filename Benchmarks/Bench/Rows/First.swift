import ArgumentParser
import Foundation
import Node
import Records
import Replica

/// Rows 1, 2, 4 and 11: a bulk write, its first sync, a small change to many records, and the disk.
struct First: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write all records, sync them to a peer, change 5% and sync that.")
  @OptionGroup var size: SizeOption
  @OptionGroup var place: PlaceOption
  @Flag(help: "With values in the open, at nodes without a key ring.")
  var unsealed = false

  func run() async throws {
    let folder = try place.empty("first")
    let sheets = Sheets(count: size.records)
    let pair = try Pair(.all, under: folder, sealsValues: !unsealed)
    let edits = sheets.edits()
    let before = try PlainFacts(sheets, in: "\(folder)/plain-1")
    let write = try Moment.timed { _ = try pair.police.node.put(edits) }
    let after = try PlainFacts(sheets, in: "\(folder)/plain-2")
    let running = pair.police.bytes
    let sync = try await SyncFacts(
      pair, changes: sheets.count, values: sheets.count * Sheets.fields.count)
    let equal = try pair.equalTexts(sheets)
    let changed = try await Self.change(pair, sheets)
    let disk = [pair.police.bytes, pair.care.bytes]
    pair.stop()
    try pair.settle()
    try print(
      Facts(
        FirstFacts(
          records: sheets.count, plain_seconds: (before.seconds + after.seconds) / 2,
          plain_bytes: after.bytes, write_seconds: write, write_bytes: running, sync: sync,
          equal_values: equal, change: changed,
          equal_changed: try pair.equalTexts(Self.changed(sheets), every: 20, fields: 3..<4),
          disk_running: disk, disk: [pair.police.bytes, pair.care.bytes])))
  }

  private static func changed(_ sheets: Sheets) -> Sheets {
    Sheets(count: sheets.count, generation: 1)
  }

  /// 5% of the records change one field, while both run.
  private static func change(_ pair: Pair, _ sheets: Sheets) async throws -> ChangeFacts {
    let next = changed(sheets)
    let changed = stride(from: 0, to: sheets.count, by: 20).map { next.edit($0, field: 3) }
    let goal = try pair.care.changes() + changed.count
    let bytes = Wire.bytes()
    let begun = Moment.now
    _ = try pair.police.node.put(changed)
    let committed = Moment.now
    await pair.police.node.announceChange()
    let there = try pair.care.reaches(goal)
    Moment.pause(0.2)
    return ChangeFacts(
      changes: changed.count, write_seconds: committed.seconds(since: begun),
      seconds: there.seconds(since: committed), bytes: Wire.bytes() - bytes)
  }
}

/// Everything that a node has goes to a peer that has nothing.
struct SyncFacts: Encodable {
  let values: Int
  let seconds: Double
  let bytes: Int
  let sender_peak_kilobytes: Int
  let receiver_peak_kilobytes: Int
  let sender_cpu_seconds: Double
  let receiver_cpu_seconds: Double

  /// Starts both nodes, and measures from when the one that has everything listens, and dials.
  /// - Parameters:
  ///   - changes: how many the other is to have in the end.
  ///   - values: how many those hold.
  init(_ pair: Pair, changes: Int, values: Int) async throws {
    try pair.care.start()
    let bytes = Wire.bytes()
    try pair.police.start()
    let (sender, receiver) = (try pair.police.running(), try pair.care.running())
    let there = try pair.care.reaches(changes)
    self.values = values
    seconds = there.seconds(since: sender.readyAt)
    sender_cpu_seconds = Usage.cpuSeconds(of: sender.pid)
    receiver_cpu_seconds = Usage.cpuSeconds(of: receiver.pid)
    sender_peak_kilobytes = sender.peakKilobytes
    receiver_peak_kilobytes = receiver.peakKilobytes
    try await pair.linked()
    Moment.pause(0.2)
    self.bytes = Wire.bytes() - bytes
  }
}

struct ChangeFacts: Encodable {
  let changes: Int
  let write_seconds: Double
  let seconds: Double
  let bytes: Int
}

struct FirstFacts: Encodable {
  let records: Int
  let plain_seconds: Double
  let plain_bytes: Int
  let write_seconds: Double
  let write_bytes: Int
  let sync: SyncFacts
  let equal_values: Int
  let change: ChangeFacts
  let equal_changed: Int
  let disk_running: [Int]
  let disk: [Int]
}
