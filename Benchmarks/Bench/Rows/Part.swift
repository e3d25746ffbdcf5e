import ArgumentParser
import Foundation
import Node
import Records
import Replica

/// Row 3: a first sync of which the peer may have 30% of the records and three of eight fields.
struct Part: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sync 30% of the records and three of their eight fields to a peer.")
  @OptionGroup var size: SizeOption
  @OptionGroup var place: PlaceOption

  func run() async throws {
    let sheets = Sheets(count: size.records)
    let pair = try Pair(.part, under: try place.empty("part"))
    let edits = (0..<sheets.count).map {
      sheets.edit($0, site: sheets.isShared($0) ? pair.care.id : pair.police.id)
    }
    _ = try pair.police.node.put(edits)
    let shared = (0..<sheets.count).filter(sheets.isShared).count
    let sync = try await SyncFacts(pair, changes: shared, values: shared * 3)
    pair.stop()
    try pair.settle()
    let held = try pair.care.node.replica.records(ofType: Sheets.type)
    try print(
      Facts(
        PartFacts(
          records: sheets.count, shared: shared, sync: sync,
          equal_values: try pair.equalTexts(sheets, fields: 0..<3), held_records: held.count,
          held_values: held.map { $0.fields.map(\.values.count).reduce(0, +) }.reduce(0, +),
          disk: [pair.police.bytes, pair.care.bytes])))
  }
}

struct PartFacts: Encodable {
  let records: Int
  let shared: Int
  let sync: SyncFacts
  let equal_values: Int
  let held_records: Int
  let held_values: Int
  let disk: [Int]
}
