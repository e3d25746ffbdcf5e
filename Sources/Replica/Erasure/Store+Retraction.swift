import Agreements
import FoundationEssentials
import GRDB
public import Records
public import SyncProtocol

extension Decision {
  /// The word that tells a receiver why something is shared no longer; nothing where its copy may
  /// stay. A child that moves school leaves the copy that the old school had, and an agreement
  /// that ends leaves what was shared under it: both follow the receiver's own retention rule.
  var retraction: String? {
    switch rule {
    case .noGrant: "grant-ended"
    case .restricted: "restricted"
    case .outsideRole, .outsideCaseload: "out-of-scope"
    default: nil
    }
  }
}

extension Store {
  /// Takes back a peer's reasons for holding writes, and erases what no other reason holds.
  mutating func take(_ retraction: Retraction, from peer: NodeName) throws {
    let due = try row("SELECT count(*) AS n FROM due WHERE peer = ?", [peer.description])
    guard due?["n"] ?? 0 < Limits.Storage.due else { throw ReplicaError.tooMuchDue(peer) }
    var outcomes: [Receipt.Outcome: [WriteID]] = [:]
    for write in retraction.writes {
      try run(
        "DELETE FROM justification WHERE write_id = ? AND sender = ?",
        [write.bytes, peer.description])
      let outcome: Receipt.Outcome =
        try isHeldOtherwise(write, than: peer) ? .heldOtherwise : .erased
      if outcome == .erased { _ = try erase(write, basis: ErasureBasis.retracted) }
      outcomes[outcome, default: []].append(write)
    }
    try dropSetAside(Set(retraction.writes), from: peer)
    for (outcome, writes) in outcomes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      try enqueue(.receipt(Receipt(writes: writes, outcome: outcome)), for: peer)
    }
  }

  /// Notes what a peer did with what was retracted.
  func take(_ receipt: Receipt, from peer: NodeName) throws {
    for write in receipt.writes {
      try run(
        """
        UPDATE disclosure SET outcome = ? WHERE peer = ? AND write_id = ?
        AND retracted_at IS NOT NULL
        """, [receipt.outcome.rawValue, peer.description, write.bytes])
    }
  }

  /// Has an entry without values go to a peer.
  func enqueue(_ entry: Entry, for peer: NodeName) throws {
    try run("INSERT INTO due (peer, body) VALUES (?, ?)", [peer.description, entry.encoded()])
  }

  private func isHeldOtherwise(_ write: WriteID, than peer: NodeName) throws -> Bool {
    // What its devices wrote is the agency's, also where a device would take it back.
    let isOwn = me.isDevice ? isAuthor(me, towards: peer) : "c.author = '\(me.agency)'"
    return try exists(
      """
      SELECT 1 FROM justification WHERE write_id = ?1
      UNION ALL SELECT 1 FROM opening o JOIN change c ON c.id = o.change
      WHERE o.write_id = ?1 AND \(isOwn)
      """, [write.bytes])
  }

  /// Takes retracted writes out of what is held in quarantine.
  private func dropSetAside(_ writes: Set<WriteID>, from peer: NodeName) throws {
    for row in try rows(
      "SELECT id, entry FROM quarantine WHERE peer = ? AND is_held = 1", [peer.description])
    {
      guard case .change(let shared)? = try? Entry(encoded: row["entry"]),
        !writes.isDisjoint(with: shared.writeIDs)
      else { continue }
      let parts = zip(shared.writeIDs, zip(shared.change.openings, shared.justifications))
        .filter { !writes.contains($0.0) }.map(\.1)
      let change = DisclosedChange(
        header: shared.change.header, proof: shared.change.proof, openings: parts.map(\.0))
      let rest = SharedChange(
        change: change, agreement: shared.agreement, justifications: parts.map(\.1),
        admission: shared.admission)
      if let rest, !parts.isEmpty {
        try run(
          "UPDATE quarantine SET entry = ? WHERE id = ?",
          [Entry.change(rest).encoded(), row["id"] as Int64])
      } else {
        try run("DELETE FROM quarantine WHERE id = ?", [row["id"] as Int64])
      }
    }
    for write in writes {
      try run(
        "DELETE FROM set_aside WHERE peer = ? AND write_id = ?", [peer.description, write.bytes])
    }
  }
}

/// A write that was shared with a peer and taken back.
public struct RetractedDisclosure: Hashable, Sendable {
  public let write: WriteID
  public let record: RecordID
  public let retractedAt: Instant
  /// What the peer states that it did; nothing while it has not confirmed.
  public let outcome: Receipt.Outcome?
}

extension LocalReplica {
  /// What was taken back from a peer, oldest first, and whether it has confirmed.
  public func retractions(from peer: NodeName) throws(ReplicaError) -> [RetractedDisclosure] {
    try read { store in
      try store.rows(
        """
        SELECT d.write_id, d.retracted_at, d.outcome, c.record FROM disclosure d
        JOIN opening o ON o.write_id = d.write_id JOIN change c ON c.id = o.change
        WHERE d.peer = ? AND d.retracted_at IS NOT NULL AND d.outcome IS NOT 'lapsed'
        ORDER BY d.retracted_at, d.write_id
        """, [peer.description]
      ).map { row in
        RetractedDisclosure(
          write: try row.id("write_id"), record: try row.id("record"),
          retractedAt: Instant(milliseconds: row["retracted_at"]),
          outcome: (row["outcome"] as String?).flatMap(Receipt.Outcome.init))
      }
    }
  }
}
