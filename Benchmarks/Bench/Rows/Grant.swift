import ArgumentParser
import Foundation
import Node
import Records
import Replica

/// Row 6: a grant begins and ends, by two next versions of the agreement.
struct Grant_: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grant", abstract: "Grant the peer all fields of all records, and revoke that.")
  @OptionGroup var size: SizeOption
  @OptionGroup var place: PlaceOption

  func run() async throws {
    let sheets = Sheets(count: size.records)
    let pair = try Pair(.none, under: try place.empty("grant"))
    _ = try pair.police.node.put(sheets.edits())
    try await pair.start()
    let values = sheets.count * Sheets.fields.count
    let before = try pair.care.changes()
    let granted = try await turn(pair, to: .all, version: 2) {
      try pair.care.reaches(before + sheets.count)
    }
    let equal = try pair.equalTexts(sheets)
    let revoked = try await turn(pair, to: .none, version: 3) {
      try Watch(pair.care.file, Self.anyHeld).waits(
        for: "the peer to erase everything", seconds: 300, pause: 0.02
      ) { $0 == 0 }
    }
    let left = Files.markers(pair.care.file)
    pair.stop()
    try pair.settle()
    try print(
      Facts(
        GrantFacts(
          values: values, raw_bytes: values * 25, grant: granted, equal_values: equal,
          revoke: revoked, markers_left_running: left,
          markers_left: Files.markers(pair.care.file),
          markers_at_author: Files.markers(pair.police.file))))
  }

  /// Whether any value is still held for a reason.
  private static let anyHeld = "SELECT count(*) FROM (SELECT 1 FROM held LIMIT 1)"

  private func turn(
    _ pair: Pair, to template: Template, version: Int, _ done: () throws -> Moment
  ) async throws -> TurnFacts {
    let bytes = Wire.bytes()
    let begun = Moment.now
    try pair.agree(template, version: version)
    for node in [pair.police, pair.care] { await node.node.announceAgreement() }
    let there = try done()
    Moment.pause(0.5)
    return TurnFacts(seconds: there.seconds(since: begun), bytes: Wire.bytes() - bytes)
  }
}

struct TurnFacts: Encodable {
  let seconds: Double
  let bytes: Int
}

struct GrantFacts: Encodable {
  let values: Int
  let raw_bytes: Int
  let grant: TurnFacts
  let equal_values: Int
  let revoke: TurnFacts
  let markers_left_running: Int
  let markers_left: Int
  let markers_at_author: Int
}
