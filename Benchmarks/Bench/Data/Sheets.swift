import Foundation
import Records
import Replica

/// The data that everything is measured with: records of eight texts of about 25 bytes, the same in
/// every run and for every tool.
///
/// Each text begins with a marker (`bs` and eight digits), so that what a file still holds can be
/// counted in its bytes.
struct Sheets {
  static let type = "sheet"
  static let fields = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
  /// The part of the records that concerns the second agency where rows are filtered, in percent.
  static let sharedPercent = 30

  let count: Int
  /// Other generations have other texts for the same records.
  var generation: UInt64 = 0

  /// The record's id: random bytes, as a UUID's.
  func id(_ record: Int) -> RecordID {
    var generator = SplitMix(seed: UInt64(record) &+ 0x5eed)
    return RecordID(using: &generator)
  }

  /// One text of a record.
  func text(_ record: Int, _ field: Int) -> String {
    var generator = SplitMix(seed: (UInt64(record) << 20) ^ (UInt64(field) << 8) ^ generation)
    var text = "bs"
    for _ in 0..<8 { text += String(generator.next() % 10) }
    while text.utf8.count < 25 {
      text += text.utf8.count == 10 ? " " : ""
      text += Self.syllables[Int(generator.next() % UInt64(Self.syllables.count))]
    }
    return text
  }

  /// Whether a record concerns the second agency where rows are filtered.
  func isShared(_ record: Int) -> Bool { record % 100 < Self.sharedPercent }

  /// A record with all its texts, as a person would write it.
  /// - Parameter site: the agency that it concerns.
  func edit(_ record: Int, site: AgencyID? = nil) -> Edit {
    var assignments = Self.fields.indices.map {
      Edit.Assignment.set(field: Self.fields[$0], text: text(record, $0))
    }
    if let site { assignments.append(.set(field: "site", text: site.description)) }
    return Edit(type: Self.type, record: id(record), assignments: assignments)
  }

  /// A change of one field of a record.
  func edit(_ record: Int, field: Int) -> Edit {
    Edit(
      type: Self.type, record: id(record),
      assignments: [.set(field: Self.fields[field], text: text(record, field))])
  }

  /// All records, whole.
  func edits() -> [Edit] { (0..<count).map { edit($0) } }

  private static let syllables = [
    "an", "ber", "cal", "den", "er", "fen", "gar", "hal", "in", "jor", "ken", "lin", "mar", "nor",
    "ol", "per", "quin", "ros", "sel", "tor", "ul", "ver", "wen", "yar", "zel", " ", " ", " ",
  ]
}

/// A small generator of random numbers with a seed (SplitMix64).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  /// Neighbouring seeds give unrelated numbers: the seed itself is mixed.
  init(seed: UInt64) { state = Self.mixed(seed &+ 0x5851_f42d_4c95_7f2d) }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.mixed(state)
  }

  private static func mixed(_ number: UInt64) -> UInt64 {
    var mixed = number
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
