import Agreements
import FoundationEssentials
import GRDB
public import Records
import SyncProtocol

/// A change, or a part of one, that was kept aside.
public struct QuarantineEntry: Hashable, Sendable {
  public let id: Int64
  public let change: ChangeID
  /// The node that sent it.
  public let from: NodeName
  public let author: AgencyID
  /// A word for scripts.
  public let reason: String
  /// More for the administrator; never a value.
  public let detail: String
  /// When it will be tried again by itself.
  public let heldUntil: Instant?
  /// Whether it may yet be applied, or be asked for again.
  public let isReleasable: Bool

  /// Reasons that may have passed by now although no value was kept.
  static let askable: Set<String> = [
    "unknown-agreement", "unknown-author", Objection.unknownDevice, "not-permitted",
  ]
  /// Reasons for which a sender sends again with the next connection.
  static let passing = askable.union([Refusal.quarantineFull])
}

extension LocalReplica {
  /// What is kept aside, oldest first.
  /// - Parameter now: by what time an entry that waits for its own may be released.
  public func quarantine(at now: Instant? = nil) throws(ReplicaError) -> [QuarantineEntry] {
    try read { store in
      try store.rows("SELECT * FROM quarantine ORDER BY id").map { row in
        guard let peer = NodeName(row["peer"]) else {
          throw ReplicaError.storage("column peer holds no node")
        }
        let until = (row["held_until"] as Int64?).map(Instant.init(milliseconds:))
        // Until then releasing it would be refused.
        let isEarly = until.map { time in now.map { $0 < time } ?? true } ?? false
        return QuarantineEntry(
          id: row["id"], change: try row.id("change"), from: peer,
          author: try row.agency("author"), reason: row["reason"], detail: row["detail"],
          heldUntil: until,
          isReleasable: !isEarly
            && (row["is_held"] || QuarantineEntry.askable.contains(row["reason"])))
      }
    }
  }

  /// When each peer and this node last had nothing more for each other, by peer.
  public func lastSyncs() throws(ReplicaError) -> [NodeName: Instant] {
    try read { store in
      var syncs: [NodeName: Instant] = [:]
      for row in try store.rows("SELECT peer, last_sync FROM link_out") {
        guard let peer = NodeName(row["peer"]), let at: Int64 = row["last_sync"] else { continue }
        syncs[peer] = Instant(milliseconds: at)
      }
      return syncs
    }
  }
}
