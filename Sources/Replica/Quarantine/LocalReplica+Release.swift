import Agreements
import FoundationEssentials
import GRDB
public import Records
import SyncProtocol

extension LocalReplica {
  /// Tries what was set aside once more, by what is known now: an agreement or an author that has
  /// come to be known, a time that has come. Where nothing of it was kept, since this agency might
  /// not have it then, the sender is asked for it again.
  ///
  /// What one of the agency's own devices wrote is let in although its key does not count any more: the
  /// administrator has looked at it, and the admission says so.
  /// - Parameter key: the agency's own, with which it admits what its devices wrote.
  /// - Returns: whether it was applied; else it was asked for.
  /// - Throws: `ReplicaError.notInQuarantine`, `.heldUntil` where its time has not come,
  ///   `.notReleasable` where it still may not be applied.
  public func release(
    _ id: Int64, admittingWith key: SigningKey? = nil, now: Instant
  ) throws(ReplicaError) -> Bool {
    try write { store in
      let row = try store.quarantined(id)
      guard let peer = NodeName(row["peer"]) else { throw ReplicaError.notInQuarantine(id) }
      let reason: String = row["reason"]
      let isHeld: Bool = row["is_held"]
      guard isHeld else {
        guard QuarantineEntry.askable.contains(reason) else {
          throw ReplicaError.notReleasable(id, reason: reason)
        }
        try store.forgetAside(row, from: peer)
        return false
      }
      if let until = (row["held_until"] as Int64?).map(Instant.init(milliseconds:)), now < until {
        throw ReplicaError.heldUntil(id, until)
      }
      guard case .change(let shared)? = try store.heldEntry(row) else {
        throw ReplicaError.notReleasable(id, reason: reason)
      }
      try store.run("DELETE FROM quarantine WHERE id = ?", [id])
      var intake = Intake(peer: peer, limits: limits, now: now)
      intake.admitter = key
      intake.isReviewed = true
      try store.take(shared, at: 0, into: &intake)
      if let refusal = intake.refusals.first {
        throw ReplicaError.notReleasable(id, reason: refusal.reason)
      }
      try store.audit(released: intake.taken, at: now)
      return true
    }
  }

  /// Sets what was set aside for good: a value that was kept is gone, the signed header stays.
  /// - Throws: `ReplicaError.notInQuarantine`, `.refusedAlready`.
  public func refuse(_ id: Int64, reason: String) throws(ReplicaError) {
    try write { store in
      let row = try store.quarantined(id)
      guard row["reason"] != Self.refused else { throw ReplicaError.refusedAlready(id) }
      var kept: Data = row["entry"]
      if case .change(let shared)? = try store.heldEntry(row) {
        kept = TaggedHash.message(
          "concord/v1/evidence", shared.change.header.bytes, shared.change.proof.encoded())
      }
      try store.run(
        """
        UPDATE quarantine SET is_held = 0, held_until = NULL, entry = ?, key = NULL,
        reason = ?, detail = ? WHERE id = ?
        """, [kept, Self.refused, reason, id])
    }
  }

  /// The reason of an entry that an administrator has refused.
  private static let refused = "refused"
}

extension Store {
  fileprivate func quarantined(_ id: Int64) throws -> Row {
    guard let row = try row("SELECT * FROM quarantine WHERE id = ?", [id]) else {
      throw ReplicaError.notInQuarantine(id)
    }
    return row
  }

  /// Forgets that something arrived and was set aside: the next comparison with the peer finds that
  /// it is missing here.
  fileprivate func forgetAside(_ row: Row, from peer: NodeName) throws {
    guard let parts = TaggedHash.parts(of: row["entry"]), parts.count > 1,
      let header = try? ChangeHeader(parts[1])
    else { throw ReplicaError.notReleasable(row["id"], reason: row["reason"]) }
    for commitment in header.commitments {
      try run(
        "DELETE FROM set_aside WHERE peer = ? AND write_id = ?",
        [peer.description, commitment.bytes])
    }
    try run("DELETE FROM quarantine WHERE id = ?", [row["id"] as Int64])
  }
}
