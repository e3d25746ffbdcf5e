import Foundation
import Records
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// Wherever a peer parts from what it signed, and wherever its batches end, the proof holds.
@Suite struct StreamForkTests {
  /// A stream of entries in batches, as one peer signs it.
  private struct Signer {
    let pair: Pair
    let stream: StreamName

    init(_ pair: Pair) {
      self.pair = pair
      stream = StreamName(from: pair.peer, to: pair.me)
    }

    func batches(
      _ entries: [Digest], ends: Set<Int>
    ) throws -> [Batch] {
      var (position, batches, waiting) = (stream.start(of: pair.start.epoch), [Batch](), [Entry]())
      for (index, entry) in entries.enumerated() {
        position = stream.position(after: position, entry: entry)
        waiting.append(.void(entry))
        guard ends.contains(index) || index == entries.count - 1 else { continue }
        batches.append(
          Batch(
            epoch: position.epoch, firstSequence: position.sequence - UInt64(waiting.count) + 1,
            entries: waiting, head: position.head,
            signature: try pair.peerKey.sign(stream.sentMessage(position))))
        waiting = []
      }
      return batches
    }
  }

  private func forks(
    _ first: [Batch], _ second: [Batch], at pair: Pair
  ) -> (failure: LinkFailure?, kept: [StreamFork]) {
    var link = pair.established()
    for batch in first {
      if let failure = Pair.closing(link.handle(.received(.batch(batch)), at: .zero)) {
        return (failure, [])
      }
    }
    // What comes before the two part has been had: only what goes over the fork is news.
    for batch in second {
      let effects = link.handle(.received(.batch(batch)), at: .zero)
      let kept: [StreamFork] = effects.compactMap { effect in
        if case .keep(let fork) = effect { fork } else { nil }
      }
      if let failure = Pair.closing(effects) { return (failure, kept) }
    }
    return (nil, [])
  }

  @Test(arguments: 1...40)
  func aForkAnywhereIsProved(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let pair = try Pair()
    let signer = Signer(pair)
    let count = Int.random(in: 1...60, using: &generator)
    let parts = Int.random(in: 0..<count, using: &generator)
    let digest = { (generator: inout SeededGenerator) in
      try #require(Digest(.random(count: 32, using: &generator)))
    }
    let entries = try (0..<count).map { _ in try digest(&generator) }
    let length = Int.random(in: parts + 1...count + 20, using: &generator)
    let others = try entries.prefix(parts) + (parts..<length).map { _ in try digest(&generator) }
    let ends = { (total: Int, generator: inout SeededGenerator) in
      Set((0..<total).filter { _ in Int.random(in: 0..<4, using: &generator) == 0 })
    }
    let first = try signer.batches(entries, ends: ends(count, &generator))
    let second = try signer.batches(Array(others), ends: ends(length, &generator))
    let over = try #require(
      second.firstIndex { $0.firstSequence + UInt64($0.entries.count) > UInt64(parts + 1) })
    let (failure, kept) = forks(first, Array(second[over...]), at: pair)
    let fork = try #require(kept.first, "seed \(seed): \(String(describing: failure))")
    #expect(failure == .forkedStream(fork))
    #expect(fork.first.sequence > UInt64(parts))
    #expect(fork.holds(by: pair.peerKey.publicKey), "seed \(seed)")
    #expect(try StreamFork(encoded: fork.encoded()) == fork)
    try expectBound(fork, pair)
  }

  /// Nothing of a proof can be exchanged.
  private func expectBound(_ fork: StreamFork, _ pair: Pair) throws {
    #expect(!fork.holds(by: pair.key.publicKey))
    let other = TaggedHash.digest("test", fork.secondHead.bytes)
    let spoilt = [
      StreamFork(
        fork.stream, first: fork.first, signature: fork.firstSignature, second: other,
        entries: fork.entries, secondSignature: fork.secondSignature),
      StreamFork(
        StreamName(from: pair.me, to: pair.peer), first: fork.first, signature: fork.firstSignature,
        second: fork.secondHead, entries: fork.entries, secondSignature: fork.secondSignature),
      StreamFork(
        fork.stream, first: fork.first, signature: fork.firstSignature, second: fork.secondHead,
        entries: fork.entries + [other], secondSignature: fork.secondSignature),
    ]
    for case let spoilt? in spoilt { #expect(!spoilt.holds(by: pair.peerKey.publicKey)) }
    #expect(
      StreamFork(
        fork.stream, first: fork.first, signature: fork.firstSignature, second: fork.first.head,
        entries: [], secondSignature: fork.firstSignature) == nil)
  }

  @Test(arguments: 1...20)
  func theSameStreamAgainProvesNothing(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let pair = try Pair()
    let signer = Signer(pair)
    let entries = try (0..<30).map { _ in
      try #require(Digest(.random(count: 32, using: &generator)))
    }
    let first = try signer.batches(entries, ends: [3, 9, 20])
    let second = try signer.batches(entries, ends: [Int.random(in: 0..<30, using: &generator)])
    let (failure, kept) = forks(first, second, at: pair)
    #expect(kept.isEmpty, "seed \(seed)")
    #expect(failure == .sequenceGap(expected: 31, got: 1), "seed \(seed)")
  }

  @Test func anEpochThatCameBeforeGoesOnWhereItWas() throws {
    let pair = try Pair()
    var link = pair.established()
    let stream = StreamName(from: pair.peer, to: pair.me)
    func batch(_ epoch: Epoch, _ text: String) throws -> LinkMessage {
      let entry = TaggedHash.digest("test", Data(text.utf8))
      let position = stream.position(after: stream.start(of: epoch), entry: entry)
      return .batch(
        Batch(
          epoch: epoch, firstSequence: 1, entries: [.void(entry)], head: position.head,
          signature: try pair.peerKey.sign(stream.sentMessage(position))))
    }
    let other = try #require(Epoch(Data(repeating: 9, count: 16)))
    for message in [try batch(pair.start.epoch, "a"), try batch(other, "b")] {
      #expect(Pair.closing(link.handle(.received(message), at: .zero)) == nil)
    }
    let failure = Pair.closing(
      link.handle(.received(try batch(pair.start.epoch, "c")), at: .zero))
    guard case .forkedStream(let fork) = failure else {
      Issue.record("closed with \(String(describing: failure))")
      return
    }
    #expect(fork.holds(by: pair.peerKey.publicKey))
  }
}
