import FoundationEssentials
import Records

/// One profile or overlay as its file says it, before overlays are merged into their base.
public struct ProfileFile: Hashable, Sendable {
  /// The text, as pinned by agreements.
  public let document: SignedDocument
  public let name: String
  public let version: Int
  /// The profile that an overlay adds to; nothing for a base.
  public let extends: String?
  let recordTypes: [RecordType]
  let vocabularies: [Vocabulary]
  /// Terms added to vocabularies of the base.
  let addedTerms: [String: [String]]

  /// The exact file.
  public var reference: ProfileReference {
    ProfileReference(name: name, version: version, digest: document.id)
  }

  /// Reads a profile.
  /// - Throws: `DocumentError` with the line.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    self.document = document
    let fields = try YAMLReader(document.text, source: source).mapping([
      "profile", "overlay", "extends", "version", "title", "vocabularies", "records",
    ])
    if let overlay = fields.optional("overlay") {
      name = try overlay.name()
      extends = try fields.required("extends").name()
    } else {
      name = try fields.required("profile").name()
      extends = nil
    }
    version = try fields.required("version").integer()
    var vocabularies: [Vocabulary] = []
    var added: [String: [String]] = [:]
    for (key, value) in try fields.optional("vocabularies")?.entries() ?? [] {
      switch try Self.vocabulary(key, value, origin: name) {
      case .new(let vocabulary): vocabularies.append(vocabulary)
      case .added(let terms): added[key] = terms
      }
    }
    try fields.optional("vocabularies")?.require(
      vocabularies.count + added.count, atMost: Limits.Profile.vocabularies, "vocabularies")
    self.vocabularies = vocabularies
    addedTerms = added
    var types: [RecordType] = []
    let records = try fields.optional("records")?.entries() ?? []
    try fields.optional("records")?.require(
      records.count, atMost: Limits.Profile.recordTypes, "record types")
    for (key, value) in records {
      types.append(try Self.recordType(key, value, origin: name))
    }
    recordTypes = types
  }

  private enum VocabularyEntry {
    case new(Vocabulary)
    case added([String])
  }

  private static func vocabulary(
    _ name: String, _ value: YAMLReader, origin: String
  ) throws(DocumentError) -> VocabularyEntry {
    guard Name.isValid(name) else { throw value.fail("expected a name in lower case") }
    let fields = try value.mapping(["terms", "ordered", "add"])
    let added = try fields.list("add") { item throws(DocumentError) in try item.name() }
    if fields.optional("add") != nil { return .added(added) }
    let terms = try fields.list("terms") { item throws(DocumentError) in try item.name() }
    guard !terms.isEmpty else { throw value.fail("expected terms") }
    try fields.optional("terms")?.require(terms.count, atMost: Limits.Profile.terms, "terms")
    guard Set(terms).count == terms.count else { throw value.fail("a term stands twice") }
    let ordered = try fields.optional("ordered")?.boolean() ?? false
    return .new(Vocabulary(name: name, terms: terms, isOrdered: ordered, origin: origin))
  }

  private static func recordType(
    _ name: String, _ value: YAMLReader, origin: String
  ) throws(DocumentError) -> RecordType {
    guard Name.isValid(name) else { throw value.fail("expected a name in lower case") }
    let keys = try value.mapping(["title", "fields", "retention"])
    var fields: [Field] = []
    let listed = try keys.required("fields").entries()
    try keys.required("fields").require(listed.count, atMost: Limits.Profile.fields, "fields")
    for (key, value) in listed {
      fields.append(try field(key, value, origin: origin))
    }
    let retention = try keys.optional("retention")?.read("a duration as P6Y or P18M") { text in
      let isDuration = text.first == "P" && (text.last == "Y" || text.last == "M")
      return isDuration && Int(text.dropFirst().dropLast()) ?? 0 > 0 ? text : nil
    }
    let title = try keys.optional("title")?.line() ?? name
    return RecordType(name: name, title: title, fields: fields, retention: retention)
  }

  private static func field(
    _ name: String, _ value: YAMLReader, origin: String
  ) throws(DocumentError) -> Field {
    guard Name.isValid(name), !name.hasPrefix("_") else {
      throw value.fail("expected a name in lower case that begins with a letter")
    }
    let keys = try value.mapping([
      "title", "type", "vocabulary", "target", "scheme", "label", "merge", "routing", "once",
      "sealed_with",
    ])
    let rules = MergeRule.allCases.map(\.rawValue).joined(separator: ", ")
    let rule = try keys.required("merge").read("one of \(rules)") { MergeRule(rawValue: $0) }
    let field = Field(
      name: name,
      title: try keys.optional("title")?.line() ?? name,
      type: try fieldType(keys),
      label: try keys.required("label").name(),
      rule: rule,
      isRouting: try keys.optional("routing")?.boolean() ?? false,
      isOnce: try keys.optional("once")?.boolean() ?? false,
      isSealedWith: try keys.optional("sealed_with")?.boolean() ?? false,
      origin: origin)
    try check(field, at: value)
    return field
  }

  private static func fieldType(_ keys: YAMLFields) throws(DocumentError) -> FieldType {
    let reader = try keys.required("type")
    switch try reader.text() {
    case "text": return .text
    case "integer": return .integer
    case "boolean": return .boolean
    case "date": return .date
    case "instant": return .instant
    case "agency": return .agency
    case "vocabulary": return .vocabulary(try keys.required("vocabulary").name())
    case "reference": return .reference(try keys.required("target").name())
    case "identifier":
      let schemes = IdentifierScheme.allCases.map(\.rawValue).joined(separator: ", ")
      return .identifier(
        try keys.required("scheme").read("one of \(schemes)") { IdentifierScheme(rawValue: $0) })
    default:
      throw reader.fail(
        "expected one of text, integer, boolean, date, instant, agency, vocabulary, reference, "
          + "identifier")
    }
  }

  private static func check(_ field: Field, at reader: YAMLReader) throws(DocumentError) {
    if field.isRouting {
      switch field.type {
      case .agency, .reference: break
      default: throw reader.fail("a routing field is an agency or a reference")
      }
    }
    if field.isSealedWith {
      guard case .reference = field.type, field.rule.isRegister else {
        throw reader.fail("sealed_with goes with a reference of one value")
      }
    }
    if field.rule == .highest {
      guard case .vocabulary = field.type else {
        throw reader.fail("highest needs an ordered vocabulary")
      }
    }
    if field.isOnce, !field.rule.isRegister {
      throw reader.fail("once goes with a field of one value, not with a set or a log")
    }
  }
}
