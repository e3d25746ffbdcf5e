/// What a value of a request or an answer looks like. The OpenAPI document says it, and requests are held to it:
/// both from this one declaration.
indirect enum Schema: Sendable {
  case text(TextForm)
  case integer(ClosedRange<Int64>)
  case boolean
  /// Several values of one form, in order.
  case list(Schema, upTo: Int? = nil)
  /// Values of one form by name.
  case map(TextForm, Schema, upTo: Int? = nil)
  /// These members and no other; `atLeast` of them.
  case object([Member], atLeast: Int = 0)
  case either([Schema])
  /// One that stands under a name in the document.
  case named(Component)
  case orNull(Schema)
  case any

  /// A member of an object.
  struct Member: Sendable {
    let name: String
    let schema: Schema
    let isRequired: Bool
    let words: String?
  }

  /// Under which name the document has a form.
  struct Component: Sendable {
    let name: String
    let schema: Schema
  }
}

extension Schema.Member {
  /// A member that is always there.
  static func must(_ name: String, _ schema: Schema, _ words: String? = nil) -> Schema.Member {
    Schema.Member(name: name, schema: schema, isRequired: true, words: words)
  }

  /// A member that may be absent.
  static func may(_ name: String, _ schema: Schema, _ words: String? = nil) -> Schema.Member {
    Schema.Member(name: name, schema: schema, isRequired: false, words: words)
  }
}

/// What a text looks like: in a pattern for those who read the document, and in code.
struct TextForm: Sendable {
  var format: String?
  var pattern: String?
  var lengths: ClosedRange<Int>?
  var terms: [String]?
  /// What is expected, in words.
  let expected: String
  let holds: @Sendable (String) -> Bool

  init(
    _ expected: String, format: String? = nil, pattern: String? = nil,
    lengths: ClosedRange<Int>? = nil, holds: @escaping @Sendable (String) -> Bool = { _ in true }
  ) {
    self.expected = expected
    self.format = format
    self.pattern = pattern
    self.lengths = lengths
    self.holds = holds
  }

  /// One of several words.
  init(of terms: [String]) {
    self.init("one of \(terms.joined(separator: ", "))")
    self.terms = terms
  }

  /// Whether a text has this form. Lengths count code points, as in JSON Schema.
  func takes(_ text: String) -> Bool {
    if let lengths, !lengths.contains(text.unicodeScalars.count) { return false }
    if let terms, !terms.contains(text) { return false }
    return holds(text)
  }
}

extension Schema {
  /// The form as JSON Schema 2020-12, which OpenAPI 3.1 uses.
  var document: JSON {
    switch self {
    case .text(let form): form.document
    case .integer(let range):
      [
        "type": "integer", "minimum": .integer(range.lowerBound),
        "maximum": .integer(range.upperBound),
      ]
    case .boolean: ["type": "boolean"]
    case .list(let item, let most):
      Self.with(["type": "array", "items": item.document], "maxItems", most)
    case .map(let key, let value, let most):
      Self.with(
        [
          "type": "object", "propertyNames": key.document,
          "additionalProperties": value.document,
        ], "maxProperties", most)
    case .object(let members, let least): Self.document(of: members, least)
    case .either(let schemas): ["anyOf": .list(schemas.map(\.document))]
    case .named(let component): ["$ref": .string("#/components/schemas/\(component.name)")]
    case .orNull(let schema): ["anyOf": [schema.document, ["type": "null"]]]
    case .any: true
    }
  }

  private static func document(of members: [Member], _ least: Int) -> JSON {
    let properties = members.map { member in
      (
        member.name,
        member.words.map { with(member.schema.document, words: $0) }
          ?? member.schema.document
      )
    }
    let required = members.filter(\.isRequired).map { JSON.string($0.name) }
    var document: JSON = [
      "type": "object", "additionalProperties": false,
      "properties": .object(Dictionary(properties, uniquingKeysWith: { first, _ in first })),
    ]
    if !required.isEmpty { document = with(document, "required", .list(required)) }
    return with(document, "minProperties", least == 0 ? nil : least)
  }

  private static func with(_ document: JSON, words: String) -> JSON {
    // Beside a reference nothing else is said in many a reader: the words go where they are read.
    with(document, "description", .string(words))
  }

  private static func with(_ document: JSON, _ key: String, _ value: Int?) -> JSON {
    with(document, key, value.map { .integer(Int64($0)) })
  }

  private static func with(_ document: JSON, _ key: String, _ value: JSON?) -> JSON {
    guard let value else { return document }
    return .object(document.members.merging([key: value]) { $1 })
  }

  /// The named forms within this one, itself included.
  var components: [Component] {
    switch self {
    case .text, .integer, .boolean, .any: []
    case .list(let item, _): item.components
    case .map(_, let value, _): value.components
    case .object(let members, _): members.flatMap(\.schema.components)
    case .either(let schemas): schemas.flatMap(\.components)
    case .named(let component): [component] + component.schema.components
    case .orNull(let schema): schema.components
    }
  }
}

extension TextForm {
  fileprivate var document: JSON {
    var members: [String: JSON] = ["type": "string"]
    if let format { members["format"] = .string(format) }
    if let pattern { members["pattern"] = .string(pattern) }
    if let lengths {
      members["minLength"] = .integer(Int64(lengths.lowerBound))
      members["maxLength"] = .integer(Int64(lengths.upperBound))
    }
    if let terms { members["enum"] = .list(terms.map(JSON.string)) }
    return .object(members)
  }
}
