import Foundation
import SyncProtocol

/// The bytes of a connection, as frames.
enum Frames {
  /// Small, so that an input that inflates to the limit costs little time.
  private static let limits: LinkLimits = {
    var limits = LinkLimits()
    limits.frameBytes = 64 << 10
    return limits
  }()

  static func run(_ bytes: Data) throws(FuzzFinding) {
    let codec = FrameCodec(limits: limits)
    var rest = bytes
    while let length = (try? codec.length(Data(rest.prefix(4)))) ?? nil {
      let body = Data(rest.dropFirst(4).prefix(length))
      guard body.count == length else { break }
      rest = rest.dropFirst(4 + length)
      guard let payload = try? codec.payload(body) else { break }
      try check(payload.count <= limits.frameBytes, "a payload over the limit")
      try comesOutAgain(payload, codec)
    }
    // Whatever the bytes are, they can also be sent.
    try comesOutAgain(bytes, codec)
  }

  private static func comesOutAgain(
    _ payload: Data, _ codec: FrameCodec
  ) throws(FuzzFinding) {
    guard let frame = try? codec.frame(payload), !payload.isEmpty else { return }
    let length = (try? codec.length(frame)) ?? nil
    try check(length == frame.count - 4, "a frame's length is not its own")
    let read = try? codec.payload(Data(frame.dropFirst(4)))
    try check(read == payload, "a payload comes out of its frame changed")
  }
}
