import Foundation

/// The fields of a protobuf message, written one by one: fuzzing needs messages that no encoder of
/// the product would write.
struct WireFields {
  private(set) var data = Data()

  func number(_ field: UInt64, _ number: UInt64) -> Self {
    adding(Self.varint(field << 3) + Self.varint(number))
  }

  func fixed64(_ field: UInt64, _ number: UInt64) -> Self {
    adding(
      Self.varint(field << 3 | 1) + withUnsafeBytes(of: number.littleEndian) { Data($0) })
  }

  func bytes(_ field: UInt64, _ bytes: Data) -> Self {
    adding(Self.varint(field << 3 | 2) + Self.varint(UInt64(bytes.count)) + bytes)
  }

  func text(_ field: UInt64, _ text: String) -> Self { bytes(field, Data(text.utf8)) }

  private func adding(_ more: Data) -> Self {
    var copy = self
    copy.data += more
    return copy
  }

  private static func varint(_ number: UInt64) -> Data {
    var (rest, data) = (number, Data())
    while rest > 0x7F {
      data.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    data.append(UInt8(truncatingIfNeeded: rest))
    return data
  }
}
