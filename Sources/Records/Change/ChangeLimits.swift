/// How large the parts of a change may be. A change over a limit is refused whole.
public enum ChangeLimits {
  /// Commitments in a header, decoys included: a record type with more fields does not exist.
  public static let commitments = 1024
  /// Bytes of a header: the commitments and room for names.
  public static let headerBytes = commitments * 32 + 1024
  /// Bytes of one write: a long statement of 16,000 words fits; a file does not belong here.
  public static let writeBytes = 128 * 1024
  /// Author keys in a context: every device of every agency that ever wrote the field.
  public static let contextEntries = 1024
  /// Adds that one removal names.
  public static let removes = 1024
  /// Bytes of a field's or record type's name.
  public static let nameBytes = 64
}
