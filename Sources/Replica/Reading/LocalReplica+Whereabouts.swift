import GRDB
public import Records

/// Where a record has gone from here.
public struct Whereabouts: Hashable, Sendable {
  public let peer: NodeName
  /// When it last went.
  public let sentAt: Instant
  /// Whether all of it that went is stored there durably, as the peer says.
  public let isReceived: Bool
}

/// One write that came, by what it is about.
public struct TouchedField: Hashable, Sendable {
  public let record: RecordID
  public let type: String
  public let field: String
  /// What it refers to, where it refers to a record.
  public let target: RecordID?

  /// States what was written.
  public init(record: RecordID, type: String, field: String, target: RecordID?) {
    self.record = record
    self.type = type
    self.field = field
    self.target = target
  }
}

/// How far the log has come, and how often something in it was altered: erased, given back, or found to be
/// in dispute.
public struct LogState: Hashable, Sendable {
  public let position: Int64
  public let alterations: Int64
}

/// Reading for pages and lists, which must not read what they do not show.
extension LocalReplica {
  /// To whom something of a record was sent, and whether they said that they have it.
  /// - Throws: `ReplicaError.storage`.
  public func whereabouts(of id: RecordID) throws(ReplicaError) -> [Whereabouts] {
    try read { store in
      try store.rows(
        """
        SELECT d.peer, max(d.at) AS at, EXISTS (
          SELECT 1 FROM outgoing g JOIN link_out l ON l.peer = g.peer JOIN change c ON c.no = g.change
          WHERE g.peer = d.peer AND c.record = ?1 AND g.sequence > l.acknowledged) AS is_under_way
        FROM link_out p CROSS JOIN change c CROSS JOIN disclosure d
        ON d.peer = p.peer AND d.change = c.no
        WHERE c.record = ?1 AND d.retracted_at IS NULL GROUP BY d.peer ORDER BY d.peer
        """, [try store.number(of: id)]
      ).compactMap { row in
        NodeName(row["peer"] as String).map {
          Whereabouts(
            peer: $0, sentAt: Instant(milliseconds: row["at"]), isReceived: !(row["is_under_way"]))
        }
      }
    }
  }

  /// The fields of a record in which something stands that this agency wrote and that did not go to another
  /// agency from here. Times do not tell: a stamp may be ahead of the clock by which something is sent.
  /// - Throws: `ReplicaError.storage`.
  public func fieldsNotSent(
    of id: RecordID, to agency: AgencyID
  ) throws(ReplicaError) -> Set<String> {
    try read { store in
      guard let number = try store.number(of: id) else { return [] }
      let peer = NodeName(agency: agency)
      let own = try store.logged(try store.standing(inRecord: number)).filter {
        $0.header.author == store.me.agency && !$0.write.isWithheld
      }
      let waiting = try own.filter {
        try store.disclosed($0.at.change, to: peer)[$0.at.place].map { $0.retractedAt != nil }
          ?? true
      }
      return Set(waiting.map(\.write.field))
    }
  }

  /// The records, and their types, that anything came to since a position of the log; and the position now.
  /// - Throws: `ReplicaError`.
  public func recordsTouched(
    since position: Int64
  ) throws(ReplicaError) -> (records: [(id: RecordID, type: String)], position: Int64) {
    try read { store in
      try store.requireLearned()
      let rows = try store.rows(
        """
        SELECT DISTINCT r.id, r.type FROM (
          SELECT no FROM change WHERE no > ?1
          UNION SELECT change FROM arrival WHERE position > ?1) l
        JOIN change c ON c.no = l.no JOIN record r ON r.no = c.record
        """, [position])
      return (
        try rows.map { (id: try $0.id("id"), type: $0["type"]) }, try store.lastPosition()
      )
    }
  }

  /// How the log is now: while that is the same, nothing that is shown is another.
  /// - Throws: `ReplicaError.storage`.
  public func logState() throws(ReplicaError) -> LogState {
    try read { store in
      LogState(
        position: try store.lastPosition(), alterations: try store.number(Store.alterations))
    }
  }

  /// The records with a field that refers to a record now.
  /// - Throws: `ReplicaError.storage`.
  public func recordIDs(referringTo target: RecordID) throws(ReplicaError) -> [RecordID] {
    try read { store in
      try store.rows(
        "SELECT DISTINCT record FROM reference WHERE target = ? ORDER BY record", [target.bytes]
      ).map { try $0.id("record") }
    }
  }

  /// What came to the log since a position, oldest first, and the position after it: a part of it where
  /// there is much.
  /// - Throws: `ReplicaError.storage`.
  public func fieldsTouched(
    since position: Int64, atMost limit: Int
  ) throws(ReplicaError) -> (fields: [TouchedField], position: Int64) {
    try read { store in
      let part = try store.log(after: position, atMost: limit)
      let fields = try part.flatMap { position, change in
        try change.writes().filter { $0.position == position }.map { logged -> TouchedField in
          let target: RecordID? =
            if case .reference(let id) = logged.write.value { id } else { nil }
          return TouchedField(
            record: logged.header.record, type: logged.header.recordType,
            field: logged.write.field, target: target)
        }
      }
      return (fields, part.last?.position ?? position)
    }
  }
}
