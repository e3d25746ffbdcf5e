public import FoundationEssentials

extension Data {
  /// Lower-case hexadecimal.
  public var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(count * 2)
    for byte in self {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nothing where the text is not pairs of hexadecimal digits.
  public init?(hexadecimal text: String) {
    let digits = text.utf8.compactMap(Self.nibble)
    guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
    self = Data(stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
  }

  /// Bytes drawn from the generator that is passed in.
  public static func random(count: Int, using generator: inout some RandomNumberGenerator) -> Data {
    var bytes = Data(capacity: count + 7)
    while bytes.count < count {
      bytes.append(bigEndian: generator.next())
    }
    return bytes.prefix(count)
  }

  /// Appends the number, most significant byte first.
  public mutating func append(bigEndian number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
  }

  private static func nibble(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 97...102: byte - 87
    case 65...70: byte - 55
    default: nil
    }
  }
}
