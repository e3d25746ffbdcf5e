import FoundationEssentials

/// The unique mark in every generated text, by which its bytes are found in files.
///
/// `~m` and seven digits: the action's number, then which of the action's values it is.
enum Marker {
  private static let digits = 7
  private static let tilde = UInt8(ascii: "~")

  /// The mark of one of an action's values, up to 100 of them.
  static func text(action: Int, value: Int) -> String {
    let number = String(action * 100 + value)
    return "~m" + String(repeating: "0", count: max(0, digits - number.count)) + number
  }

  /// The marks in some bytes, as numbers.
  static func found(in bytes: Data) -> Set<Int> {
    bytes.withUnsafeBytes { bytes in
      var found: Set<Int> = []
      for start in stride(from: 0, to: bytes.count, by: 8) where mayBegin(bytes, start) {
        for place in start..<max(start, min(start + 8, bytes.count - digits - 1))
        where bytes[place] == tilde && bytes[place + 1] == UInt8(ascii: "m") {
          guard let number = number(bytes[(place + 2)..<(place + 2 + digits)]) else { continue }
          found.insert(number)
        }
      }
      return found
    }
  }

  /// Whether one of eight bytes is a tilde: they are looked at together, for whole files are
  /// searched.
  private static func mayBegin(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Bool {
    guard start + 8 <= bytes.count else { return true }
    let word = bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
    let zeroed = word ^ 0x7E7E_7E7E_7E7E_7E7E
    return (zeroed &- 0x0101_0101_0101_0101) & ~zeroed & 0x8080_8080_8080_8080 != 0
  }

  /// The marks in a text.
  static func found(in text: String) -> Set<Int> { found(in: Data(text.utf8)) }

  private static func number(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
    var number = 0
    for byte in bytes {
      guard (48...57).contains(byte) else { return nil }
      number = number * 10 + Int(byte) - 48
    }
    return number
  }
}
