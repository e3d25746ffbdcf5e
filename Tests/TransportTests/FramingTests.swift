import Foundation
import Records
import SyncProtocol
import Testing

/// Bytes from a peer with a valid certificate that are no frames: its connection breaks with a
/// reason, and nobody else's.
@Suite(.serialized) struct FramingTests {
  private func breaks(_ bytes: Data, with words: String) async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    try await listening.openSSL(bytes, as: listening.care)
    let lines = try await listening.journal.take("broken")
    #expect(lines.count == 1, "\(lines)")
    #expect(lines.first?.contains(words) ?? false, "\(lines)")
    #expect(try await listening.serves())
  }

  @Test func anOversizedFrame() async throws {
    try await breaks(Data([0x7F, 0xFF, 0xFF, 0xFF]) + Data(count: 100), with: "over the limit")
  }

  @Test func aFrameWithoutContent() async throws {
    try await breaks(Data([0, 0, 0, 0]), with: "without a payload")
  }

  @Test func aFrameThatEndsTooSoon() async throws {
    try await breaks(Data([0, 0, 1, 0, 0]) + Data(count: 20), with: "ended within a frame")
  }

  @Test func aFrameThatEndsTooSoonWithoutGoodbye() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    try await listening.openSSLKilled(
      Data([0, 0, 1, 0, 0]) + Data(count: 20), as: listening.care)
    let lines = try await listening.journal.take("broken")
    #expect(lines.count == 1, "\(lines)")
    #expect(lines.first?.contains("ended within a frame") ?? false, "\(lines)")
  }

  @Test func anEndWithoutGoodbyeBetweenFramesIsAnEnd() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    let frame = try FrameCodec().frame(LinkMessage.ping(1).encoded())
    try await listening.openSSLKilled(frame, as: listening.care)
    #expect(try await listening.journal.take("closed in order") == ["closed in order"])
  }

  @Test func aFrameThatHoldsNoMessage() async throws {
    try await breaks(Data([0, 0, 0, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF]), with: "malformed message")
  }

  @Test func aFrameThatDoesNotInflate() async throws {
    try await breaks(Data([0, 0, 0, 5, 1, 0xFF, 0xFF, 0xFF, 0xFF]), with: "damaged")
  }

  @Test func whatOpenSSLSendsRightlyIsUnderstood() async throws {
    let listening = try await Listening()
    defer { listening.stop() }
    let frame = try FrameCodec().frame(LinkMessage.ping(1).encoded())
    try await listening.openSSL(frame, as: listening.care)
    #expect(try await listening.journal.take("closed in order") == ["closed in order"])
  }
}
