public import Records

/// What a field's values are.
public enum FieldType: Hashable, Sendable {
  case text, integer, boolean, date, instant, agency
  /// A term of the named vocabulary.
  case vocabulary(String)
  /// A record of the named type.
  case reference(String)
  case identifier(IdentifierScheme)

  /// The type's name, as profiles write it.
  public var name: String {
    switch self {
    case .text: "text"
    case .integer: "integer"
    case .boolean: "boolean"
    case .date: "date"
    case .instant: "instant"
    case .agency: "agency"
    case .vocabulary: "vocabulary"
    case .reference: "reference"
    case .identifier: "identifier"
    }
  }
}

/// Identifiers that carry check digits or a fixed shape.
public enum IdentifierScheme: String, Hashable, Sendable, CaseIterable {
  case nhsNumber = "nhs-number"
  case upn
  case urn

  /// The identifier's normal form.
  /// - Throws: `IdentifierError` that says what is wrong.
  public func normalised(_ text: String) throws(IdentifierError) -> String {
    switch self {
    case .nhsNumber: try NHSNumber(text).description
    case .upn: try UPN(text).description
    case .urn: try URN(text).description
    }
  }
}

/// Why a text is no value of a field. Says what was expected, never what was given.
public struct ValueError: Error, Hashable, Sendable, CustomStringConvertible {
  public let field: String
  public let expected: String

  /// States which field expected what.
  public init(field: String, expected: String) {
    self.field = field
    self.expected = expected
  }

  public var description: String { "\(field): expected \(expected)" }
}

extension Field {
  /// Reads a value as a person types it.
  /// - Throws: `ValueError` that says what was expected.
  public func value(_ text: String, in profile: Profile) throws(ValueError) -> Value {
    switch type {
    case .text:
      guard !text.allSatisfy(\.isWhitespace) else { throw expected("some text") }
      guard text.utf8.count <= Limits.Change.valueBytes else {
        throw expected("at most \(Limits.Change.valueBytes >> 10) KiB of text")
      }
      guard PrintableText.isAllowed(text) else {
        throw expected("text without control characters other than line feeds and tabs")
      }
      return .text(text)
    case .integer:
      let number = Int64(text).flatMap { String($0) == text ? $0 : nil }
      return .integer(try parsed(number, "a whole number without a plus sign or leading zeros"))
    case .boolean: return .boolean(try parsed(Self.boolean(text), "true or false"))
    case .date: return .date(try parsed(LocalDate(text), "a date as 2014-06-05"))
    case .instant:
      return .instant(try parsed(Instant(text), "a time as 2026-11-21T22:40:00Z"))
    case .agency:
      let agency = AgencyID(text).flatMap { $0.isPlausible ? $0 : nil }
      return .agency(
        try parsed(
          agency,
          "an agency id as school.107001 (a school's URN), or police, care, health or "
            + "support, a dot and a name"))
    case .vocabulary(let name):
      let terms = profile.vocabularies[name]?.terms ?? []
      guard terms.contains(text) else {
        throw expected("one of \(terms.joined(separator: ", "))")
      }
      return .term(text)
    case .reference(let type):
      return .reference(try parsed(RecordID(text), "the id (a UUID) of a record of type \(type)"))
    case .identifier(let scheme):
      do {
        return .identifier(try scheme.normalised(text))
      } catch {
        throw expected("a valid \(error)")
      }
    }
  }

  /// Whether a value that arrived is one that this field may hold.
  public func accepts(_ value: Value, in profile: Profile) -> Bool {
    switch (type, value) {
    case (.text, .text(let text)): !text.isEmpty && PrintableText.isAllowed(text)
    case (.integer, .integer), (.boolean, .boolean), (.date, .date), (.instant, .instant),
      (.agency, .agency), (.reference, .reference):
      true
    case (.vocabulary(let name), .term(let term)):
      profile.vocabularies[name]?.terms.contains(term) ?? false
    case (.identifier(let scheme), .identifier(let text)):
      (try? scheme.normalised(text)) == text
    default: false
    }
  }

  private func expected(_ what: String) -> ValueError { ValueError(field: name, expected: what) }

  private func parsed<T>(_ value: T?, _ what: String) throws(ValueError) -> T {
    guard let value else { throw expected(what) }
    return value
  }

  private static func boolean(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "yes": true
    case "false", "no": false
    default: nil
    }
  }
}
