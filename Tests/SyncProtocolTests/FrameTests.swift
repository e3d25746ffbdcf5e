import Foundation
import Records
import SyncProtocol
import TestSupport
import Testing

@Suite struct FrameTests {
  let codec = FrameCodec()

  @Test func whatIsFramedComesOutAgainWhateverItsSize() {
    forSeeds(60) { generator in
      let count = Int.random(in: 1...20_000, using: &generator)
      // Half of the payloads deflate well, half do not.
      let payload =
        Bool.random(using: &generator)
        ? Data(repeating: UInt8.random(in: 0...255, using: &generator), count: count)
        : Data.random(count: count, using: &generator)
      let frame = try FrameCodec().frame(payload)
      let length = try #require(try FrameCodec().length(frame))
      let read = try FrameCodec().payload(Data(frame.dropFirst(4)))
      return frame.count == length + 4 && frame.count <= count + 5 && read == payload
    }
  }

  @Test func anOversizedLengthIsRefusedBeforeItsBytesCome() {
    #expect(throws: FrameError.self) { try codec.length(Data([0x7F, 0xFF, 0xFF, 0xFF])) }
    #expect(throws: FrameError.empty) { try codec.length(Data([0, 0, 0, 0])) }
  }

  @Test func aFrameThatWouldInflateBeyondTheLimitIsRefused() throws {
    var small = LinkLimits()
    small.frameBytes = 4096
    let large = try FrameCodec().frame(Data(repeating: 7, count: 100_000))
    #expect(throws: FrameError.self) {
      try FrameCodec(limits: small).payload(Data(large.dropFirst(4)))
    }
  }

  @Test func garbageNeverDoesMoreThanThrow() {
    forSeeds(500) { generator in
      let body = Data.random(count: Int.random(in: 1...200, using: &generator), using: &generator)
      _ = try? FrameCodec().payload(body)
      _ = try? LinkMessage(body)
      _ = try? Entry(encoded: body)
      _ = try? ChangeHeader(body)
      _ = try? Proof(body)
      _ = try? Write(body, before: HLC(rawValue: .max))
      return true
    }
  }

  @Test func everyMessageReadsWhatItWrites() throws {
    let agency = try #require(AgencyID("care.test"))
    let digest = try #require(Digest(Data(repeating: 3, count: 32)))
    let epoch = try #require(Epoch(Data(repeating: 4, count: 16)))
    let position = StreamPosition(epoch: epoch, sequence: 9, head: digest)
    let hello = Hello(
      federation: "test", node: NodeName(agency: agency), clock: Instant(milliseconds: 5),
      agreements: [digest], sending: nil, received: position, window: 100)
    let messages: [LinkMessage] = [
      .hello(hello), .probe(1), .probeReply(2), .ping(3), .pong(4), .goodbye("because"),
    ]
    for message in messages { #expect(try LinkMessage(message.encoded()) == message) }
  }
}
