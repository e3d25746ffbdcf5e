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
  /// Whether the value was erased: then the opening holds what remains of the write.
  package let isErased: Bool
}

/// Why another node let this one have a write.
package struct HeldReason: Hashable, Sendable {
  package let sender: NodeName
  package let grant: String
  package let agreement: Digest
}

/// What checks of a replica read: facts of the log, never what derives from it.
extension LocalReplica {
  /// The openings after a position, in the order in which they came.
  package func log(after position: Int64) throws(ReplicaError) -> [LogEntry] {
    try read { store in
      try store.rows(
        """
        SELECT o.position, o.write_id, o.salt, o.bytes, o.basis, c.header, c.proof
        FROM opening o JOIN change c ON c.id = o.change WHERE o.position > ? ORDER BY o.position
        """, [position]
      ).map { row in
        LogEntry(
          position: row["position"], id: try row.id("write_id"),
          header: try ChangeHeader(row["header"]), proof: try Proof(row["proof"]),
          opening: Opening(salt: row["salt"], bytes: row["bytes"]),
          isErased: row["basis"] as String? != nil)
      }
    }
  }

  /// What became of the log after it was written: writes whose values were erased, and changes that
  /// count for nothing, since their author signed another under the same stamp.
  package func alterations() throws(ReplicaError) -> (erased: Set<WriteID>, disputed: Set<ChangeID>)
  {
    try read { store in
      let erased = try store.rows("SELECT write_id FROM opening WHERE basis IS NOT NULL")
      let disputed = try store.rows(
        "SELECT d.change FROM disputed d JOIN change c ON c.id = d.change")
      return (
        Set(try erased.map { try $0.id("write_id") }),
        Set(try disputed.map { try $0.id("change") })
      )
    }
  }

  /// The grants under which others let this node have a write.
  package func reasons(for write: WriteID) throws(ReplicaError) -> [HeldReason] {
    try read { store in
      try store.rows("SELECT * FROM justification WHERE write_id = ?", [write.bytes])
        .compactMap { row in
          guard let sender = NodeName(row["sender"]) else { return nil }
          return HeldReason(
            sender: sender, grant: row["grant_id"], agreement: try row.id("agreement"))
        }
    }
  }
}
