public import Records

/// Which force has the link with the schools of a local authority's area, for children who go to school
/// elsewhere (domain rule 8). There is no public list: the forces keep it.
public struct ForceRegister: Sendable {
  private let forces: [String: AgencyID]

  private static let columns = ["local_authority", "force"]

  /// Reads a register (CSV, RFC 4180) with the columns `local_authority`, as GIAS names it, and `force`.
  /// - Throws: `SchoolFileError` that names the row, counted from 1.
  public init(csv text: String, source: String) throws(SchoolFileError) {
    var rows = try CSVRows(text, source: source).rows
    guard !rows.isEmpty, rows.removeFirst() == Self.columns else {
      throw SchoolFileError(
        source: source, row: 1,
        problem: "expected the columns \(Self.columns.joined(separator: ","))")
    }
    var forces: [String: AgencyID] = [:]
    for (number, row) in rows.enumerated() {
      func fail(_ problem: String) -> SchoolFileError {
        SchoolFileError(source: source, row: number + 2, problem: problem)
      }
      guard row.count == 2, let force = AgencyID(row[1]), force.namedKind == .police else {
        throw fail("expected a local authority's name and a force's id, as police.avonshire")
      }
      guard forces.updateValue(force, forKey: row[0]) == nil else {
        throw fail("\(row[0]) stands twice")
      }
    }
    self.forces = forces
  }

  /// The local authorities that it names.
  public var localAuthorities: [String] { forces.keys.sorted() }

  /// The force that has the link with a school.
  public func force(of school: School) -> AgencyID? { force(ofAuthority: school.localAuthority) }

  /// The force in whose area a local authority's schools are.
  public func force(ofAuthority name: String) -> AgencyID? { forces[name] }
}
