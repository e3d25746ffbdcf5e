import Agreements
import FoundationEssentials
import GRDB
package import Records

/// One opening as it lies in the log, with all that proves it.
package struct LogEntry: Sendable {
  package let position: Int64
  package let id: WriteID
  package let header: ChangeHeader
  package let proof: Proof
  package let opening: Opening
  /// Whether it counts for nothing: its author signed two changes under one stamp.
  package let isDisputed: Bool
  /// Whether its value was erased: then the opening holds what remains of the write.
  package let isErased: Bool
}

/// What checks of a replica read: facts of the log, never what derives from it.
extension LocalReplica {
  /// The openings after a position, erased ones too, in the order in which they came.
  package func log(after position: Int64) throws(ReplicaError) -> [LogEntry] {
    try read { store in
      try store.rows(
        """
        SELECT o.position, o.write_id, o.salt, o.bytes, o.basis, c.header, c.proof,
        EXISTS (SELECT 1 FROM disputed d WHERE d.change = c.id) AS is_disputed
        FROM opening o JOIN change c ON c.id = o.change WHERE o.position > ? ORDER BY o.position
        """, [position]
      ).map { row in
        LogEntry(
          position: row["position"], id: try row.id("write_id"),
          header: try ChangeHeader(row["header"]), proof: try Proof(row["proof"]),
          opening: Opening(salt: row["salt"], bytes: row["bytes"]),
          isDisputed: row["is_disputed"], isErased: row["basis"] as String? != nil)
      }
    }
  }

  /// The grants under which others let this node have a write.
  package func reasons(for write: WriteID) throws(ReplicaError) -> [(
    grant: String, agreement: Digest
  )] {
    try read { store in
      try store.rows(
        "SELECT grant_id, agreement FROM justification WHERE write_id = ?", [write.bytes]
      ).map { ($0["grant_id"], try $0.id("agreement")) }
    }
  }
}
