import GRDB
public import Records

extension LocalReplica {
  /// Whether a peer was sent a document and has acknowledged it.
  /// - Throws: `ReplicaError.storage`.
  public func hasTaken(_ document: Digest, _ peer: NodeName) throws(ReplicaError) -> Bool {
    try read { store in
      try store.exists(
        """
        SELECT 1 FROM sent_document s WHERE s.peer = ?1 AND s.document = ?2 AND NOT EXISTS (
          SELECT 1 FROM outgoing o WHERE o.peer = ?1 AND o.document = ?2)
        """, [peer.description, document.bytes])
    }
  }
}
