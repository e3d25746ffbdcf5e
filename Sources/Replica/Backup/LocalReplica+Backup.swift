import FoundationEssentials
import GRDB
public import Records

/// How much a replica holds: what a copy of it is compared by.
public struct ReplicaCounts: Hashable, Sendable, Codable {
  public let records: Int
  public let changes: Int
  public let documents: Int
  public let disclosures: Int
}

extension LocalReplica {
  /// Copies the replica, as of one moment, into a new file, while it is read and written: SQLite's own
  /// backup, from one reading transaction.
  /// - Throws: `ReplicaError`, where the copy could not be written.
  public func copy(to path: String) throws(ReplicaError) {
    do {
      let copy = try DatabaseQueue(path: path)
      try pool.backup(to: copy)
      try copy.close()
    } catch {
      throw .wrapped(error, in: path)
    }
  }

  /// Checks a copy that nobody works on: every page of it, and whose it is.
  /// - Throws: `ReplicaError.damaged` where SQLite finds anything wrong with it.
  public static func check(copy path: String, of node: NodeName) throws(ReplicaError)
    -> ReplicaCounts
  {
    do {
      let copy = try DatabaseQueue(path: path)
      defer { try? copy.close() }
      return try copy.read { db in
        guard try String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"] else {
          throw ReplicaError.damaged(path: path)
        }
        let owner = try String.fetchOne(db, sql: "SELECT name FROM node")
        guard owner == node.description else { throw ReplicaError.otherNode(owner ?? "nobody") }
        func count(_ table: String) throws -> Int {
          try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0
        }
        return ReplicaCounts(
          records: try count("record"), changes: try count("change"),
          documents: try count("document"), disclosures: try count("disclosure"))
      }
    } catch {
      throw .wrapped(error, in: path)
    }
  }
}
