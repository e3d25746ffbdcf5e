import FoundationEssentials
public import Records

/// One permission in an agreement: who may read and write which fields.
public struct Grant: Hashable, Sendable {
  /// Stable over versions; named by every disclosure under it.
  public let id: String
  public let recipient: Recipient
  public let read: [FieldPattern]
  public let write: [FieldPattern]
  /// Fields under the `highest` rule whose value the recipient may lower.
  public let lower: [FieldPattern]
  /// Whether only records whose route names the recipient are covered.
  public let isRouted: Bool
  /// Whether the recipient may pass on what it receives, to others whom a grant allows.
  public let isOnward: Bool
  /// Where it differs from the agreement's.
  public let purpose: String?
  public let legalBasis: [String]

  /// Whom a grant is for.
  public enum Recipient: Hashable, Sendable {
    case kind(AgencyKind)
    case agency(AgencyID)
  }

  /// Whether the grant is for this agency.
  public func covers(_ agency: AgencyID, kind: AgencyKind) -> Bool {
    switch recipient {
    case .kind(let granted): granted == kind
    case .agency(let granted): granted == agency
    }
  }

  /// Whether the grant lets its recipient read this field.
  public func allowsReading(_ field: Field, of type: String) -> Bool {
    read.contains { $0.covers(field, of: type) }
  }

  /// Whether the grant lets its recipient write this field. A field that decides routes must be
  /// named itself: no wildcard covers it.
  public func allowsWriting(_ field: Field, of type: String) -> Bool {
    write.contains { $0.covers(field, of: type) && (!field.isRouting || $0.isExplicit) }
  }

  /// Whether the grant lets its recipient lower this field's value.
  public func allowsLowering(_ field: Field, of type: String) -> Bool {
    lower.contains { $0.covers(field, of: type) }
  }
}

/// Which fields a grant speaks of: `child.name`, `child.*` or `label:notice`.
public enum FieldPattern: Hashable, Sendable, CustomStringConvertible {
  case field(type: String, name: String)
  case type(String)
  case label(String)

  /// Nothing where the text is none of the three forms.
  public init?(_ text: String) {
    if text.hasPrefix("label:") {
      let label = String(text.dropFirst("label:".count))
      guard Name.isValid(label) else { return nil }
      self = .label(label)
      return
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, Name.isValid(parts[0]) else { return nil }
    if parts[1] == "*" {
      self = .type(parts[0])
    } else {
      guard Name.isValid(parts[1]) else { return nil }
      self = .field(type: parts[0], name: parts[1])
    }
  }

  /// Whether the pattern names one field by its own name.
  public var isExplicit: Bool {
    if case .field = self { true } else { false }
  }

  /// Whether the pattern covers a field. `internal` fields are covered by name or label only.
  public func covers(_ field: Field, of type: String) -> Bool {
    switch self {
    case .field(let named, let name): named == type && name == field.name
    case .type(let named): named == type && field.label != Field.person.label
    case .label(let label): label == field.label
    }
  }

  public var description: String {
    switch self {
    case .field(let type, let name): "\(type).\(name)"
    case .type(let type): "\(type).*"
    case .label(let label): "label:\(label)"
    }
  }
}
