public import FoundationEssentials
import Records

/// Why bytes are no frame.
public enum FrameError: Error, Hashable, Sendable, CustomStringConvertible {
  case tooLarge(bytes: Int, limit: Int)
  case unknownFlags(UInt8)
  case damagedDeflate
  case empty

  public var description: String {
    switch self {
    case .tooLarge(let bytes, let limit): "a frame of \(bytes) bytes is over the limit of \(limit)"
    case .unknownFlags(let flags): "a frame with unknown flags \(flags)"
    case .damagedDeflate: "a deflated frame is damaged"
    case .empty: "a frame without a payload"
    }
  }
}

/// Frames on the wire: four bytes of length, big-endian, then that many bytes: one of flags, then
/// the payload. Flag 1 says deflated: four bytes of the inflated size, then raw deflate. Each frame
/// is deflated on its own, so that nothing that one frame holds shows in another's size.
public struct FrameCodec: Sendable {
  private let limits: LinkLimits
  private static let deflated: UInt8 = 1

  /// Frames within these limits.
  public init(limits: LinkLimits = LinkLimits()) { self.limits = limits }

  /// Frames a payload, deflated where that pays.
  /// - Throws: `FrameError.tooLarge`.
  public func frame(_ payload: Data) throws(FrameError) -> Data {
    guard payload.count < limits.frameBytes else {
      throw .tooLarge(bytes: payload.count, limit: limits.frameBytes)
    }
    var frame = Data(capacity: payload.count + 5)
    if payload.count >= limits.deflateFrom, let small = Deflate.compress(payload),
      small.count + 4 < payload.count
    {
      frame.append(bigEndian: UInt32(small.count + 5))
      frame.append(Self.deflated)
      frame.append(bigEndian: UInt32(payload.count))
      frame.append(small)
    } else {
      frame.append(bigEndian: UInt32(payload.count + 1))
      frame.append(0)
      frame.append(payload)
    }
    return frame
  }

  /// How many bytes follow the four of the length, once these are there.
  /// - Throws: `FrameError` at once where the length is over the limit: nobody waits for the rest.
  public func length(_ prefix: Data) throws(FrameError) -> Int? {
    guard prefix.count >= 4 else { return nil }
    let length = prefix.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    guard length <= limits.frameBytes else {
      throw .tooLarge(bytes: length, limit: limits.frameBytes)
    }
    guard length > 1 else { throw .empty }
    return length
  }

  /// The payload of a frame's body (all that follows the length).
  /// - Throws: `FrameError`; what it would inflate to is checked before it is inflated.
  public func payload(_ body: Data) throws(FrameError) -> Data {
    guard let flags = body.first, body.count > 1 else { throw .empty }
    switch flags {
    case 0: return Data(body.dropFirst())
    case Self.deflated:
      guard body.count > 5 else { throw .damagedDeflate }
      let size = body.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
      guard size <= limits.frameBytes else {
        throw .tooLarge(bytes: size, limit: limits.frameBytes)
      }
      guard let inflated = Deflate.decompress(Data(body.dropFirst(5)), size: size) else {
        throw .damagedDeflate
      }
      return inflated
    default: throw .unknownFlags(flags)
    }
  }
}
