import Foundation
import Records
import Simulation
import TestSupport
import Testing

@Suite struct ChangeTests {
  @Test func everyPartOfAChangeCanBeDisclosedAloneAndVerifies() {
    forSeeds(40) { generator in
      let sample = try Sample(using: &generator)
      let all = try sample.disclosed(sample.change.openings).verify(by: sample.key.publicKey)
      guard all.map(\.write) == sample.writes else { return false }
      for opening in sample.change.openings {
        let one = try sample.disclosed([opening]).verify(by: sample.key.publicKey)
        guard one.count == 1, all.contains(one[0]) else { return false }
      }
      return true
    }
  }

  @Test func aFlippedBitAnywhereIsRefused() {
    forSeeds(60) { generator in
      let sample = try Sample(using: &generator)
      let header = sample.change.header.bytes
      let flipped = Self.flipped(header, using: &generator)
      if let changed = try? ChangeHeader(flipped) {
        let forged = DisclosedChange(
          header: changed, proof: sample.proof, openings: sample.change.openings)
        if (try? forged.verify(by: sample.key.publicKey)) != nil { return false }
      }
      let opening = sample.change.openings[0]
      let forged = [
        Opening(salt: Self.flipped(opening.salt, using: &generator), bytes: opening.bytes),
        Opening(salt: opening.salt, bytes: Self.flipped(opening.bytes, using: &generator)),
      ]
      for opening in forged
      where (try? sample.disclosed([opening]).verify(by: sample.key.publicKey)) != nil {
        return false
      }
      return (try? sample.disclosed(sample.change.openings).verify(by: SigningKey().publicKey))
        == nil
    }
  }

  @Test func aFlippedBitInAProofIsRefused() {
    forSeeds(60) { generator in
      let sample = try Sample(using: &generator)
      for proof in [sample.proof, try sample.batched(using: &generator)] {
        let bytes = Self.flipped(proof.encoded(), using: &generator)
        guard let changed = try? Proof(bytes), changed != proof else { continue }
        if changed.holds(for: sample.change.header, by: sample.key.publicKey) { return false }
      }
      return true
    }
  }

  @Test func aBatchsProofsHoldEachForItsOwnHeaderOnly() {
    forSeeds(6) { generator in
      let samples = try (0..<5).map { _ in try Sample(using: &generator) }
      let key = samples[0].key
      let tree = try #require(BatchTree(samples.map(\.change.header), using: &generator))
      let proofs = try tree.proofs(signedBy: key)
      for (place, proof) in proofs.enumerated() {
        let proof = try Proof(Proof.batched(proof).encoded())
        for (other, sample) in samples.enumerated()
        where proof.holds(for: sample.change.header, by: key.publicKey) != (other == place) {
          return false
        }
      }
      return tree.depth == 8
    }
  }

  @Test func commitmentsComeInSizesAndCanBeRebuilt() {
    forSeeds(40) { generator in
      let sample = try Sample(using: &generator)
      let count = sample.change.header.commitments.count
      let rebuilt = AuthoredChange.commitments(
        rebuiltFrom: sample.change.openings, of: sample.change.header,
        secret: sample.change.secret)
      return count >= 8 && count.nonzeroBitCount == 1 && count > sample.writes.count
        && rebuilt == sample.change.header.commitments
    }
  }

  @Test func oneSlotTwiceIsNoChange() throws {
    var generator = SeededGenerator(seed: 1)
    let writes = [
      Write.set("a", to: .text("x"), over: [:]), Write.set("a", to: .text("y"), over: [:]),
    ]
    #expect(throws: ChangeError.self) {
      try Sample(writes: writes, using: &generator)
    }
  }

  @Test func stampsNeverGoBackAndStartAtRandom() {
    forSeeds(30) { generator in
      var clock = HybridClock()
      var last = HLC(rawValue: 0)
      for _ in 0..<200 {
        let wall = Instant(milliseconds: Int64.random(in: 1000...1010, using: &generator))
        if Bool.random(using: &generator) {
          let seen = HLC(
            milliseconds: Int64.random(in: 1000...1020, using: &generator), counter: 7)
          clock = HybridClock(last: max(clock.last, seen))
        }
        let stamp = clock.next(now: wall, using: &generator)
        guard stamp > last else { return false }
        last = stamp
      }
      return true
    }
  }

  private static func flipped(_ data: Data, using generator: inout SeededGenerator) -> Data {
    var data = data
    let bit = Int.random(in: 0..<data.count * 8, using: &generator)
    data[bit / 8] ^= 1 << UInt8(bit % 8)
    return data
  }
}

/// A random change, signed.
struct Sample {
  let key = SigningKey()
  let writes: [Write]
  let change: AuthoredChange
  let proof: Proof

  init(using generator: inout SeededGenerator) throws {
    let writes = (0..<Int.random(in: 1...20, using: &generator)).map { number in
      Write.set("field_\(number)", to: Self.value(using: &generator), over: [:])
    }
    try self.init(writes: writes, using: &generator)
  }

  init(writes: [Write], using generator: inout SeededGenerator) throws {
    self.writes = writes
    let agreement = try #require(Digest(.random(count: 32, using: &generator)))
    let draft = ChangeDraft(
      lineage: "test", agreement: agreement, recordType: "child",
      record: RecordID(using: &generator), author: try #require(AgencyID("care.test")),
      time: HLC(milliseconds: 1_800_000_000_000, counter: 5), writes: writes)
    change = try AuthoredChange(draft, key: key.id, using: &generator)
    proof = try change.signed(by: key)
  }

  func disclosed(_ openings: [Opening]) -> DisclosedChange {
    DisclosedChange(header: change.header, proof: proof, openings: openings)
  }

  func batched(using generator: inout SeededGenerator) throws -> Proof {
    let tree = try #require(BatchTree([change.header], using: &generator))
    return .batched(try tree.proofs(signedBy: key)[0])
  }

  private static func value(using generator: inout SeededGenerator) -> Value {
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: .text("Example \(generator.next())")
    case 1: .integer(Int64(bitPattern: generator.next()))
    case 2: .boolean(Bool.random(using: &generator))
    case 3: .date(LocalDate(daysSinceEpoch: Int32.random(in: -40_000...40_000, using: &generator)))
    default: .reference(RecordID(using: &generator))
    }
  }
}
