import Agreements
import FoundationEssentials
import GRDB
import Records

/// What people see of records: which writes stand decides, and nothing that only merging needs.
extension Store {
  /// What is seen of all records of a type, read in one go.
  func views(ofType type: String) throws -> [RecordID: [String: FieldView]] {
    var standing: [Int64: Set<WritePlace>] = [:]
    for row in try rows(
      "SELECT s.record, s.writes FROM record r JOIN standing s ON s.record = r.no WHERE r.type = ?",
      [type])
    {
      standing[row["record"]] = Set(try [StandingWrite](packed: row["writes"]).map(\.at))
    }
    var versions: [RecordID: [String: [Version]]] = [:]
    let changes = try Row.fetchCursor(
      try db.cachedStatement(
        sql: """
          SELECT c.record, \(Self.changeColumns) FROM record r JOIN change c ON c.record = r.no
          WHERE r.type = ?
          """), arguments: [type])
    while let row = try changes.next() {
      guard let standing = standing[row["record"]] else { continue }
      for logged in try loggedChange(row).writes() where standing.contains(logged.at) {
        versions[logged.header.record, default: [:]][logged.write.field, default: []].append(
          logged.version(mayLower: false))
      }
    }
    let fields = partnership.fields(of: type)
    return versions.mapValues { versions in
      versions.reduce(into: [:]) { views, standing in
        views[standing.key] = fields[standing.key].map { definition, profile in
          Self.view(of: standing.value, definition, profile)
        }
      }
    }
  }

  /// What is seen of a field; nothing where the profile has no such field.
  func view(_ field: String, of record: RecordID, type: String) throws -> FieldView? {
    let versions = try loggedStanding(field, of: record).map { $0.version(mayLower: false) }
    return view(of: versions, field, type: type)
  }

  /// What is seen of all of a record's fields in which something stands.
  func views(of record: RecordID, type: String) throws -> [String: FieldView] {
    guard let number = try number(of: record) else { return [:] }
    var versions: [String: [Version]] = [:]
    for logged in try logged(try standing(inRecord: number)) {
      versions[logged.write.field, default: []].append(logged.version(mayLower: false))
    }
    return versions.reduce(into: [:]) { views, standing in
      views[standing.key] = view(of: standing.value, standing.key, type: type)
    }
  }

  private func view(of versions: [Version], _ field: String, type: String) -> FieldView? {
    partnership.field(field, of: type).map { definition, profile in
      Self.view(of: versions, definition, profile)
    }
  }

  private static func view(
    of versions: [Version], _ definition: Field, _ profile: Profile
  ) -> FieldView {
    let state = FieldState(rule: definition.rule, versions: versions, seen: [:], removed: [])
    return FieldView(state) { profile.rank(of: $0, in: definition) }
  }
}
