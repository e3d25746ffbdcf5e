import Foundation

/// A JSON value, as a program sends it.
enum JSON: Hashable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case list([JSON])
  case object([String: JSON])

  /// Reads a text; nothing where it is none.
  init?(_ text: Data) {
    guard let value = JSONReader.value(of: text) else { return nil }
    self = value
  }

  /// A value with its keys in order, so that equal values are equal texts.
  /// - Throws: `EncodingError`, where a number is none.
  func encoded() throws -> Data { try Self.text(of: self) }

  /// The text of an answer.
  static func text(of value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }

  subscript(key: String) -> JSON? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  var text: String? { if case .string(let text) = self { text } else { nil } }

  var items: [JSON] { if case .list(let items) = self { items } else { [] } }

  var members: [String: JSON] { if case .object(let members) = self { members } else { [:] } }

  var isTrue: Bool { self == .boolean(true) }

  /// A value of a field, in the words that a person would type.
  var typed: String? {
    switch self {
    case .string(let text): text
    case .integer(let number): "\(number)"
    case .boolean(let isTrue): "\(isTrue)"
    case .null, .number, .list, .object: nil
    }
  }
}

extension JSON: Encodable {
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(booleanLiteral value: Bool) { self = .boolean(value) }
  init(integerLiteral value: Int64) { self = .integer(value) }
  init(arrayLiteral elements: JSON...) { self = .list(elements) }
  init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { first, _ in first }))
  }
}
