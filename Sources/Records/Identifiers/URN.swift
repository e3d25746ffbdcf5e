/// The unique reference number of a school in the register Get Information About Schools (GIAS):
/// six digits, from 100000 to 999999.
public struct URN: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number.
  public let number: Int32

  /// Validates the text; nothing but the six digits is accepted.
  public init(_ text: String) throws(IdentifierError) {
    let bytes = Array(text.utf8)
    guard bytes.count == 6 else { throw .wrongLength(.urn, expected: 6) }
    let digits = try IdentifierScheme.urn.digits(bytes[...], from: 1)
    let number = digits.reduce(0) { $0 * 10 + $1 }
    guard number >= 100_000 else { throw .outOfRange(.urn, expected: "100000 to 999999") }
    self.number = Int32(clamping: number)
  }

  /// The normal form: six digits.
  public var description: String { String(number) }

  /// Orders by the number.
  public static func < (left: URN, right: URN) -> Bool { left.number < right.number }
}
