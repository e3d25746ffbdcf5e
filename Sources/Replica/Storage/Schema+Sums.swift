import GRDB

/// Migration 18: sums of what streams are compared by, so that two nodes that have all in common find that out
/// without reading it.
extension Schema {
  static func sums(_ db: Database) throws {
    try db.execute(sql: tables)
    for place in ["NEW", "OLD"] {
      try note(db, "disclosure", place, peer: "\(place).peer", isOfMine: true)
      try note(db, "outgoing", place, peer: "\(place).peer", isOfMine: true)
      try note(
        db, "held", place, peer: "(SELECT sender FROM reason WHERE no = \(place).reason)",
        isOfMine: false)
    }
  }

  /// `summed` says under which session a stream's sums stand, whose own writes are left out, and up to which
  /// change they count. A row of `stamp_sum` counts the stamps from `hlc` on, up to the next row's; `last` is the
  /// highest that it has counted. `unsummed` names blocks of changes of which something is otherwise since.
  private static let tables = """
    CREATE TABLE summed (
      peer TEXT NOT NULL, is_mine INTEGER NOT NULL, session BLOB NOT NULL, authors BLOB NOT NULL,
      through INTEGER NOT NULL, PRIMARY KEY (peer, is_mine)) STRICT, WITHOUT ROWID;
    CREATE TABLE stamp_sum (
      peer TEXT NOT NULL, is_mine INTEGER NOT NULL, hlc INTEGER NOT NULL, last INTEGER NOT NULL,
      sum BLOB NOT NULL, PRIMARY KEY (peer, is_mine, hlc)) STRICT, WITHOUT ROWID;
    CREATE TABLE unsummed (
      peer TEXT NOT NULL, is_mine INTEGER NOT NULL, block INTEGER NOT NULL,
      PRIMARY KEY (peer, is_mine, block)) STRICT, WITHOUT ROWID;
    """

  /// How many changes a block has, as a shift of their numbers.
  static let blockShift = 8

  /// Notes each row that comes, goes or changes of a change that is summed up already. The database does it, so
  /// that no way to change such a row can forget it. What comes of new changes is not noted: it is found by
  /// their numbers.
  private static func note(
    _ db: Database, _ table: String, _ place: String, peer: String, isOfMine: Bool
  ) throws {
    let (mine, name) = (isOfMine ? 1 : 0, place == "NEW" ? "put" : "gone")
    for event in place == "NEW" ? ["INSERT", "UPDATE"] : ["DELETE", "UPDATE"] {
      try db.execute(
        sql: """
          CREATE TRIGGER \(table)_\(name)_\(event.lowercased()) AFTER \(event) ON \(table)
          WHEN \(place).change <= (
            SELECT through FROM summed WHERE peer = \(peer) AND is_mine = \(mine))
          BEGIN
            INSERT INTO unsummed SELECT \(peer), \(mine), \(place).change >> \(blockShift)
            WHERE NOT EXISTS (
              SELECT 1 FROM unsummed WHERE peer = \(peer) AND is_mine = \(mine)
              AND block = \(place).change >> \(blockShift));
          END
          """)
    }
  }
}
