import Records

/// What an export's row says of a child, beside what is known already.
public enum ImportedChild {
  /// The facts by which somebody finds the child: to attach a row that says another one to a record
  /// would hide it, and tell the wrong school (domain rule 26).
  private static let facts = ["name", "date_of_birth", "address", "school"]

  /// The facts of a row that differ from all that is known of a child; what nobody has said yet does not
  /// differ.
  /// - Parameters:
  ///   - row: fields as they are typed.
  ///   - known: the values that stand, by field, as they are typed.
  public static func differences(
    of row: [String: String], from known: [String: Set<String>]
  ) -> [String] {
    facts.filter { field in
      guard let said = row[field], let values = known[field], !values.isEmpty else { return false }
      let isText = field == "name" || field == "address"
      return !values.contains {
        isText ? NameSimilarity.words($0) == NameSimilarity.words(said) : $0 == said
      }
    }
  }
}
