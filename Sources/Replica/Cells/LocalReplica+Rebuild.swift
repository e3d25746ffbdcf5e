import FoundationEssentials
import GRDB
public import Records

extension LocalReplica {
  /// Derives everything anew from the log, in one transaction.
  /// - Returns: how many writes were merged.
  public func rebuild() throws(ReplicaError) -> Int {
    try write { try $0.rederive() }
  }

  /// A digest of everything that derives from the log, so that a rebuild can be compared.
  public func derivedDigest() throws(ReplicaError) -> Digest {
    try read { store in
      var parts = Data()
      for table in Store.derivedTables {
        parts.append(Data(table.utf8))
        let rows = try store.rows("SELECT * FROM \(table)").map(\.description)
        for row in rows.sorted() { parts.append(Data(row.utf8)) }
      }
      return TaggedHash.digest("concord/v1/derived", parts)
    }
  }
}

extension Store {
  /// Derives everything anew from the log.
  /// - Returns: how many writes were merged.
  func rederive() throws -> Int {
    for table in Self.derivedTables { try run("DELETE FROM \(table)") }
    var merged = 0
    var last: Int64 = 0
    while true {
      let writes = try loggedWrites(
        "WHERE o.position > ? ORDER BY o.position LIMIT 1000", [last])
      guard let end = writes.last else { return merged }
      for write in writes { try merge([write]) }
      merged += writes.count
      last = end.position
    }
  }

  static let derivedTables = [
    "cell", "seen", "removal", "conflict", "route_agency", "reference", "kept_from",
  ]
}
