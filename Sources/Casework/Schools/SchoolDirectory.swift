import FoundationEssentials
public import Records

/// One school as Get Information About Schools (GIAS) lists it.
public struct School: Hashable, Sendable {
  public let urn: URN
  public let name: String
  public let localAuthority: String
  public let phase: String
  /// As GIAS says it: `Open`, `Closed`, `Open, but proposed to close`, `Proposed to open`.
  public let status: String

  static let proposed = "Proposed to open"

  /// Whether the school teaches pupils now.
  public var isOpen: Bool { status == "Open" || status == "Open, but proposed to close" }

  /// The school as an agency: `school.` and its URN.
  public var agency: AgencyID? { AgencyID("\(AgencyKind.school.rawValue).\(urn)") }
}

/// Schools by URN, read from a GIAS establishments file.
public struct SchoolDirectory: Sendable {
  /// In the file's order.
  public let schools: [School]
  private let places: [URN: Int]

  private static let columns = [
    "URN", "EstablishmentName", "LA (name)", "PhaseOfEducation (name)", "Gender (name)",
    "EstablishmentStatus (name)",
  ]

  /// Reads the file's text (CSV, RFC 4180).
  /// - Throws: `SchoolFileError` that names the row, counted from 1.
  public init(csv text: String, source: String) throws(SchoolFileError) {
    var rows = try CSVRows(text, source: source).rows
    guard !rows.isEmpty, rows.removeFirst() == Self.columns else {
      throw SchoolFileError(
        source: source, row: 1,
        problem: "expected the columns \(Self.columns.joined(separator: ","))")
    }
    var schools: [School] = []
    var places: [URN: Int] = [:]
    for (number, row) in rows.enumerated() {
      guard row.count == Self.columns.count, let urn = try? URN(row[0]) else {
        throw SchoolFileError(
          source: source, row: number + 2, problem: "expected a URN and five more columns")
      }
      guard places.updateValue(schools.count, forKey: urn) == nil else {
        throw SchoolFileError(source: source, row: number + 2, problem: "URN \(urn) stands twice")
      }
      schools.append(
        School(
          urn: urn, name: row[1], localAuthority: row[2], phase: row[3], status: row[5]))
    }
    self.schools = schools
    self.places = places
  }

  /// The school of a URN, open or not.
  public func school(_ urn: URN) -> School? { places[urn].map { schools[$0] } }
}

/// Why a file of schools cannot be read.
public struct SchoolFileError: Error, Hashable, Sendable, CustomStringConvertible {
  public let source: String
  public let row: Int
  public let problem: String

  public var description: String { "\(source): row \(row): \(problem)" }
}
