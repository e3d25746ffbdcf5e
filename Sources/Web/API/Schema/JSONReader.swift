import Foundation

/// Reads JSON as RFC 8259 has it, and nothing besides: UTF-8 alone, no byte order mark, no key twice, no comma too
/// many, no half of a surrogate pair. Foundation's decoder takes all of those but the last, guesses other encodings,
/// and takes seconds for what is nested deeply.
struct JSONReader {
  /// How deeply lists and objects may stand in one another. Requests need four, the document twenty.
  static let depth = 64

  private let bytes: [UInt8]
  private var place = 0

  /// The value that a text is; nothing where it is none.
  static func value(of text: Data) -> JSON? {
    var reader = JSONReader(bytes: Array(text))
    let value = reader.value(within: depth)
    reader.skipSpace()
    return reader.place == reader.bytes.count ? value : nil
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func value(within depth: Int) -> JSON? {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return depth > 0 ? object(within: depth - 1) : nil
    case UInt8(ascii: "["): return depth > 0 ? list(within: depth - 1) : nil
    case UInt8(ascii: "\""): return string().map(JSON.string)
    case UInt8(ascii: "t"): return take("true") ? .boolean(true) : nil
    case UInt8(ascii: "f"): return take("false") ? .boolean(false) : nil
    case UInt8(ascii: "n"): return take("null") ? .null : nil
    default: return number()
    }
  }

  private mutating func object(within depth: Int) -> JSON? {
    var members: [String: JSON] = [:]
    place += 1
    skipSpace()
    if take("}") { return .object([:]) }
    repeat {
      skipSpace()
      guard let name = string() else { return nil }
      skipSpace()
      guard take(":"), let value = value(within: depth),
        members.updateValue(value, forKey: name) == nil
      else { return nil }
      skipSpace()
    } while take(",")
    return take("}") ? .object(members) : nil
  }

  private mutating func list(within depth: Int) -> JSON? {
    var items: [JSON] = []
    place += 1
    skipSpace()
    if take("]") { return .list([]) }
    repeat {
      guard let item = value(within: depth) else { return nil }
      items.append(item)
      skipSpace()
    } while take(",")
    return take("]") ? .list(items) : nil
  }

  private mutating func string() -> String? {
    guard take("\"") else { return nil }
    var text: [UInt8] = []
    while let byte = next {
      place += 1
      switch byte {
      case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = escaped() else { return nil }
        text.append(contentsOf: Array(String(scalar).utf8))
      case 0..<0x20: return nil
      default: text.append(byte)
      }
    }
    return nil
  }

  private static let escapes: [UInt8: Unicode.Scalar] = [
    UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
    UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n",
    UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
  ]

  private mutating func escaped() -> Unicode.Scalar? {
    guard let byte = next else { return nil }
    place += 1
    guard byte == UInt8(ascii: "u") else { return Self.escapes[byte] }
    guard let first = unit() else { return nil }
    guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
    guard take("\\u"), let second = unit(), (0xDC00..<0xE000).contains(second) else { return nil }
    return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
  }

  /// Four hexadecimal digits.
  private mutating func unit() -> UInt32? {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        return nil
      }
      unit = unit << 4 | UInt32(digit)
      place += 1
    }
    return unit
  }

  /// A whole number as such, also where it is written `1.0` or `1e2`, as JSON Schema has it.
  private mutating func number() -> JSON? {
    let start = place
    _ = take("-")
    guard take("0") || takeDigits() else { return nil }
    var isWhole = true
    if take(".") {
      guard takeDigits() else { return nil }
      isWhole = false
    }
    if take("e") || take("E") {
      _ = take("+") || take("-")
      guard takeDigits() else { return nil }
      isWhole = false
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    if isWhole, let number = Int64(text) { return .integer(number) }
    guard let number = Double(text), number.isFinite else { return nil }
    return Int64(exactly: number).flatMap { isWhole ? nil : .integer($0) } ?? .number(number)
  }

  private mutating func takeDigits() -> Bool {
    let start = place
    while let byte = next, (48...57).contains(byte) { place += 1 }
    return place > start
  }

  private mutating func take(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard place + count <= bytes.count else { return false }
    let isThere = text.withUTF8Buffer { $0.elementsEqual(bytes[place..<place + count]) }
    if isThere { place += count }
    return isThere
  }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { place += 1 }
  }
}
