import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// What streams are compared by. Of this node's own stream: what was disclosed to the peer, acknowledged
/// and not retracted; what the peer refused once too, since it has that, or has set it aside. Of the peer's: what
/// is held for its reasons or was set aside; an erased value counts as held. What the receiver wrote itself is
/// not compared: it needs nobody's reason to hold it, and asks for what it lost by its own stream.
extension Store {
  /// All items, where no sums are kept.
  func items(of stream: ComparedStream) throws -> Set<ReconciliationItem> {
    Set(try items(of: stream, changes: 0...Int64.max)).union(try itemsAside(of: stream))
  }

  /// The items of changes by their numbers, but for those that are only aside.
  func items(
    of stream: ComparedStream, changes: ClosedRange<Int64>
  ) throws -> [ReconciliationItem] {
    let sql =
      stream.isOfMine
      ? """
      SELECT d.change, d.places, \(Self.headerColumns) FROM disclosure d CROSS JOIN change c ON c.no = d.change
      CROSS JOIN signer s ON s.no = c.signer
      WHERE d.peer = ?1 AND d.change BETWEEN ?2 AND ?3 AND \(isHad) AND NOT (\(ownWrites(of: stream)))
      """
      : """
      SELECT h.change, h.places, \(Self.headerColumns) FROM reason r CROSS JOIN held h ON h.reason = r.no
      CROSS JOIN change c ON c.no = h.change CROSS JOIN signer s ON s.no = c.signer
      WHERE r.sender = ?1 AND h.change BETWEEN ?2 AND ?3 AND NOT (\(ownWrites(of: stream)))
      """
    return try items(
      sql, [stream.peer.description, changes.lowerBound, changes.upperBound])
  }

  /// The items with stamps of a range, but for those that are only aside.
  /// - Parameter isSparse: whether the peer's few writes are gone through, and not all changes of these stamps.
  func items(
    of stream: ComparedStream, stamps: Range<Int64>, through last: Int64 = .max, isSparse: Bool
  ) throws -> [ReconciliationItem] {
    // The sign keeps SQLite from going through all rows of the peer up to that number, for each change anew.
    let shared =
      stream.isOfMine
      ? "d.peer = ?1 AND +c.no <= ?4 AND \(isHad)" : "r.sender = ?1 AND +c.no <= ?4"
    let tables =
      switch (stream.isOfMine, isSparse) {
      case (true, true): "disclosure d CROSS JOIN change c ON c.no = d.change"
      case (true, false):
        "change c CROSS JOIN disclosure d ON d.peer = ?1 AND d.change = c.no"
      case (false, true):
        "reason r CROSS JOIN held h ON h.reason = r.no CROSS JOIN change c ON c.no = h.change"
      case (false, false):
        """
        change c CROSS JOIN held h ON h.change = c.no
        CROSS JOIN reason r ON r.no = h.reason
        """
      }
    return try items(
      """
      SELECT c.no AS change, places, \(Self.headerColumns) FROM \(tables) CROSS JOIN signer s ON s.no = c.signer
      WHERE c.hlc >= ?2 AND c.hlc < ?3 AND \(shared) AND NOT (\(ownWrites(of: stream)))
      """, [stream.peer.description, stamps.lowerBound, stamps.upperBound, last])
  }

  /// What only stands aside: a write that is held too counts once. Few, if any.
  func itemsAside(of stream: ComparedStream) throws -> [ReconciliationItem] {
    guard !stream.isOfMine else { return [] }
    let aside = try rows(
      "SELECT write_id, hlc FROM set_aside WHERE peer = ?", [stream.peer.description])
    return try aside.compactMap { row in
      let item = ReconciliationItem(time: row.stamp("hlc"), write: try row.id("write_id"))
      let stamp = item.time.stored
      let held = try items(
        """
        SELECT c.no AS change, h.places, \(Self.headerColumns) FROM change c
        JOIN held h ON h.change = c.no JOIN reason r ON r.no = h.reason
        JOIN signer s ON s.no = c.signer
        WHERE c.hlc = ?2 AND r.sender = ?1 AND NOT (\(ownWrites(of: stream)))
        """, [stream.peer.description, stamp])
      return held.contains(item) ? nil : item
    }
  }

  /// The first change after a number of which a stream may have items.
  func nextChange(of stream: ComparedStream, after number: Int64) throws -> Int64? {
    if stream.isOfMine {
      return try row(
        "SELECT min(change) AS next FROM disclosure WHERE peer = ? AND change > ?",
        [stream.peer.description, number])?["next"]
    }
    return try rows(
      """
      SELECT (SELECT min(h.change) FROM held h WHERE h.reason = r.no AND h.change > ?2) AS next
      FROM reason r WHERE r.sender = ?1
      """, [stream.peer.description, number]
    ).compactMap { $0["next"] as Int64? }.min()
  }

  /// As a condition on `signer s`: what the receiver wrote itself.
  func ownWrites(of stream: ComparedStream) -> String {
    stream.isOfMine
      ? isAuthor(stream.peer, towards: me) : isAuthor(me, towards: stream.peer)
  }

  /// As a condition on `disclosure d`: the peer has it, or has set it aside.
  private var isHad: String {
    """
    d.retracted_at IS NULL AND (d.resend < 2 AND d.was_had = 1 OR d.resend = 0
    AND NOT EXISTS (SELECT 1 FROM outgoing u WHERE u.peer = d.peer AND u.change = d.change))
    """
  }

  /// Each write once, for however many reasons it is held.
  private func items(
    _ sql: String, _ arguments: StatementArguments
  ) throws -> [ReconciliationItem] {
    var places: [Int64: (header: ChangeHeader, places: Places)] = [:]
    let cursor = try Row.fetchCursor(try db.cachedStatement(sql: sql), arguments: arguments)
    while let row = try cursor.next() {
      let (change, more): (Int64, Data) = (row["change"], row["places"])
      if places[change] == nil { places[change] = (try header(row), Places()) }
      places[change]?.places.formUnion(Places(more))
    }
    return places.values.flatMap { header, places in
      places.map { ReconciliationItem(time: header.time, write: header.commitments[$0]) }
    }
  }
}
