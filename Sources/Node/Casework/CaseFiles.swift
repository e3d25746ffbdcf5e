public import Casework
import Foundation
import Records

/// The public data that an administrator gives a node for its casework: calendars by school, and the
/// lists of schools. They lie in the node's folder, checked before they are taken in.
public struct CaseFiles: Sendable {
  private let folder: String

  /// The files in a node's folder.
  public init(_ folder: String) { self.folder = folder }

  var calendars: String { folder + "/calendars" }
  private var schools: String { folder + "/schools" }
  static let readCalendars = ReadFiles<SchoolCalendar>()
  private static let readDirectories = ReadFiles<SchoolDirectory>()
  private static let readNames = ReadFiles<[String: [School]]>()
  private static let readRoutings = ReadFiles<SchoolRouting>()
  private static let readForces = ReadFiles<ForceRegister>()

  /// Takes in the lists of schools and of their links.
  /// - Throws: `SchoolFileError` or `NodeError`; then those before stay.
  public func takeSchools(_ establishments: String, links: String) throws -> SchoolRouting {
    let (one, other) = (try Self.read(establishments), try Self.read(links))
    let routing = SchoolRouting(
      try SchoolDirectory(csv: Self.text(one), source: establishments),
      try SchoolLinks(csv: Self.text(other), source: links))
    try Self.make(schools)
    try Self.write(one, to: schools + "/establishments.csv")
    try Self.write(other, to: schools + "/links.csv")
    return routing
  }

  /// The lists of schools and the register of forces, read once for many children.
  public struct Lists: Sendable {
    let schools: SchoolRouting?
    let forces: ForceRegister?
  }

  /// All that says who is told about a child.
  /// - Throws: `SchoolFileError` or `NodeError`.
  public func lists() throws -> Lists {
    Lists(schools: try schoolRouting(), forces: try forces())
  }

  /// The lists of schools; nothing where none were taken in.
  /// - Throws: `SchoolFileError` or `NodeError`.
  public func schoolRouting() throws -> SchoolRouting? {
    guard let directory = try directory() else { return nil }
    let path = schools + "/links.csv"
    return try Self.readRoutings.value(of: [schools + "/establishments.csv", path]) {
      SchoolRouting(
        directory, try SchoolLinks(csv: Self.text(try Self.read(path)), source: path))
    }
  }

  /// The list of schools alone; nothing where none was taken in.
  /// - Throws: `SchoolFileError` or `NodeError`.
  public func directory() throws -> SchoolDirectory? {
    let path = schools + "/establishments.csv"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try Self.readDirectories.value(of: [path]) {
      try SchoolDirectory(csv: Self.text(try Self.read(path)), source: path)
    }
  }

  /// The open schools of a name, however it is written.
  /// - Throws: `SchoolFileError` or `NodeError`.
  public func openSchools(called name: String) throws -> [School] {
    guard let directory = try directory() else { return [] }
    let names = try Self.readNames.value(of: [schools + "/establishments.csv"]) {
      Dictionary(grouping: directory.schools.filter(\.isOpen)) { SearchWords.phrase($0.name) }
    }
    return names[SearchWords.phrase(name)] ?? []
  }

  /// Takes in the register of forces, for schools elsewhere.
  /// - Throws: `SchoolFileError` or `NodeError`; then the one before stays. `NodeError` too where it names
  ///   an area that the list of schools does not have.
  public func takeForces(_ path: String) throws -> ForceRegister {
    let data = try Self.read(path)
    let register = try ForceRegister(csv: Self.text(data), source: path)
    guard let directory = try directory() else {
      throw NodeError("take in the lists of schools first: concord route schools")
    }
    let areas = Set(directory.schools.map(\.localAuthority))
    if let unknown = register.localAuthorities.first(where: { !areas.contains($0) }) {
      throw NodeError("\(path): no school is in the area '\(PrintableText.shown(unknown))'")
    }
    try Self.write(data, to: schools + "/forces.csv")
    return register
  }

  /// The register of forces; nothing where none was taken in.
  /// - Throws: `SchoolFileError` or `NodeError`.
  public func forces() throws -> ForceRegister? {
    let path = schools + "/forces.csv"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try Self.readForces.value(of: [path]) {
      try ForceRegister(csv: Self.text(try Self.read(path)), source: path)
    }
  }

  /// GIAS publishes its lists in Windows-1252.
  private static func text(_ data: Data) -> String {
    String(data: data, encoding: .utf8) ?? String(data: data, encoding: .windowsCP1252)
      ?? String(decoding: data, as: UTF8.self)
  }

  static func read(_ path: String) throws -> Data {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw NodeError("cannot read \(path)")
    }
    return data
  }

  static func make(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw NodeError("cannot make \(path)")
    }
  }

  static func write(_ data: Data, to path: String) throws {
    do { try data.write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
      throw NodeError("cannot write \(path)")
    }
  }
}
