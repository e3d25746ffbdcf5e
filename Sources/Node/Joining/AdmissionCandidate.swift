import Agreements
import Casework
import Foundation
public import Records

/// Somebody to be admitted, as a list or a folder names it.
public struct AdmissionCandidate: Sendable {
  /// Where it stands, for the report: a list's line, or a file's name.
  public let place: String
  /// Whose card it is to be; nothing where only the card says so.
  public let agency: AgencyID?
  /// The card's file.
  let path: String

  /// Those that a folder of cards has, by name, or a list (CSV).
  /// - Throws: `SchoolFileError` or `NodeError`.
  public static func all(in path: String) throws -> [AdmissionCandidate] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw NodeError("cannot read \(path): it is not there")
    }
    return isFolder.boolValue ? try inFolder(path) : try inList(path)
  }

  private static func inFolder(_ path: String) throws -> [AdmissionCandidate] {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      throw NodeError("cannot read \(path)")
    }
    return names.filter { !$0.hasPrefix(".") }.sorted().map {
      AdmissionCandidate(place: $0, agency: nil, path: "\(path)/\($0)")
    }
  }

  private static func inList(_ path: String) throws -> [AdmissionCandidate] {
    guard let text = String(data: try CaseFiles.read(path), encoding: .utf8) else {
      throw NodeError("\(path): not UTF-8 text")
    }
    let list = URL(fileURLWithPath: path)
    return try AdmissionList(csv: text, source: path).rows.map { row in
      AdmissionCandidate(
        place: "\(list.lastPathComponent):\(row.line)", agency: row.agency,
        path: URL(fileURLWithPath: row.card, relativeTo: list).path)
    }
  }

  /// The card, checked.
  func card() throws -> (document: SignedDocument, card: Card) {
    let data = try CaseFiles.read(path)
    // A card has a kilobyte; what is a photograph by mistake is not read as one.
    guard data.count <= Limits.Document.bytes, let text = String(data: data, encoding: .utf8) else {
      throw NodeError("\(path): expected a card (concord card DIR), not a picture of one")
    }
    return try CardFiles.read(text, source: path)
  }
}
