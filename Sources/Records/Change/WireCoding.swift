package import FoundationEssentials

/// Writes the protobuf encoding of the few messages that are made and hashed by the thousand: the generated
/// code takes ten times as long for them. It writes exactly the bytes that the generated code writes; tests
/// compare the two.
package struct WireWriter {
  package private(set) var bytes: [UInt8] = []

  package init(capacity: Int = 128) { bytes.reserveCapacity(capacity) }

  /// A varint field.
  package mutating func number(_ field: UInt8, _ value: UInt64) {
    bytes.append(field << 3)
    varint(value)
  }

  /// A zig-zag varint field (sint32, sint64).
  package mutating func signed(_ field: UInt8, _ value: Int64) {
    number(field, UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63))
  }

  /// A fixed64 field.
  package mutating func fixed(_ field: UInt8, _ value: UInt64) {
    bytes.append(field << 3 | 1)
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func text(_ field: UInt8, _ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      start(field, count: utf8.count)
      bytes.append(contentsOf: utf8)
    }
  }

  package mutating func bytes(_ field: UInt8, _ part: Data) {
    start(field, count: part.count)
    append(part)
  }

  package mutating func bytes(_ field: UInt8, _ part: Bytes16) {
    start(field, count: Bytes16.byteCount)
    withUnsafeBytes(of: (part.high.bigEndian, part.low.bigEndian)) {
      bytes.append(contentsOf: $0)
    }
  }

  /// Digests one after another in one field.
  package mutating func digests<ID: BinaryIdentifier>(_ field: UInt8, _ parts: [ID])
  where ID.Storage == Bytes32 {
    start(field, count: parts.count * Bytes32.byteCount)
    for part in parts { append(part.storage) }
  }

  private mutating func append(_ part: Bytes32) {
    let (first, second) = (part.first, part.second)
    withUnsafeBytes(
      of: (first.high.bigEndian, first.low.bigEndian, second.high.bigEndian, second.low.bigEndian)
    ) { bytes.append(contentsOf: $0) }
  }

  package mutating func message(_ field: UInt8, _ part: WireWriter) {
    start(field, count: part.bytes.count)
    bytes.append(contentsOf: part.bytes)
  }

  package mutating func bytes(_ field: UInt8, _ part: Bytes32) {
    start(field, count: Bytes32.byteCount)
    append(part)
  }

  /// What was encoded before.
  package mutating func append(_ part: Data) {
    part.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  private mutating func start(_ field: UInt8, count: Int) {
    bytes.append(field << 3 | 2)
    varint(UInt64(count))
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}

/// Reads the same: fields in ascending order, each once, and none that is not known. Whatever else there is, the
/// generated code reads.
package struct WireReader {
  private let bytes: UnsafeRawBufferPointer
  private var place = 0
  private let end: Int

  package init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    end = bytes.count
  }

  package var isAtEnd: Bool { place == end }

  /// Takes the tag where it is the next one.
  package mutating func takes(_ field: UInt8, _ kind: UInt8) -> Bool {
    guard place < end, bytes[place] == field << 3 | kind else { return false }
    place += 1
    return true
  }

  /// A varint of one to ten bytes in its shortest form.
  package mutating func varint() -> UInt64? {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while place < end, shift < 64 {
      let byte = bytes[place]
      place += 1
      if shift == 63, byte > 1 { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return byte == 0 && shift > 0 ? nil : value }
      shift += 7
    }
    return nil
  }

  package mutating func fixed() -> UInt64? {
    guard end - place >= 8 else { return nil }
    defer { place += 8 }
    return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
  }

  /// The bytes of a field behind their length.
  package mutating func part() -> UnsafeRawBufferPointer? {
    guard let count = varint(), count <= UInt64(end - place) else { return nil }
    defer { place += Int(count) }
    return UnsafeRawBufferPointer(rebasing: bytes[place..<(place + Int(count))])
  }

  /// A field of exactly as many bytes as an identifier has.
  package mutating func id<ID: BinaryIdentifier>() -> ID? where ID.Storage == Bytes32 {
    guard let part = part(), part.count == Bytes32.byteCount else { return nil }
    return ID(storage: Bytes32(reading: part))
  }

  package mutating func id<ID: BinaryIdentifier>() -> ID? where ID.Storage == Bytes16 {
    guard let part = part(), part.count == Bytes16.byteCount else { return nil }
    return ID(storage: Bytes16(reading: part))
  }

  /// The bytes of a field, copied.
  package mutating func data() -> Data? { part().map { Data($0) } }

  /// Text that is valid UTF-8.
  package mutating func text() -> String? {
    guard let part = part() else { return nil }
    return String(validating: part, as: UTF8.self)
  }
}
