/// An organisation's identifier: `police.avonshire`, `school.100001` (its URN), `care.E06000023`.
///
/// Lower-case kind, a dot, then ASCII letters, digits, dots and hyphens; at most 64 bytes.
public struct AgencyID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The identifier as people write it.
  public let description: String

  /// Nothing where the text is no agency identifier.
  public init?(_ text: String) {
    guard text.utf8.count <= 64, let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")) else {
      return nil
    }
    let prefix = text.utf8[..<dot]
    let name = text.utf8[text.utf8.index(after: dot)...]
    guard !prefix.isEmpty, prefix.allSatisfy(Self.isLower), let first = name.first,
      Self.isAlphanumeric(first),
      name.allSatisfy({ Self.isAlphanumeric($0) || $0 == 45 || $0 == 46 })
    else { return nil }
    self.description = text
  }

  /// What stands after the first dot: a school's URN, an authority's code.
  public var local: Substring {
    description.drop { $0 != "." }.dropFirst()
  }

  /// The kind that stands before the first dot; nothing where that is none. What an agency is, its
  /// card states; this is what people write who name it.
  public var namedKind: AgencyKind? {
    AgencyKind(rawValue: String(description.prefix { $0 != "." }))
  }

  /// Whether an agency can have this identifier: it begins with a kind, and a school's has its URN.
  public var isPlausible: Bool {
    switch namedKind {
    case nil: false
    case .school: (try? URN(String(local))) != nil
    case .police, .care, .health, .support: true
    }
  }

  public static func < (left: AgencyID, right: AgencyID) -> Bool {
    left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
  }

  private static func isLower(_ byte: UInt8) -> Bool { (97...122).contains(byte) }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isLower(byte) || (65...90).contains(byte) || (48...57).contains(byte)
  }
}

/// What an agency is. Grants and admission rules speak of kinds.
public enum AgencyKind: String, Hashable, Comparable, Sendable, CaseIterable {
  case police, school, care, health, support

  public static func < (left: AgencyKind, right: AgencyKind) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// One running Concord: the agency, and which of its nodes (`agency` or a device's name).
public struct NodeName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The name of every agency's own node, as against its devices.
  public static let agencyNode = "agency"

  /// The agency that runs the node.
  public let agency: AgencyID
  /// Which of the agency's nodes.
  public let node: String

  /// Whether this is a device, which deals with the node of its own agency only.
  public var isDevice: Bool { node != Self.agencyNode }

  /// Names a node of an agency; by default the agency node.
  public init(agency: AgencyID, node: String = NodeName.agencyNode) {
    self.agency = agency
    self.node = node
  }

  /// Reads `AGENCY/NODE`, as `description` writes it.
  public init?(_ text: String) {
    guard let slash = text.firstIndex(of: "/"), let agency = AgencyID(String(text[..<slash])),
      Name.isValid(String(text[text.index(after: slash)...]))
    else { return nil }
    self.init(agency: agency, node: String(text[text.index(after: slash)...]))
  }

  public var description: String { "\(agency)/\(node)" }

  public static func < (left: NodeName, right: NodeName) -> Bool {
    (left.agency, left.node) < (right.agency, right.node)
  }
}
