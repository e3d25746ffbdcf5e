import ArgumentParser
import Foundation
import Node
import Records
import Replica

/// Row 5: both sides edit while there is no link; then they merge.
struct Apart: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Both sides edit half of the records apart, with and without conflict, and merge.")
  @OptionGroup var size: SizeOption
  @OptionGroup var place: PlaceOption

  func run() async throws {
    let pair = try Pair(.all, under: try place.empty("apart"))
    let half = size.records / 2
    _ = try pair.police.node.put(Sheets(count: size.records).edits())
    _ = try await SyncFacts(pair, changes: size.records, values: size.records * Sheets.fields.count)
    let calm = try await meet(pair, edits: half, field: 0, offset: half)
    let clash = try await meet(pair, edits: half, field: 1, offset: 0)
    pair.stop()
    try print(
      Facts(
        ApartFacts(
          edits: half, calm: calm, clash: clash,
          conflicts: try [pair.police, pair.care].map {
            try $0.node.replica.conflicts().count
          })))
  }

  /// Each side edits as many records: the same ones, or others where there is an offset.
  private func meet(_ pair: Pair, edits: Int, field: Int, offset: Int) async throws -> MeetFacts {
    pair.stop()
    let (here, there) = (Sheets(count: 0, generation: 1), Sheets(count: 0, generation: 2))
    _ = try pair.police.node.put((0..<edits).map { here.edit($0, field: field) })
    _ = try pair.care.node.put((0..<edits).map { there.edit($0 + offset, field: field) })
    let goals = [try pair.police.changes() + edits, try pair.care.changes() + edits]
    let bytes = Wire.bytes()
    try pair.care.start()
    try pair.police.start()
    let ready = try pair.police.running().readyAt
    var last = try pair.police.reaches(goals[0])
    let other = try pair.care.reaches(goals[1])
    if other.nanoseconds > last.nanoseconds { last = other }
    return MeetFacts(
      seconds: last.seconds(since: ready), bytes: Wire.bytes() - bytes,
      edits_held: [try pair.police.changes(), try pair.care.changes()])
  }
}

struct MeetFacts: Encodable {
  let seconds: Double
  let bytes: Int
  let edits_held: [Int]
}

struct ApartFacts: Encodable {
  let edits: Int
  let calm: MeetFacts
  let clash: MeetFacts
  let conflicts: [Int]
}
