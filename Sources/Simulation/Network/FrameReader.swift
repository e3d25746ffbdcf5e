import FoundationEssentials
import SyncProtocol

/// Puts messages together from bytes as they come, by the real codec.
struct FrameReader {
  private let codec: FrameCodec
  private var buffer = Data()

  init(_ limits: LinkLimits) { codec = FrameCodec(limits: limits) }

  /// Takes bytes in.
  /// - Returns: the messages that are whole now.
  /// - Throws: `FrameError` or `MessageError`, where the bytes are no frames.
  mutating func take(_ bytes: Data) throws -> [LinkMessage] {
    buffer.append(bytes)
    var messages: [LinkMessage] = []
    while let length = try codec.length(buffer), buffer.count >= 4 + length {
      let body = Data(buffer.dropFirst(4).prefix(length))
      buffer = Data(buffer.dropFirst(4 + length))
      messages.append(try LinkMessage(try codec.payload(body)))
    }
    return messages
  }
}
