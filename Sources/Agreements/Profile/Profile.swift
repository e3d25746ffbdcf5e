public import Records

/// A schema: record types, their fields and the vocabularies they use.
public struct Profile: Hashable, Sendable {
  public let name: String
  public let version: Int
  /// The files that were merged into this, the base first.
  public internal(set) var parts: [ProfileReference]
  public internal(set) var recordTypes: [String: RecordType]
  public internal(set) var vocabularies: [String: Vocabulary]

  /// The definition of a field, where the profile has it.
  public func field(_ name: String, of type: String) -> Field? {
    recordTypes[type]?.fields.first { $0.name == name }
  }

  /// Where a term stands in its field's ordered vocabulary, from 0; nothing for all other values.
  public func rank(of value: Value, in field: Field) -> Int? {
    guard case .vocabulary(let name) = field.type, case .term(let term) = value else { return nil }
    return vocabularies[name]?.terms.firstIndex(of: term)
  }
}

/// One kind of record.
public struct RecordType: Hashable, Sendable {
  public let name: String
  /// What people call it.
  public let title: String
  /// In the order in which the profile lists them, overlays' fields last.
  public internal(set) var fields: [Field]
  /// How long a record is kept, an ISO 8601 duration in whole years or months, where the profile
  /// says so.
  public let retention: String?
}

/// One field of a record type.
public struct Field: Hashable, Sendable {
  public let name: String
  public let title: String
  public let type: FieldType
  /// The sharing class that grants speak of.
  public let label: String
  public let rule: MergeRule
  /// Whether the field decides who a record concerns: an agency named here, or those whom the
  /// record referred to concerns.
  public let isRouting: Bool
  /// Whether the first value stands: an issued notification is not rewritten.
  public let isOnce: Bool
  /// Whether the record is part of what it refers to here, and sealed with that: whoever is kept from
  /// a child is kept from the notifications about that child.
  public let isSealedWith: Bool
  /// The profile or overlay that defines the field.
  public let origin: String

  /// Where a reserved field's definition comes from: the protocol itself.
  static let reservedOrigin = "concord"

  /// The reserved write that names the person who acted. Never shared unless granted.
  public static let person = Field(
    name: "_person", title: "Acting person", type: .text, label: "internal", rule: .log,
    isRouting: false, isOnce: false, isSealedWith: false, origin: reservedOrigin)
}

/// A list of terms; in an ordered one later terms are higher.
public struct Vocabulary: Hashable, Sendable {
  public let name: String
  public private(set) var terms: [String]
  public let isOrdered: Bool
  public let origin: String
  /// Which overlay added a term.
  private var added: [String: String] = [:]

  init(name: String, terms: [String], isOrdered: Bool, origin: String) {
    self.name = name
    self.terms = terms
    self.isOrdered = isOrdered
    self.origin = origin
  }

  mutating func add(_ term: String, by overlay: String) {
    terms.append(term)
    added[term] = overlay
  }

  /// The file that defines a term.
  func origin(of term: String) -> String { added[term] ?? origin }
}

/// Which file a profile is, exactly.
public struct ProfileReference: Hashable, Sendable {
  public let name: String
  public let version: Int
  /// The document id of the profile's text.
  public let digest: Digest
}
