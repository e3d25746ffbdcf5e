import FoundationEssentials
import Records

/// Bytes of the replica's own, never sent: small numbers in few bytes, least significant part first.
struct PackedWriter {
  private var packed: [UInt8] = []

  /// - Parameter capacity: how many bytes there will be, about.
  init(capacity: Int = 64) { packed.reserveCapacity(capacity) }

  var bytes: Data { Data(packed) }

  mutating func number(_ value: Int64) {
    var rest = UInt64(bitPattern: value)
    while rest >= 0x80 {
      packed.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    packed.append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func raw(_ part: Data) { part.withUnsafeBytes { packed.append(contentsOf: $0) } }

  mutating func raw(_ part: [UInt8]) { packed += part }

  mutating func counted(_ part: Data) {
    number(Int64(part.count))
    raw(part)
  }
}

/// Reads what `PackedWriter` wrote; a replica that holds anything else is damaged.
struct PackedReader {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: Data) { self.bytes = bytes.withUnsafeBytes { Array($0) } }

  var isAtEnd: Bool { place >= bytes.count }

  mutating func number() throws -> Int64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while place < bytes.count, shift < 64 {
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return Int64(bitPattern: value) }
      shift += 7
    }
    throw Self.damaged
  }

  /// A number that counts something in memory.
  mutating func count() throws -> Int {
    guard let count = Int(exactly: try number()), count >= 0 else { throw Self.damaged }
    return count
  }

  mutating func raw(_ count: Int) throws -> Data {
    try next(count).withUnsafeBytes { Data($0) }
  }

  private mutating func next(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count <= bytes.count - place else { throw Self.damaged }
    defer { place += count }
    return bytes[place..<(place + count)]
  }

  /// All that is left.
  mutating func rest() throws -> Data { try raw(bytes.count - place) }

  mutating func bytes(_ count: Int) throws -> [UInt8] { Array(try next(count)) }

  mutating func counted() throws -> Data { try raw(try count()) }

  private static let damaged = ReplicaError.storage("a packed column cannot be read")
}
