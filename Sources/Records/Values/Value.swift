import FoundationEssentials
import SwiftProtobuf

/// One value of one field. It carries its own type, so that a reader can keep what it does not know.
public enum Value: Hashable, Sendable {
  case text(String)
  case integer(Int64)
  case boolean(Bool)
  case date(LocalDate)
  case instant(Instant)
  case term(String)
  case reference(RecordID)
  case agency(AgencyID)
  case identifier(String)
}

extension Value {
  /// Text is compared byte by byte, as every implementation can: Swift's own comparison takes
  /// canonically equivalent texts for equal, by the Unicode version it was built with.
  public static func == (left: Value, right: Value) -> Bool {
    switch (left, right) {
    case (.text(let left), .text(let right)), (.term(let left), .term(let right)),
      (.identifier(let left), .identifier(let right)):
      left.utf8.elementsEqual(right.utf8)
    case (.integer(let left), .integer(let right)): left == right
    case (.boolean(let left), .boolean(let right)): left == right
    case (.date(let left), .date(let right)): left == right
    case (.instant(let left), .instant(let right)): left == right
    case (.reference(let left), .reference(let right)): left == right
    case (.agency(let left), .agency(let right)): left == right
    default: false
    }
  }
}

extension Value: CustomStringConvertible {
  /// The value as people and JSON write it: ISO dates, RFC 3339 instants, lower-case UUIDs.
  public var description: String {
    switch self {
    case .text(let text), .term(let text), .identifier(let text): text
    case .integer(let number): String(number)
    case .boolean(let flag): flag ? "true" : "false"
    case .date(let date): date.description
    case .instant(let instant): instant.description
    case .reference(let id): id.description
    case .agency(let id): id.description
    }
  }
}

extension Value {
  /// Reads the wire form; nothing where a part is malformed or of a kind not known here.
  package init?(_ wire: Concord_V1_Value) {
    switch wire.kind {
    case .text(let text): self = .text(text)
    case .integer(let number): self = .integer(number)
    case .boolean(let flag): self = .boolean(flag)
    case .date(let days): self = .date(LocalDate(daysSinceEpoch: days))
    case .instant(let milliseconds): self = .instant(Instant(milliseconds: milliseconds))
    case .term(let term): self = .term(term)
    case .reference(let bytes):
      guard let id = RecordID(bytes) else { return nil }
      self = .reference(id)
    case .agency(let text):
      guard let id = AgencyID(text) else { return nil }
      self = .agency(id)
    case .identifier(let text): self = .identifier(text)
    case nil: return nil
    }
  }

  package var wire: Concord_V1_Value {
    var wire = Concord_V1_Value()
    switch self {
    case .text(let text): wire.text = text
    case .integer(let number): wire.integer = number
    case .boolean(let flag): wire.boolean = flag
    case .date(let date): wire.date = date.daysSinceEpoch
    case .instant(let instant): wire.instant = instant.milliseconds
    case .term(let term): wire.term = term
    case .reference(let id): wire.reference = id.bytes
    case .agency(let id): wire.agency = id.description
    case .identifier(let text): wire.identifier = text
    }
    return wire
  }
}
