/// A unique pupil number: a check letter, three digits for the local authority, four for the
/// establishment, two for the year, and a serial of three.
///
/// The serial of a temporary UPN ends with a letter. The check letter is found by modulus 23 (DfE,
/// Unique Pupil Numbers: guide). Lower-case letters are accepted; the normal form is upper case.
/// Whether the authority exists is not checked: the list of codes changes.
public struct UPN: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The normal form: thirteen characters, letters in upper case.
  public let description: String

  /// Validates the text and brings it into its normal form.
  public init(_ text: String) throws(IdentifierError) {
    let bytes = text.utf8.map(Self.uppercased)
    guard bytes.count == 13 else { throw .wrongLength(.upn, expected: 13) }
    guard let check = Self.letters.firstIndex(of: bytes[0]) else {
      throw .wrongCharacter(.upn, position: 1, expected: "a letter other than I, O and S")
    }
    let digits = try IdentifierScheme.upn.digits(bytes[1..<12], from: 2)
    let values = digits + [try Self.lastValue(bytes[12])]
    let sum = zip(values, 2...).reduce(0) { $0 + $1.0 * $1.1 }
    guard sum % Self.letters.count == check else {
      throw .wrongCheck(.upn, expected: "a first letter that fits the rest, modulus 23")
    }
    description = String(decoding: bytes, as: UTF8.self)
  }

  /// Whether a school gave it out for the time being, until the pupil's own is known.
  public var isTemporary: Bool { description.utf8.last.map(DecimalDigits.isDigit) == false }

  /// The code of the local authority that the issuing school belonged to.
  public var localAuthority: Substring { description.dropFirst().prefix(3) }

  /// Orders by the normal form.
  public static func < (left: UPN, right: UPN) -> Bool {
    left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
  }

  /// The letters for 0 to 22, without those that are taken for digits.
  private static let letters = Array("ABCDEFGHJKLMNPQRTUVWXYZ".utf8)

  private static func uppercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
  }

  private static func lastValue(_ byte: UInt8) throws(IdentifierError) -> Int {
    if DecimalDigits.isDigit(byte) { return Int(byte - UInt8(ascii: "0")) }
    guard let value = letters.firstIndex(of: byte) else {
      throw .wrongCharacter(
        .upn, position: 13, expected: "a digit, or a letter other than I, O and S")
    }
    return value
  }
}
