import Agreements
import FoundationEssentials
import GRDB
import Records

/// Whom a change concerns. A force has links with hundreds of schools, and nearly every change concerns one
/// of them: nothing is done, and nothing looked through, for the others.
extension Store {
  /// Whether a peer may be sent something only where a route names it.
  func isReachedByRoutes(_ peer: NodeName) -> Bool {
    !me.isDevice && !isWithinAgency(peer) && partnership.readsByRoutesAlone(peer.agency)
  }

  /// How far a peer's cursor may lie behind the log for the log itself to be looked through.
  private static let nearChanges: Int64 = 64

  /// What is new in the log for a peer, from a position on. Far behind the end only what may concern it is
  /// looked up; all else would be passed over.
  func log(
    for peer: NodeName, after cursor: Int64, atMost limit: Int
  ) throws -> [(position: Int64, change: LoggedChange)] {
    guard try isFarBehind(cursor), isReachedByRoutes(peer) else {
      return try log(after: cursor, atMost: limit)
    }
    return try rows(
      """
      \(Self.concerned)
      SELECT l.position, \(Self.changeColumns) FROM (\(Self.concerning) ORDER BY 1 LIMIT ?4) l
      JOIN change c ON c.no = l.change ORDER BY l.position
      """, [peer.agency.description, cursor, peer.description, limit]
    ).map { (position: $0[0], change: try loggedChange($0)) }
  }

  /// Whether nothing after a position of the log can concern a peer.
  func hasNothing(concerning peer: NodeName, after cursor: Int64) throws -> Bool {
    if try lastPosition() == cursor { return true }
    guard isReachedByRoutes(peer) else { return false }
    // What it wrote itself it gets back only where it asks for it, and then that waits among the backfills.
    return try !exists(
      """
      \(Self.concerned) SELECT 1 FROM (\(Self.concerning)) l JOIN change c ON c.no = l.change
      JOIN signer s ON s.no = c.signer AND s.author <> ?1 LIMIT 1
      """, [peer.agency.description, cursor, peer.description])
  }

  private func isFarBehind(_ cursor: Int64) throws -> Bool {
    try lastPosition() - cursor > Self.nearChanges
  }

  /// The records whose routes lead to an agency, through at most two references, sealed or not.
  private static let concerned = """
    WITH RECURSIVE found (record, distance) AS (
      SELECT record, 0 FROM route_agency WHERE agency = ?1
      UNION SELECT r.record, found.distance + 1 FROM found
      JOIN reference r ON r.target = found.record AND r.routing = 1 WHERE found.distance < 2),
    concerned (no) AS (
      SELECT DISTINCT r.no FROM found JOIN record r ON r.id = found.record)
    """

  /// Changes of these records, and those that the peer has had: what may no longer be shared is taken back
  /// also where the record does not concern it any more.
  private static let concerning = """
    SELECT c.no AS position, c.no AS change FROM concerned n
    JOIN change c ON c.record = n.no WHERE c.no > ?2
    UNION SELECT a.position, a.change FROM concerned n
    JOIN change c ON c.record = n.no JOIN arrival a ON a.change = c.no WHERE a.position > ?2
    UNION SELECT change, change FROM disclosure WHERE peer = ?3 AND change > ?2
    UNION SELECT a.position, a.change FROM arrival a
    JOIN disclosure d ON d.peer = ?3 AND d.change = a.change WHERE a.position > ?2
    """

  /// The peers that may have to look at records again: those whom they may concern, and those that have had
  /// something of them.
  func peers(concernedBy records: [RecordID]) throws -> [NodeName] {
    var agencies: Set<AgencyID> = []
    var changes: Set<Int64> = []
    for record in records {
      agencies.formUnion(try routed(to: record))
      guard let number = try number(of: record) else { continue }
      let own = try rows("SELECT no FROM change WHERE record = ?", [number]).map {
        $0["no"] as Int64
      }
      // Of a record's first change nobody has had anything.
      if own.count > 1 { changes.formUnion(own) }
    }
    return try peers(of: agencies).union(peers(disclosed: changes)).sorted()
  }

  /// Who has had something of these changes. One statement asks for all peers, of which a force has thousands.
  private func peers(disclosed changes: Set<Int64>) throws -> [NodeName] {
    guard !changes.isEmpty else { return [] }
    let list = "[\(changes.map(String.init).joined(separator: ","))]"
    return try rows(
      """
      SELECT l.peer FROM link_out l WHERE EXISTS (
        SELECT 1 FROM disclosure d
        WHERE d.peer = l.peer AND d.change IN (SELECT value FROM json_each(?)))
      """, [list]
    ).compactMap { NodeName($0[0]) }
  }

  /// The nodes with which there are streams: those of agencies, and those that read without routes.
  private func peers(of agencies: Set<AgencyID>) throws -> Set<NodeName> {
    guard !me.isDevice else { return Set(try peers()) }
    let names = agencies.union(partnership.unroutedReaders)
    let devices = try rows("SELECT node FROM device").compactMap { NodeName($0["node"] as String) }
    let nodes = Set(names.map { NodeName(agency: $0) } + devices)
    return try nodes.filter {
      try exists("SELECT 1 FROM link_out WHERE peer = ?", [$0.description])
    }
  }
}
