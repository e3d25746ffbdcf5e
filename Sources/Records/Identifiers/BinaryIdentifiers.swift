public import FoundationEssentials

/// An identifier that is a fixed number of bytes, ordered as bytes.
public protocol BinaryIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// How many bytes an identifier of this kind has.
  static var byteCount: Int { get }
  /// Exactly `byteCount` bytes.
  var bytes: Data { get }
  /// Nothing where the number of bytes is wrong.
  init?(_ bytes: Data)
}

extension BinaryIdentifier {
  /// Lower-case hexadecimal.
  public var description: String { bytes.hexadecimal }

  public static func < (left: Self, right: Self) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }

  /// Reads hexadecimal as `description` writes it.
  public init?(hexadecimal text: String) {
    guard let bytes = Data(hexadecimal: text) else { return nil }
    self.init(bytes)
  }
}

/// A SHA-256 digest: of an agreement, a document, a profile, a chain's head.
public struct Digest: BinaryIdentifier {
  public static let byteCount = 32
  public let bytes: Data

  public init?(_ bytes: Data) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  init(hashed bytes: some Sequence<UInt8>) { self.bytes = Data(bytes) }
}

/// A change's identity: the tagged digest of its header's bytes.
public struct ChangeID: BinaryIdentifier {
  public static let byteCount = 32
  public let bytes: Data

  public init?(_ bytes: Data) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  init(_ digest: Digest) { bytes = digest.bytes }
}

/// A write's identity: its commitment, the tagged digest of salt, record, key, time and bytes.
public struct WriteID: BinaryIdentifier {
  public static let byteCount = 32
  public let bytes: Data

  public init?(_ bytes: Data) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  init(_ digest: Digest) { bytes = digest.bytes }
}

/// An author key's identity: the first 16 bytes of the tagged digest of the public key.
public struct KeyID: BinaryIdentifier {
  public static let byteCount = 16
  public let bytes: Data

  public init?(_ bytes: Data) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }
}

/// A record's identity: a UUID (RFC 9562).
public struct RecordID: BinaryIdentifier {
  public static let byteCount = 16
  public let bytes: Data

  public init?(_ bytes: Data) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// Reads a UUID in its usual form, upper or lower case.
  public init?(_ text: String) {
    guard let uuid = UUID(uuidString: text) else { return nil }
    bytes = withUnsafeBytes(of: uuid.uuid) { Data($0) }
  }

  /// A random UUID (version 4) drawn from the generator that is passed in.
  public init(using generator: inout some RandomNumberGenerator) {
    var drawn = Data.random(count: 16, using: &generator)
    drawn[6] = drawn[6] & 0x0F | 0x40
    drawn[8] = drawn[8] & 0x3F | 0x80
    bytes = drawn
  }

  /// An id that follows from what the record is about: a UUID of version 8, whose bits mean what the
  /// application says (RFC 9562 section 5.8).
  public init(derivedFrom digest: Digest) {
    var derived = Data(digest.bytes.prefix(Self.byteCount))
    derived[derived.startIndex + 6] = derived[derived.startIndex + 6] & 0x0F | 0x80
    derived[derived.startIndex + 8] = derived[derived.startIndex + 8] & 0x3F | 0x80
    bytes = derived
  }

  /// The UUID's usual form, in lower case.
  public var description: String {
    let text = bytes.hexadecimal.utf8
    var parts: [Substring] = []
    var start = text.startIndex
    for length in [8, 4, 4, 4, 12] {
      let end = text.index(start, offsetBy: length)
      parts.append(Substring(text[start..<end]))
      start = end
    }
    return parts.joined(separator: "-")
  }
}

extension KeyID {
  init(digest: Digest) { bytes = digest.bytes.prefix(Self.byteCount) }
}
