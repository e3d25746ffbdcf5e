/// Names of fields, record types, vocabularies, profiles, grants and agreements.
public enum Name {
  /// Lower-case ASCII letters, digits, hyphens, dots and underscores, at most 64 bytes, first a
  /// letter or an underscore: such a name can stand in a log line and in a file.
  public static func isValid(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= Limits.Change.nameBytes,
      isLetter(first) || first == 95
    else { return false }
    return text.utf8.allSatisfy {
      isLetter($0) || (48...57).contains($0) || $0 == 45 || $0 == 46 || $0 == 95
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
}
