public import Records

/// A record as casework reads it: what stands in each field, and who put it there when. Withheld fields
/// are not there, and a rule that needs them says so.
public struct CaseRecord: Hashable, Sendable {
  public let id: RecordID
  public let type: String
  public let fields: [String: [Entry]]

  /// One value that stands.
  public struct Entry: Hashable, Sendable {
    public let value: Value
    public let by: AgencyID
    public let at: Instant

    /// States a value.
    public init(_ value: Value, by: AgencyID, at: Instant) {
      self.value = value
      self.by = by
      self.at = at
    }
  }

  /// States a record.
  public init(id: RecordID, type: String, fields: [String: [Entry]]) {
    self.id = id
    self.type = type
    self.fields = fields
  }

  /// What stands in a field, oldest first.
  public func entries(_ field: String) -> [Entry] {
    fields[field, default: []].sorted { ($0.at, $0.by) < ($1.at, $1.by) }
  }

  /// The newest value of a field.
  public func value(_ field: String) -> Value? { entries(field).last?.value }

  /// The newest text or term of a field.
  public func text(_ field: String) -> String? { value(field).flatMap(\.words) }

  /// The newest moment of a field.
  public func instant(_ field: String) -> Instant? {
    if case .instant(let instant)? = value(field) { instant } else { nil }
  }

  /// The newest day of a field.
  public func date(_ field: String) -> LocalDate? {
    if case .date(let date)? = value(field) { date } else { nil }
  }

  /// The agencies that stand in a field, in order.
  public func agencies(_ field: String) -> [AgencyID] {
    let found = entries(field).compactMap { entry in
      if case .agency(let agency) = entry.value { agency } else { nil }
    }
    return Array(Set(found)).sorted()
  }

  /// The records that a field refers to, in order.
  public func references(_ field: String) -> [RecordID] {
    let found = entries(field).compactMap { entry in
      if case .reference(let record) = entry.value { record } else { nil }
    }
    return Array(Set(found)).sorted()
  }

  /// Whether a yes stands in a field.
  public func isTrue(_ field: String) -> Bool { value(field) == .boolean(true) }
}

extension Value {
  /// Text, or a term of a vocabulary.
  public var words: String? {
    switch self {
    case .text(let text): text
    case .term(let term): term
    default: nil
    }
  }
}
