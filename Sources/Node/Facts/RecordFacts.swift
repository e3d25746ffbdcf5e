import Agreements
public import Records
public import Replica

/// A value in JSON: numbers and booleans as such, all else as text.
public struct JSONValue: Encodable, Sendable {
  public let value: Value

  /// A value for JSON.
  public init(value: Value) { self.value = value }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch value {
    case .integer(let number): try container.encode(number)
    case .boolean(let flag): try container.encode(flag)
    default: try container.encode(value.description)
    }
  }
}

/// One value that stands, with who put it there when, and its write.
public struct ValueFacts: Encodable, Sendable {
  public let value: JSONValue
  public let by: String
  public let at: String
  public let write: String

  /// Facts of a value.
  public init(_ value: ValueSnapshot) {
    self.value = JSONValue(value: value.value)
    by = value.by.description
    at = value.at.description
    write = value.write.description
  }
}

/// One field: a single value where the rule has one, all values where it may have several.
public struct FieldFacts: Encodable, Sendable {
  public let rule: String
  public var value: JSONValue?
  public var by: String?
  public var at: String?
  public var write: String?
  public var values: [ValueFacts]?
  public var conflict: Bool?
  /// How many values stood here and were erased, where there were any.
  public var withheld: Int?

  /// Facts of a field.
  public init(_ snapshot: FieldSnapshot) {
    let rule = snapshot.field.rule
    self.rule = rule.rawValue
    withheld = snapshot.withheld > 0 ? snapshot.withheld : nil
    if rule != .latest, rule != .highest {
      values = snapshot.values.map(ValueFacts.init)
      conflict = snapshot.isConflict
    }
    let hasOne = rule == .latest || rule == .highest || (rule == .review && !snapshot.isConflict)
    guard hasOne, let last = snapshot.values.last else { return }
    value = JSONValue(value: last.value)
    by = last.by.description
    at = last.at.description
    write = last.write.description
  }
}

/// A record, as `get` and `list` print it.
public struct RecordFacts: Encodable, Sendable {
  public let id: String
  public let type: String
  public let fields: [String: FieldFacts]
  /// What people say of it, where anybody said anything.
  public let corrections: [CorrectionFacts]?

  /// Facts of a record, and what people say of it.
  public init(_ record: RecordSnapshot, _ corrections: [CorrectionFacts] = []) {
    self.corrections = corrections.isEmpty ? nil : corrections
    id = record.id.description
    type = record.type
    fields = Dictionary(
      record.fields.map { ($0.field.name, FieldFacts($0)) }, uniquingKeysWith: { first, _ in first }
    )
  }
}
