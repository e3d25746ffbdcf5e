/// An NHS number: ten digits, the last of them a check digit by modulus 11.
///
/// Spaces are accepted anywhere, as people write `943 476 5919`; the normal form has none. Which
/// ranges the NHS has issued is not checked, so that its published test numbers stay usable.
public struct NHSNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The normal form: ten digits without spaces.
  public let description: String

  /// Validates the text and brings it into its normal form.
  public init(_ text: String) throws(IdentifierError) {
    let bytes = text.utf8.filter { $0 != UInt8(ascii: " ") }
    guard bytes.count == 10 else { throw .wrongLength(.nhsNumber, expected: 10) }
    let digits = try IdentifierScheme.nhsNumber.digits(bytes[...], from: 1)
    guard Self.isChecked(digits) else {
      throw .wrongCheck(.nhsNumber, expected: "a tenth digit that fits the first nine, modulus 11")
    }
    description = String(decoding: bytes, as: UTF8.self)
  }

  /// Orders by the number.
  public static func < (left: NHSNumber, right: NHSNumber) -> Bool {
    left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
  }

  /// The digits weighted 10 down to 1 add up to a multiple of 11.
  ///
  /// This is the dictionary's rule in one step: its check digit is 11 less the weighted sum of the
  /// first nine modulo 11, 11 counts as 0, and 10 (never one digit) is no NHS number.
  private static func isChecked(_ digits: [Int]) -> Bool {
    zip(digits, (1...10).reversed()).reduce(0) { $0 + $1.0 * $1.1 } % 11 == 0
  }
}
