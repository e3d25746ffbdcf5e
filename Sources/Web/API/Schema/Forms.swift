import Agreements
import Records

/// The forms that requests and answers have in common.
extension Schema {
  static let recordID = Schema.text(
    TextForm(
      "a record's id (a UUID)", format: "uuid",
      pattern: "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
    ) { RecordID($0) != nil })
  static let name = Schema.text(TextForm.name)
  static let agency = Schema.text(
    TextForm(
      "an agency id, as police.south-yorkshire or school.107001",
      pattern: "^[a-z]+\\.[A-Za-z0-9][A-Za-z0-9.\\-]*$", lengths: 3...64
    ) { AgencyID($0) != nil })
  static let instant = Schema.text(
    TextForm("a moment as 2027-05-01T21:40:00Z", format: "date-time") { Instant($0) != nil })
  /// What the node said before: read, never checked.
  static let moment = Schema.text(TextForm("a moment", format: "date-time"))
  static let words = Schema.text(TextForm("text"))
  static let digest = Schema.text(TextForm("64 hexadecimal digits", pattern: "^[0-9a-f]{64}$"))
  static let count = Schema.integer(0...Int64(Int32.max))

  /// What somebody writes into a field that holds text.
  static let typed = Schema.text(
    TextForm(
      "text of 1 to \(Limits.Change.valueBytes) characters", lengths: 1...Limits.Change.valueBytes))
  /// A value of any field: text, a whole number, true or false.
  static let value = Schema.named(
    Component(
      name: "Value",
      schema: .either([typed, .integer(Int64.min...Int64.max), .boolean])))
  /// A value as the node has it.
  static let held = Schema.named(
    Component(
      name: "HeldValue", schema: .either([words, .integer(Int64.min...Int64.max), .boolean])))
}

extension TextForm {
  static let word = TextForm("text")
  static let name = TextForm(
    "a name in lower case", pattern: "^[a-z_][a-z0-9_.\\-]{0,63}$"
  ) { Name.isValid($0) }
  /// The key of a request: whatever the program likes, as a UUID.
  static let requestKey = TextForm(
    "1 to 64 letters, digits, '-' or '_'", pattern: "^[A-Za-z0-9_\\-]{1,64}$"
  ) { text in
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45
          || $0 == 95
      }
  }
  /// What a record was when it was read (RFC 9110, 8.8.3).
  static let entityTag = TextForm(
    "the ETag of the record, as it was read", pattern: "^\"[0-9a-f]{64}\"$"
  ) { text in
    text.utf8.count == 66 && text.hasPrefix("\"") && text.hasSuffix("\"")
      && text.dropFirst().dropLast().utf8.allSatisfy {
        (48...57).contains($0) || (97...102).contains($0)
      }
  }
}
