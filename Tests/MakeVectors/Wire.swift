import Foundation

/// Protobuf's wire format, written by hand: what a vector needs that a generated encoder would
/// never write.
enum Wire {
  static func varint(_ number: UInt64) -> Data {
    var (rest, data) = (number, Data())
    while rest > 0x7F {
      data.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    data.append(UInt8(truncatingIfNeeded: rest))
    return data
  }

  /// A field of wire type 0.
  static func number(_ field: UInt64, _ number: UInt64) -> Data {
    varint(field << 3) + varint(number)
  }

  /// A field of wire type 1.
  static func fixed64(_ field: UInt64, _ number: UInt64) -> Data {
    var data = varint(field << 3 | 1)
    withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) }
    return data
  }

  /// A field of wire type 2.
  static func bytes(_ field: UInt64, _ bytes: Data) -> Data {
    varint(field << 3 | 2) + varint(UInt64(bytes.count)) + bytes
  }

  static func text(_ field: UInt64, _ text: String) -> Data { bytes(field, Data(text.utf8)) }
}

/// The parts of a `Write` message as they are to stand in its bytes, right or wrong.
struct RawWrite {
  var field = "name"
  /// SET is 1, CLEAR 2, ADD 3, REMOVE 4.
  var operation: UInt64 = 1
  /// The bytes of a `Value` message.
  var value: Data? = Wire.text(1, "Example Child A")
  var context: [(key: Data, hlc: UInt64)] = []
  var removes: [Data] = []

  var bytes: Data {
    var data = field.isEmpty ? Data() : Wire.text(1, field)
    if operation != 0 { data += Wire.number(2, operation) }
    if let value { data += Wire.bytes(3, value) }
    for seen in context {
      data += Wire.bytes(4, Wire.bytes(1, seen.key) + Wire.fixed64(2, seen.hlc))
    }
    for id in removes { data += Wire.bytes(5, id) }
    return data
  }
}
