import FoundationEssentials

/// The unique mark in every generated text, by which its bytes are found in files.
///
/// `~m` and seven digits: the action's number, then which of the action's values it is.
enum Marker {
  private static let digits = 7

  /// The mark of one of an action's values, up to 100 of them.
  static func text(action: Int, value: Int) -> String {
    let number = String(action * 100 + value)
    return "~m" + String(repeating: "0", count: max(0, digits - number.count)) + number
  }

  /// The marks in some bytes, as numbers.
  static func found(in bytes: Data) -> Set<Int> {
    bytes.withUnsafeBytes { bytes in
      var found: Set<Int> = []
      var place = 0
      let end = bytes.count - digits - 1
      while place < end {
        if bytes[place] == UInt8(ascii: "~"), bytes[place + 1] == UInt8(ascii: "m"),
          let number = number(bytes[(place + 2)..<(place + 2 + digits)])
        {
          found.insert(number)
        }
        place += 1
      }
      return found
    }
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
