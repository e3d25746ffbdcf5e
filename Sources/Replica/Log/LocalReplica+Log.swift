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
      try store.log(after: position, atMost: .max).flatMap { position, change in
        guard let proof = try store.proof(of: change.number) else {
          throw ReplicaError.storage("a change has no proof")
        }
        return try change.writes().filter { $0.position == position }.map { logged in
          LogEntry(
            position: position, id: logged.id, header: logged.header, proof: proof,
            opening: logged.opening, isErased: logged.write.isWithheld)
        }
      }
    }
  }

  /// What became of the log after it was written: writes whose values were erased, and changes that
  /// count for nothing, since their author signed another under the same stamp.
  package func alterations() throws(ReplicaError) -> (erased: Set<WriteID>, disputed: Set<ChangeID>)
  {
    try read { store in
      var (erased, disputed): (Set<WriteID>, Set<ChangeID>) = ([], [])
      for (_, change) in try store.log(after: 0, atMost: .max) {
        if change.isDisputed { disputed.insert(change.header.id) }
        for opening in change.openings where opening.basis != nil {
          erased.insert(change.header.commitments[opening.place])
        }
      }
      return (erased, disputed)
    }
  }

  /// The grants under which others let this node have a write.
  package func reasons(for write: WriteID) throws(ReplicaError) -> [HeldReason] {
    try read { store in
      guard let logged = try store.locatedByReading(write) else { return [] }
      return try store.held(logged.at).map {
        HeldReason(
          sender: $0.reason.sender, grant: $0.reason.grant, agreement: $0.reason.agreement)
      }
    }
  }
}

extension LocalReplica {
  /// The writes that are held, by the nodes that let this one have them.
  package func reasonsBySender() throws(ReplicaError) -> [NodeName: [WriteID]] {
    try read { store in
      var found: [NodeName: [WriteID]] = [:]
      for row in try store.rows(
        """
        SELECT r.sender, h.places, \(Store.headerColumns) FROM held h JOIN reason r ON r.no = h.reason
        JOIN change c ON c.no = h.change
        """)
      {
        guard let sender = NodeName(row["sender"] as String) else { continue }
        let header = try store.header(row)
        found[sender, default: []] += Places(row["places"] as Data).map {
          header.commitments[$0]
        }
      }
      return found.mapValues { Array(Set($0)) }
    }
  }
}

extension Store {
  static let alterations = "alterations of the log"

  /// Counts that something of the log is no longer as it was written.
  func noteAlteration() throws {
    try setNumber(Self.alterations, to: try number(Self.alterations) + 1)
  }
}
