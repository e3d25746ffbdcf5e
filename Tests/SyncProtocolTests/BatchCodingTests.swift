import Agreements
import Foundation
import Records
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// Batches that are written and read by hand are what the generated code writes and reads.
@Suite struct BatchCodingTests {
  @Test func aBatchIsWrittenAsTheGeneratedCodeWritesIt() {
    forSeeds(20) { generator in
      let message = LinkMessage.batch(try Self.batch(using: &generator))
      let bytes = message.encoded()
      return try bytes == message.generated() && LinkMessage(bytes) == message
    }
  }

  @Test func spoiltBatchesAreReadOrRefusedAlike() {
    forSeeds(20) { generator in
      let bytes = LinkMessage.batch(try Self.batch(using: &generator)).encoded()
      for _ in 0..<200 {
        var spoilt = Array(bytes)
        let place = Int.random(in: 0..<spoilt.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: spoilt[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: spoilt.remove(at: place)
        default: spoilt.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        }
        let data = Data(spoilt)
        let (one, other) = (
          Result { try LinkMessage(data) }, Result { try LinkMessage(generated: data) }
        )
        switch (one, other) {
        case (.success(let one), .success(let other)): guard one == other else { return false }
        case (.failure(let one), .failure(let other)):
          guard one as? MessageError == other as? MessageError else { return false }
        default: return false
        }
      }
      return true
    }
  }

  private static func batch(using generator: inout SeededGenerator) throws -> Batch {
    let agency = try #require(AgencyID("police.here"))
    let key = SigningKey()
    let digest = TaggedHash.digest("test", Data.random(count: 8, using: &generator))
    var entries: [Entry] = [.void(digest)]
    for number in 0..<3 {
      let draft = ChangeDraft(
        lineage: "test", agreement: digest, recordType: "child",
        record: RecordID(using: &generator), author: agency,
        time: HLC(milliseconds: 1_800_000_000_000, counter: UInt16(number)),
        writes: [
          .set("name", to: .text("Example \(number)"), over: [:]),
          .add(.term("polish"), to: "languages"),
        ])
      let authored = try AuthoredChange(draft, key: key.id, using: &generator)
      let route = number == 0 ? nil : draft.record
      let shared = SharedChange(
        change: DisclosedChange(
          header: authored.header, proof: try authored.signed(by: key),
          openings: authored.openings),
        agreement: digest,
        justifications: authored.openings.map { _ in .init(grant: "notice", route: route) },
        admission: number == 2
          ? try Admission(
            of: authored.header.id, at: Instant(milliseconds: 5), signedBy: key) : nil)
      entries.append(.change(try #require(shared)))
    }
    let position = StreamName(from: NodeName(agency: agency), to: NodeName(agency: agency))
      .start(of: Epoch(using: &generator))
    return Batch(
      epoch: position.epoch, firstSequence: 7, entries: entries,
      head: position.head, signature: Data(count: 64))
  }
}
