/// What may stand in text that people read, and how to show text that somebody else wrote.
public enum PrintableText {
  /// Whether a field may hold the text: no control characters but line feed and tab. Others move
  /// the cursor of whoever reads it, and mean nothing in a case file.
  public static func isAllowed(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { !isControl($0) || $0 == "\n" || $0 == "\t" }
  }

  /// Whether the text stays on one line and every character of it shows.
  public static func isLine(_ text: String) -> Bool { shown(text) == text }

  /// The text on one line. What would not show as itself is escaped: line ends and other controls,
  /// characters of no width, and those that turn the direction of what follows. Thus no value can
  /// pass for another line, or for another value.
  public static func shown(_ text: String) -> String { escaped(text) { _ in false } }

  /// The same for a text of several lines, whose line feeds stay.
  public static func shownLines(_ text: String) -> String { escaped(text) { $0 == "\n" } }

  private static func escaped(
    _ text: String, keeping isKept: (Unicode.Scalar) -> Bool
  ) -> String {
    var result = String.UnicodeScalarView()
    var isAfterASCII = true
    for scalar in text.unicodeScalars {
      if isKept(scalar) || !isHidden(scalar, isAfterASCII: isAfterASCII) {
        result.append(scalar)
      } else {
        result.append(contentsOf: escape(scalar).unicodeScalars)
      }
      isAfterASCII = scalar.isASCII
    }
    return String(result)
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }
  }

  private static func isHidden(_ scalar: Unicode.Scalar, isAfterASCII: Bool) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    // Joiners are part of how some languages are written, but never within Latin letters.
    case .format: isAfterASCII || (scalar != "\u{200C}" && scalar != "\u{200D}")
    default: false
    }
  }

  /// The category Cc: there are no others, and there never will be (the Unicode stability policy).
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
  }
}
