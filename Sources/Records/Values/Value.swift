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
