import FoundationEssentials
import NIOCore
import SyncProtocol

/// Cuts frames out of the bytes and reads their messages. Never waits for more than a frame may be.
struct FrameDecoder: NIOSingleStepByteToMessageDecoder {
  typealias InboundOut = LinkMessage
  let codec: FrameCodec

  mutating func decode(buffer: inout ByteBuffer) throws -> LinkMessage? {
    guard let prefix = buffer.getBytes(at: buffer.readerIndex, length: 4),
      let length = try codec.length(Data(prefix)),
      buffer.readableBytes >= 4 + length,
      let body = buffer.getBytes(at: buffer.readerIndex + 4, length: length)
    else { return nil }
    buffer.moveReaderIndex(forwardBy: 4 + length)
    return try LinkMessage(try codec.payload(Data(body)))
  }

  mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> LinkMessage? {
    if let message = try decode(buffer: &buffer) { return message }
    if buffer.readableBytes > 0 { throw TransportError.truncatedFrame(bytes: buffer.readableBytes) }
    return nil
  }
}

/// Frames messages.
final class FrameEncoder: ChannelOutboundHandler {
  typealias OutboundIn = LinkMessage
  typealias OutboundOut = ByteBuffer
  private let codec: FrameCodec

  init(codec: FrameCodec) { self.codec = codec }

  func write(
    context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
  ) {
    do {
      let frame = try codec.frame(unwrapOutboundIn(data).encoded())
      var buffer = context.channel.allocator.buffer(capacity: frame.count)
      buffer.writeBytes(frame)
      context.write(wrapOutboundOut(buffer), promise: promise)
    } catch {
      promise?.fail(error)
      context.fireErrorCaught(error)
    }
  }
}

/// Why a connection breaks.
public enum TransportError: Error, Hashable, Sendable, CustomStringConvertible {
  case truncatedFrame(bytes: Int)
  /// More is waiting to be written than the protocol ever lets wait.
  case outgoingOverflow
  case tooManyHandshakes
  /// As many handshakes as one address may have are under way from this one.
  case tooManyFromAddress

  public var description: String {
    switch self {
    case .truncatedFrame(let bytes): "the connection ended within a frame, after \(bytes) bytes"
    case .outgoingOverflow: "the peer does not read what it asks for"
    case .tooManyHandshakes: "too many handshakes at once"
    case .tooManyFromAddress: "too many handshakes at once from one address"
    }
  }
}
