import Foundation
import Records
import Simulation
import SwiftProtobuf
import TestSupport
import Testing

/// What is written and read by hand is what the generated code writes and reads: the two never disagree about any
/// bytes.
@Suite struct CodingTests {
  @Test func whatIsWrittenIsWhatTheGeneratedCodeWrites() {
    forSeeds(60) { generator in
      let sample = try Sample(writes: Self.writes(using: &generator), using: &generator)
      for opening in sample.change.openings {
        let wire = try Concord_V1_Write(serializedBytes: opening.bytes)
        guard try wire.serializedData() == opening.bytes else { return false }
      }
      let header = try Concord_V1_Header(serializedBytes: sample.change.header.bytes)
      guard try header.serializedData() == sample.change.header.bytes else { return false }
      for proof in [sample.proof, try sample.batched(using: &generator)] {
        let wire = try Concord_V1_Proof(serializedBytes: proof.encoded())
        guard try wire.serializedData() == proof.encoded() else { return false }
      }
      return true
    }
  }

  @Test func spoiltBytesAreReadOrRefusedAlike() {
    forSeeds(40) { generator in
      let sample = try Sample(writes: Self.writes(using: &generator), using: &generator)
      let (header, time) = (sample.change.header, sample.change.header.time)
      let batched = try sample.batched(using: &generator)
      for _ in 0..<40 {
        let opening = try #require(sample.change.openings.randomElement(using: &generator))
        let write = Self.spoilt(opening.bytes, using: &generator)
        let isAlike = [
          Self.agree(
            { try Write(write, before: time) },
            { try Write(generated: write, before: time, isWithheld: false) }),
          Self.agree(
            { try Write(remains: write, before: time) },
            { try Write(generated: write, before: time, isWithheld: true) }),
        ]
        guard isAlike == [true, true] else { return false }
        let bytes = Self.spoilt(header.bytes, using: &generator)
        guard Self.agree({ try ChangeHeader(bytes) }, { try ChangeHeader(generated: bytes) })
        else { return false }
        for proof in [sample.proof, batched] {
          let proof = Self.spoilt(proof.encoded(), using: &generator)
          guard Self.agree({ try Proof(proof) }, { try Proof(generated: proof) }) else {
            return false
          }
        }
      }
      return true
    }
  }

  @Test func aHeaderComesBackFromItsForm() {
    forSeeds(30) { generator in
      let header = try Sample(using: &generator).change.header
      let form = try #require(HeaderForm(header))
      let again = try ChangeHeader(
        form, record: header.record, time: header.time, commitments: header.commitmentBytes)
      return again == header && again.bytes == header.bytes
    }
  }

  @Test func aHeaderThatIsEncodedOtherwiseHasNoForm() {
    forSeeds(10) { generator in
      let header = try Sample(using: &generator).change.header
      // A field that this version does not know is signed with all others.
      let longer = try ChangeHeader(header.bytes + Data([0xA0, 0x06, 0x01]))
      return HeaderForm(longer) == nil && longer.commitments == header.commitments
    }
  }

  private static func agree<T: Equatable>(
    _ one: () throws -> T, _ other: () throws -> T
  ) -> Bool {
    let results = (Result(catching: one), Result(catching: other))
    switch results {
    case (.success(let one), .success(let other)): return one == other
    case (.failure(let one), .failure(let other)):
      return one as? ChangeError == other as? ChangeError
    default: return false
    }
  }

  /// A bit turned, a byte less or more, or a part twice.
  private static func spoilt(_ data: Data, using generator: inout SeededGenerator) -> Data {
    var bytes = Array(data)
    let place = Int.random(in: 0..<bytes.count, using: &generator)
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: bytes.remove(at: place)
    case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
    case 3: bytes += bytes[place...]
    default: break
    }
    return Data(bytes)
  }

  private static func writes(using generator: inout SeededGenerator) throws -> [Write] {
    let care = try #require(AgencyID("care.test"))
    let values: [Value] = [
      .text(""), .text("Zoë 👩‍👧 \u{301}"), .text(String(repeating: "x", count: 300)), .integer(0),
      .integer(.min), .integer(.max), .integer(-1), .boolean(true), .boolean(false),
      .date(LocalDate(daysSinceEpoch: .min)), .date(LocalDate(daysSinceEpoch: 0)),
      .date(LocalDate(daysSinceEpoch: .max)), .instant(Instant(milliseconds: .min)),
      .instant(Instant(milliseconds: 0)), .term("high"), .agency(care), .identifier("9434765919"),
      .reference(RecordID(using: &generator)),
    ]
    return values.enumerated().map { number, value in
      let field = "field_\(number)"
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: return .set(field, to: value, over: context(using: &generator))
      case 1: return .clear(field, over: context(using: &generator))
      case 2: return .add(value, to: field)
      default:
        let adds = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
          WriteID(Data.random(count: 32, using: &generator))
        }
        return .remove(value, from: field, adds: adds.compactMap(\.self))
      }
    }
  }

  private static func context(using generator: inout SeededGenerator) -> [KeyID: HLC] {
    var context: [KeyID: HLC] = [:]
    for _ in 0..<Int.random(in: 0...3, using: &generator) {
      guard let key = KeyID(Data.random(count: 16, using: &generator)) else { continue }
      context[key] = HLC(rawValue: [0, 1, 1 << 40].randomElement(using: &generator) ?? 0)
    }
    return context
  }
}
