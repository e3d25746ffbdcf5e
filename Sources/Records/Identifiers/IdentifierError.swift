/// A public scheme of identifiers that Concord validates.
public enum IdentifierScheme: String, Hashable, Sendable, CaseIterable {
  /// The number of a patient in England: NHS Data Dictionary, NHS NUMBER.
  case nhsNumber = "NHS number"
  /// The unique pupil number of the Department for Education.
  case upn = "UPN"
  /// The unique reference number of a school in the GIAS register.
  case urn = "URN"
}

/// Why a text is no identifier of its scheme.
///
/// It never holds or prints the text that was offered: an identifier names a child, and errors reach
/// logs and screens that the child's record does not.
public enum IdentifierError: Error, Hashable, Sendable {
  /// The text has another number of characters.
  case wrongLength(IdentifierScheme, expected: Int)
  /// A character is of the wrong kind; positions count from 1 in the text without spaces.
  case wrongCharacter(IdentifierScheme, position: Int, expected: String)
  /// The check character does not fit the rest: a slip of the pen or two digits exchanged.
  case wrongCheck(IdentifierScheme, expected: String)
  /// The number is outside the range that the scheme gives out.
  case outOfRange(IdentifierScheme, expected: String)

  /// The scheme that the text was measured against.
  public var scheme: IdentifierScheme {
    switch self {
    case .wrongLength(let scheme, _), .wrongCharacter(let scheme, _, _),
      .wrongCheck(let scheme, _), .outOfRange(let scheme, _):
      scheme
    }
  }
}

extension IdentifierError: CustomStringConvertible {
  /// One line for a person: the scheme, what is wrong, what was expected.
  public var description: String {
    switch self {
    case .wrongLength(let scheme, let expected):
      "\(scheme.rawValue): wrong length, expected \(expected) characters"
    case .wrongCharacter(let scheme, let position, let expected):
      "\(scheme.rawValue): wrong character at position \(position), expected \(expected)"
    case .wrongCheck(let scheme, let expected):
      "\(scheme.rawValue): the check does not fit, expected \(expected)"
    case .outOfRange(let scheme, let expected):
      "\(scheme.rawValue): out of range, expected \(expected)"
    }
  }
}

extension IdentifierScheme {
  /// The values of ASCII digits, positions counted from `first`.
  func digits(_ bytes: ArraySlice<UInt8>, from first: Int) throws(IdentifierError) -> [Int] {
    var digits: [Int] = []
    for (offset, byte) in bytes.enumerated() {
      guard DecimalDigits.isDigit(byte) else {
        throw .wrongCharacter(self, position: first + offset, expected: "a digit")
      }
      digits.append(Int(byte - UInt8(ascii: "0")))
    }
    return digits
  }
}
