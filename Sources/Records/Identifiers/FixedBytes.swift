public import FoundationEssentials

/// A fixed number of bytes kept in place and compared as bytes are: identifiers are held and compared by
/// the thousand, and each as a `Data` would be a piece of memory of its own.
public protocol FixedBytes: Hashable, Comparable, Sendable {
  /// How many bytes there are.
  static var byteCount: Int { get }
  /// The bytes, as they are hashed, stored and sent.
  var data: Data { get }
  /// Nothing where the number of bytes is wrong.
  init?(_ bytes: Data)
}

/// Sixteen bytes.
public struct Bytes16: FixedBytes {
  public static let byteCount = 16
  // Most significant first, so that numbers compare as bytes do.
  let high: UInt64
  let low: UInt64

  public init?(_ bytes: Data) {
    guard bytes.count == Self.byteCount else { return nil }
    self = bytes.withUnsafeBytes { Self(reading: $0) }
  }

  /// Draws bytes from the generator that is passed in.
  public init(using generator: inout some RandomNumberGenerator) {
    high = generator.next()
    low = generator.next()
  }

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads the first sixteen bytes of a buffer that has at least as many.
  init(reading bytes: UnsafeRawBufferPointer) {
    high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }

  public var data: Data {
    Swift.withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Data($0) }
  }

  /// Writes the bytes into a buffer that has room for them.
  func write(to bytes: UnsafeMutableRawBufferPointer, at offset: Int) {
    bytes.storeBytes(of: high.bigEndian, toByteOffset: offset, as: UInt64.self)
    bytes.storeBytes(of: low.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
  }

  /// The same with the bits that say that it is a UUID of a version (RFC 9562 section 4).
  func asUUID(ofVersion version: UInt64) -> Bytes16 {
    Bytes16(
      high: high & 0xFFFF_FFFF_FFFF_0FFF | version << 12,
      low: low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// Thirty-two bytes.
public struct Bytes32: FixedBytes {
  public static let byteCount = 32
  /// The first half.
  let first: Bytes16
  let second: Bytes16

  public init?(_ bytes: Data) {
    guard bytes.count == Self.byteCount else { return nil }
    self = bytes.withUnsafeBytes { Self(reading: $0) }
  }

  /// Reads the first thirty-two bytes of a buffer that has at least as many.
  init(reading bytes: UnsafeRawBufferPointer) {
    first = Bytes16(reading: bytes)
    second = Bytes16(reading: UnsafeRawBufferPointer(rebasing: bytes[16...]))
  }

  public var data: Data {
    Swift.withUnsafeBytes(
      of: (
        first.high.bigEndian, first.low.bigEndian, second.high.bigEndian, second.low.bigEndian
      )
    ) { Data($0) }
  }

  /// All bits zero.
  static let zero = Bytes32(
    first: Bytes16(high: 0, low: 0), second: Bytes16(high: 0, low: 0))

  /// Draws bytes from the generator that is passed in.
  init(using generator: inout some RandomNumberGenerator) {
    first = Bytes16(using: &generator)
    second = Bytes16(using: &generator)
  }

  private init(first: Bytes16, second: Bytes16) {
    self.first = first
    self.second = second
  }

  /// Writes the bytes into a buffer that has room for them.
  func write(to bytes: UnsafeMutableRawBufferPointer, at offset: Int) {
    first.write(to: bytes, at: offset)
    second.write(to: bytes, at: offset + Bytes16.byteCount)
  }

  public static func < (left: Self, right: Self) -> Bool {
    left.first == right.first ? left.second < right.second : left.first < right.first
  }
}
