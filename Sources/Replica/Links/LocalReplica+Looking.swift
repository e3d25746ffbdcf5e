import Agreements
import FoundationEssentials
import GRDB
public import Records

extension LocalReplica {
  /// Looks for what came since the last look, once for all links: one that each took for itself would read the
  /// same log a thousand times, and write a thousand cursors.
  /// - Parameter peers: with whom links stand; once the log's new part concerns all of them, the rest of it is
  ///   passed over.
  public func look(
    after last: LogLook?, for peers: Set<NodeName>, now: Instant
  ) throws(ReplicaError) -> LogLook {
    try read { store in
      let (basis, end) = (try store.lookBasis(at: now), try store.lastPosition())
      guard let last, last.basis == basis, !basis.isRelearning else {
        return LogLook(position: end, isComplete: true, basis: basis, concerned: .everybody)
      }
      let nodes = try store.nodesThatWait(now: now)
      var agencies: Set<AgencyID> = []
      if peers.contains(where: store.isWithinAgency) { agencies.insert(store.me.agency) }
      let part = try store.concerned(
        byLogAfter: last.position, knownReaders: readers, documents: basis.documents
      ) { found in
        agencies.formUnion(found)
        return peers.allSatisfy { agencies.contains($0.agency) || nodes.contains($0) }
      }
      let hasNew = end > last.position
      if !hasNew { agencies.remove(store.me.agency) }
      return LogLook(
        position: part.isAll ? end : part.position, isComplete: part.isAll || part.position == end,
        basis: basis, concerned: .some(agencies: agencies, nodes: nodes))
    }
  }

  /// Moves the cursors of all peers whom nothing of a part of the log concerns past it, in one transaction: to
  /// each of them that is what looking at it would have come to.
  /// - Parameter position: up to where those peers have looked at the log.
  /// - Returns: up to where they have now; there may be more.
  public func passOver(logAfter position: Int64, now: Instant) throws(ReplicaError) -> Int64 {
    try write { store in
      let (basis, end) = (try store.lookBasis(at: now), try store.lastPosition())
      guard end > position, !basis.isRelearning else { return end }
      var agencies: Set<AgencyID> = [store.me.agency]
      let part = try store.concerned(
        byLogAfter: position, knownReaders: readers, documents: basis.documents
      ) { found in
        agencies.formUnion(found)
        return false
      }
      for peer in try store.peers() where !agencies.contains(peer.agency) {
        try store.run(
          "UPDATE link_out SET cursor = ?3 WHERE peer = ?1 AND cursor >= ?2 AND cursor < ?3",
          [peer.description, position, part.position])
      }
      return part.position
    }
  }
}

extension Store {
  func lookBasis(at now: Instant) throws -> LookBasis {
    var standing: [Digest] = []
    var lapses = Data()
    for term in partnership.terms(at: now) where now < term.agreement.endsAt {
      standing.append(term.agreement.digest)
    }
    for lineage in partnership.standings.keys.sorted() {
      for (agency, found) in (partnership.standings[lineage] ?? [:]).sorted(by: { $0.key < $1.key })
      {
        lapses.append(Data(agency.description.utf8))
        lapses.append(found.summary(at: now))
      }
    }
    if !lapses.isEmpty { standing.append(TaggedHash.digest("concord/v1/standing", lapses)) }
    return LookBasis(
      documents: try number(Self.documentsVersion), standing: standing,
      isRelearning: try isRelearning)
  }

  /// The nodes for which something waits that is not in the log's new part: records to look at again, entries
  /// without a value, and what they refused once that is due.
  fileprivate func nodesThatWait(now: Instant) throws -> Set<NodeName> {
    // From each peer to the next, never through all that waits for one.
    func each(_ table: String, _ condition: String = "true") -> String {
      """
      WITH RECURSIVE waiting (peer) AS (
        SELECT min(peer) FROM \(table) WHERE \(condition)
        UNION ALL
        SELECT (SELECT min(t.peer) FROM \(table) t WHERE t.peer > waiting.peer AND \(condition))
        FROM waiting WHERE waiting.peer IS NOT NULL)
      SELECT peer FROM waiting WHERE peer IS NOT NULL
      """
    }
    var names = try rows(each("backfill")) + rows(each("due"))
    for row in try rows(each("disclosure", "refused IS NOT NULL")) {
      let name: String = row["peer"]
      let isDue = try exists(
        """
        SELECT 1 FROM disclosure WHERE peer = ? AND refused IS NOT NULL AND retry_at <= ? LIMIT 1
        """, [name, now.milliseconds])
      if isDue { names.append(row) }
    }
    return Set(names.compactMap { NodeName($0["peer"]) })
  }

  /// Whom changes of the log after a position may concern, agency by agency.
  /// - Parameter found: takes the agencies that one change concerns, and says whether that is enough.
  /// - Returns: up to where the log was looked at, and whether it was enough.
  fileprivate func concerned(
    byLogAfter position: Int64, knownReaders: KnownReaders, documents: Int64,
    _ found: (Set<AgencyID>) -> Bool
  ) throws -> (position: Int64, isAll: Bool) {
    var last = position
    var seen: Set<RecordID> = []
    for row in try rows(
      """
      SELECT l.position, r.id, r.type FROM (
        SELECT no AS position, record FROM change WHERE no > ?1
        UNION ALL SELECT a.position, c.record FROM arrival a JOIN change c ON c.no = a.change
        WHERE a.position > ?1 ORDER BY 1 LIMIT ?2) l
      JOIN record r ON r.no = l.record ORDER BY l.position
      """, [position, Limits.Storage.changesLookedAt])
    {
      last = row["position"]
      let record: RecordID = try row.id("id")
      guard seen.insert(record).inserted else { continue }
      let type: String = row["type"]
      let readers = knownReaders.readers(of: type, at: documents) {
        partnership.unroutedReaders(of: type)
      }
      if found(readers.union(try routed(to: record))) { return (last, true) }
    }
    return (last, false)
  }

  /// The agencies that a record concerns, by itself or by what it refers to through at most two references;
  /// those from whom some of that is sealed too.
  func routed(to record: RecordID) throws -> Set<AgencyID> {
    let found = try rows(
      """
      WITH RECURSIVE near (record, distance) AS (
        VALUES (?1, 0)
        UNION SELECT r.target, near.distance + 1 FROM near
        JOIN reference r ON r.record = near.record AND r.routing = 1 WHERE near.distance < 2)
      SELECT DISTINCT a.agency FROM near JOIN route_agency a ON a.record = near.record
      """, [record.bytes])
    return Set(try found.map { try $0.agency("agency") })
  }
}
