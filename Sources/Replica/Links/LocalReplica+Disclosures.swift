import FoundationEssentials
import GRDB
public import Records

/// What of one change of a record went to a node, why, and what became of it there.
public struct DisclosureEntry: Hashable, Sendable {
  public let peer: NodeName
  public let change: ChangeID
  public let author: AgencyID
  /// The fields whose values went.
  public let fields: [String]
  public let at: Instant
  /// The grant, and the agreement version by its digest; `author` and `own-device` are no grants.
  public let grant: String
  public let agreement: Digest
  /// The record whose routing field names the receiver, where the grant needs one.
  public let route: RecordID?
  /// When it was taken back.
  public let retractedAt: Instant?
  /// What the receiver said of that: `erased`, `held-otherwise`, `retained`; `lapsed` where it had never
  /// arrived.
  public let outcome: String?
  public let receipts: [ReceiptEntry]
}

/// What a receiver answered to a retraction.
public struct ReceiptEntry: Hashable, Sendable {
  public let outcome: String
  /// On which basis it keeps what it has, where it does.
  public let basis: String
  public let at: Instant
}

/// Where a record here came from, and why this node may have it.
public struct SourceEntry: Hashable, Sendable {
  /// Who sent it; nobody where it was written here.
  public let sender: NodeName
  public let grant: String
  public let agreement: Digest
  public let author: AgencyID
  public let fields: [String]
}

extension LocalReplica {
  /// Whether anything of a record is or was here, erased or not.
  /// - Throws: `ReplicaError`.
  public func wasEverHere(_ record: RecordID) throws(ReplicaError) -> Bool {
    try readLearned { try !$0.loggedChanges(of: record).isEmpty }
  }

  /// All that went of a record, oldest first.
  /// - Throws: `ReplicaError.storage`.
  public func disclosures(of record: RecordID) throws(ReplicaError) -> [DisclosureEntry] {
    try read { store in
      var found: [DisclosureEntry] = []
      for change in try store.loggedChanges(of: record) {
        let fields = try store.fields(of: change)
        for row in try store.rows(
          """
          SELECT d.*, r.agreement, r.grant_id FROM link_out l CROSS JOIN disclosure d ON d.peer = l.peer
          JOIN reason r ON r.no = d.reason WHERE d.change = ?
          """, [change.number])
        {
          guard let peer = NodeName(row["peer"] as String) else { continue }
          let places = Places(row["places"] as Data)
          let receipts = try store.receipts(change.number, places.lowest, peer).map {
            ReceiptEntry(outcome: $0.outcome, basis: $0.basis, at: $0.at)
          }
          found.append(
            DisclosureEntry(
              peer: peer, change: change.header.id, author: change.header.author,
              fields: Set(places.compactMap { fields[$0] }).sorted(),
              at: Instant(milliseconds: row["at"]), grant: row["grant_id"],
              agreement: try row.id("agreement"), route: RecordID(row["route"] as Data),
              retractedAt: (row["retracted_at"] as Int64?).map(Instant.init(milliseconds:)),
              outcome: row["outcome"], receipts: receipts))
        }
      }
      return found.sorted { ($0.at, $0.peer, $0.change) < ($1.at, $1.peer, $1.change) }
    }
  }

  /// Who gave this node what of a record.
  /// - Throws: `ReplicaError.storage`.
  public func sources(of record: RecordID) throws(ReplicaError) -> [SourceEntry] {
    try read { store in
      var found: [SourceEntry: Set<String>] = [:]
      for change in try store.loggedChanges(of: record) {
        let fields = try store.fields(of: change)
        for part in try store.held(change.number) {
          let key = SourceEntry(
            sender: part.reason.sender, grant: part.reason.grant, agreement: part.reason.agreement,
            author: change.header.author, fields: [])
          found[key, default: []].formUnion(part.places.compactMap { fields[$0] })
        }
      }
      return found.map { key, fields in
        SourceEntry(
          sender: key.sender, grant: key.grant, agreement: key.agreement, author: key.author,
          fields: fields.sorted())
      }.sorted { ($0.sender, $0.grant, $0.author) < ($1.sender, $1.grant, $1.author) }
    }
  }
}

extension Store {
  /// The fields of a change by the place of their writes; erased ones keep theirs.
  fileprivate func fields(of change: LoggedChange) throws -> [Int: String] {
    Dictionary(
      try change.writes().map { ($0.at.place, $0.write.field) },
      uniquingKeysWith: { first, _ in first }
    )
  }
}
