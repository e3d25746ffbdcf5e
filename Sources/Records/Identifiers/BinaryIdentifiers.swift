public import FoundationEssentials

/// An identifier that is a fixed number of bytes, ordered as bytes.
public protocol BinaryIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// What the bytes are kept in: in place, since a change names dozens of identifiers.
  associatedtype Storage: FixedBytes
  /// The bytes in place.
  var storage: Storage { get }
  /// Takes the bytes over.
  init(storage: Storage)
}

extension BinaryIdentifier {
  /// How many bytes an identifier of this kind has.
  public static var byteCount: Int { Storage.byteCount }

  /// Exactly `byteCount` bytes.
  public var bytes: Data { storage.data }

  /// Nothing where the number of bytes is wrong.
  public init?(_ bytes: Data) {
    guard let storage = Storage(bytes) else { return nil }
    self.init(storage: storage)
  }

  /// Lower-case hexadecimal.
  public var description: String { bytes.hexadecimal }

  public static func < (left: Self, right: Self) -> Bool { left.storage < right.storage }

  /// Reads hexadecimal as `description` writes it.
  public init?(hexadecimal text: String) {
    guard let bytes = Data(hexadecimal: text) else { return nil }
    self.init(bytes)
  }
}

extension BinaryIdentifier where Storage == Bytes32 {
  /// Reads an identifier from the first of these bytes, of which there must be enough.
  package init(reading bytes: UnsafeRawBufferPointer) {
    self.init(storage: Bytes32(reading: bytes))
  }
}

extension Array where Element: BinaryIdentifier, Element.Storage == Bytes32 {
  /// Reads identifiers that stand one after another; of a last one that is cut nothing is read.
  @_specialize(where Element == Digest)
  @_specialize(where Element == WriteID)
  package init(reading bytes: UnsafeRawBufferPointer) {
    let count = bytes.count / Bytes32.byteCount
    self = []
    reserveCapacity(count)
    for place in 0..<count {
      let rest = bytes[(place * Bytes32.byteCount)...]
      append(Element(reading: UnsafeRawBufferPointer(rebasing: rest)))
    }
  }
}

/// A SHA-256 digest: of an agreement, a document, a profile, a chain's head.
public struct Digest: BinaryIdentifier {
  public let storage: Bytes32
  public init(storage: Bytes32) { self.storage = storage }
}

/// A change's identity: the tagged digest of its header's bytes.
public struct ChangeID: BinaryIdentifier {
  public let storage: Bytes32
  public init(storage: Bytes32) { self.storage = storage }

  init(_ digest: Digest) { storage = digest.storage }
}

/// A write's identity: its commitment, the tagged digest of salt, record, key, time and bytes.
public struct WriteID: BinaryIdentifier {
  public let storage: Bytes32
  public init(storage: Bytes32) { self.storage = storage }

  init(_ digest: Digest) { storage = digest.storage }
}

/// An author key's identity: the first 16 bytes of the tagged digest of the public key.
public struct KeyID: BinaryIdentifier {
  public let storage: Bytes16
  public init(storage: Bytes16) { self.storage = storage }

  init(digest: Digest) { storage = digest.storage.first }
}

/// A record's identity: a UUID (RFC 9562).
public struct RecordID: BinaryIdentifier {
  public let storage: Bytes16
  public init(storage: Bytes16) { self.storage = storage }

  /// Reads a UUID in its usual form, upper or lower case.
  public init?(_ text: String) {
    guard let uuid = UUID(uuidString: text) else { return nil }
    storage = withUnsafeBytes(of: uuid.uuid) { Bytes16(reading: $0) }
  }

  /// A random UUID (version 4) drawn from the generator that is passed in.
  public init(using generator: inout some RandomNumberGenerator) {
    storage = Bytes16(using: &generator).asUUID(ofVersion: 4)
  }

  /// An id that follows from what the record is about: a UUID of version 8, whose bits mean what the
  /// application says (RFC 9562 section 5.8).
  public init(derivedFrom digest: Digest) {
    storage = digest.storage.first.asUUID(ofVersion: 8)
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
