import Foundation
import Records
import SyncProtocol
import TestSupport
import Testing

/// Messages read back as they were written, and no bytes bring a reader down.
@Suite struct MessageTests {
  @Test func messagesReadBackAsTheyWere() throws {
    let node = NodeName(agency: try #require(AgencyID("police.here")))
    let stream = StreamName(from: node, to: node)
    forSeeds(40) { generator in
      let position = stream.start(of: Epoch(using: &generator))
      let change = try #require(ChangeID(Data.random(count: 32, using: &generator)))
      let messages: [LinkMessage] = [
        .hello(
          Hello(
            federation: "test", node: node,
            clock: Instant(milliseconds: Int64.random(in: 0...(1 << 46), using: &generator)),
            agreements: [position.head], sending: position,
            received: Bool.random(using: &generator) ? position : nil, window: 1 << 20)),
        .batch(
          Batch(
            epoch: position.epoch, firstSequence: generator.next(), entries: [.void(position.head)],
            head: position.head, signature: Data.random(count: 64, using: &generator))),
        .ack(
          Ack(
            position: position, signature: Data.random(count: 64, using: &generator),
            refusals: [Refusal(sequence: 3, change: change, reason: "bad-signature")])),
        .probe(generator.next()), .probeReply(generator.next()), .ping(generator.next()),
        .pong(generator.next()), .goodbye("reason"),
      ]
      return try messages.allSatisfy { try LinkMessage($0.encoded()) == $0 }
    }
  }

  @Test func garbageIsRefusedOrReadButNeverTrapsAReader() {
    var refused = 0
    forSeeds(400) { generator in
      let count = Int.random(in: 0...300, using: &generator)
      do { _ = try LinkMessage(Data.random(count: count, using: &generator)) } catch {
        refused += 1
      }
      return true
    }
    #expect(refused > 300)
  }

  @Test func aSpoiltMessageIsRefusedOrReadButNeverTrapsAReader() throws {
    let node = NodeName(agency: try #require(AgencyID("police.here")))
    forSeeds(300) { generator in
      let position = StreamName(from: node, to: node).start(of: Epoch(using: &generator))
      let batch = Batch(
        epoch: position.epoch, firstSequence: 1, entries: [.void(position.head)],
        head: position.head, signature: Data.random(count: 64, using: &generator))
      var bytes = LinkMessage.batch(batch).encoded()
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      bytes[bytes.startIndex + place] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
      let isCut = Bool.random(using: &generator)
      let read = try? LinkMessage(isCut ? bytes.prefix(place) : bytes)
      return read != .batch(batch)
    }
  }
}
