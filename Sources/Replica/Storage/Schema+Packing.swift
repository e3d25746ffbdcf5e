import FoundationEssentials
import GRDB
import Records

/// Migration 13: one row for each change, with all that is held of its writes, in the place of several rows and
/// indexes for each write. A change's number is its place in the log; a write's name within the file is that
/// number and the place of its commitment in the header.
extension Schema {
  static func pack(_ db: Database) throws {
    for index in [
      "record_type", "change_record", "change_stamp", "opening_change", "disclosure_refused",
    ] {
      try db.execute(sql: "DROP INDEX IF EXISTS \(index)")
    }
    for table in old { try db.execute(sql: "ALTER TABLE \(table) RENAME TO \(table)_12") }
    for part in [packedLog, packedLinks] { try db.execute(sql: part) }
    try db.execute(
      sql: """
        CREATE TEMP TABLE numbered (id BLOB PRIMARY KEY, no INTEGER NOT NULL, last INTEGER NOT NULL);
        CREATE TEMP TABLE placed (
          write_id BLOB PRIMARY KEY, change INTEGER NOT NULL, place INTEGER NOT NULL,
          field TEXT NOT NULL, is_withheld INTEGER NOT NULL);
        INSERT INTO record (id, type) SELECT id, type FROM record_12 ORDER BY id;
        INSERT INTO signer (author, key_id) SELECT DISTINCT author, key_id FROM change_12;
        """)
    try packChanges(db)
    try packStanding(db)
    try packHeld(db)
    try packDisclosures(db)
    try packOutgoing(db)
    try db.execute(sql: packedRest)
    for table in old.reversed() { try db.execute(sql: "DROP TABLE \(table)_12") }
    try db.execute(sql: "DROP TABLE numbered; DROP TABLE placed;")
  }

  private static let old = [
    "record", "change", "opening", "justification", "cell", "disclosure", "outgoing", "disputed",
    "admission",
  ]

  /// The truth: headers, proofs and openings, and why they are held. `openings` is read by
  /// `[PackedOpening]`; what comes of a change later has a row of `arrival`, numbered among the changes.
  /// `located` finds a write by its id, up to the position that `meta` names as `located`.
  private static let packedLog = """
    CREATE TABLE record (
      no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, type TEXT NOT NULL) STRICT;
    CREATE INDEX record_type ON record (type);
    CREATE TABLE signer (
      no INTEGER PRIMARY KEY, author TEXT NOT NULL, key_id BLOB NOT NULL,
      UNIQUE (author, key_id)) STRICT;
    CREATE TABLE change (
      no INTEGER PRIMARY KEY, record INTEGER NOT NULL, signer INTEGER NOT NULL,
      hlc INTEGER NOT NULL, openings BLOB NOT NULL, header BLOB NOT NULL, secret BLOB) STRICT;
    CREATE UNIQUE INDEX change_stamp ON change (hlc, signer);
    CREATE INDEX change_record ON change (record);
    CREATE TABLE proof (change INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE arrival (position INTEGER PRIMARY KEY, change INTEGER NOT NULL) STRICT;
    CREATE TABLE located (
      mark INTEGER NOT NULL, change INTEGER NOT NULL,
      PRIMARY KEY (mark, change)) STRICT, WITHOUT ROWID;
    CREATE TABLE reason (
      no INTEGER PRIMARY KEY, sender TEXT NOT NULL, agreement BLOB NOT NULL, grant_id TEXT NOT NULL,
      UNIQUE (sender, agreement, grant_id)) STRICT;
    CREATE TABLE held (
      change INTEGER NOT NULL, reason INTEGER NOT NULL, route BLOB NOT NULL, places BLOB NOT NULL,
      PRIMARY KEY (change, reason, route)) STRICT, WITHOUT ROWID;
    CREATE INDEX held_reason ON held (reason);
    CREATE TABLE field_name (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE standing (record INTEGER PRIMARY KEY, writes BLOB NOT NULL) STRICT;
    CREATE TABLE disputed (
      change BLOB PRIMARY KEY, key_id BLOB NOT NULL, hlc INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE admission (change BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;
    """

  /// A row of `disclosure` covers the writes of one change that went to a peer and stand alike: `part` is the
  /// lowest of their places.
  private static let packedLinks = """
    CREATE TABLE disclosure (
      peer TEXT NOT NULL, change INTEGER NOT NULL, part INTEGER NOT NULL, places BLOB NOT NULL,
      reason INTEGER NOT NULL, route BLOB NOT NULL, at INTEGER NOT NULL,
      retracted_at INTEGER, outcome TEXT, resend INTEGER NOT NULL DEFAULT 0, refused TEXT,
      refusals INTEGER NOT NULL DEFAULT 0, retry_at INTEGER, was_had INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (peer, change, part)) STRICT, WITHOUT ROWID;
    CREATE INDEX disclosure_refused ON disclosure (peer, retry_at) WHERE refused IS NOT NULL;
    CREATE TABLE outgoing (
      peer TEXT NOT NULL, sequence INTEGER NOT NULL, digest BLOB NOT NULL, head BLOB NOT NULL,
      document BLOB, change INTEGER, agreement BLOB, places BLOB, body BLOB,
      PRIMARY KEY (peer, sequence)) STRICT, WITHOUT ROWID;
    """

  /// The log was looked at up to the last change of which no opening lies beyond the old cursor.
  private static let packedRest = """
    INSERT INTO disputed SELECT d.change, c.key_id, c.hlc
      FROM disputed_12 d JOIN change_12 c ON c.id = d.change;
    INSERT INTO admission SELECT * FROM admission_12;
    UPDATE link_out SET cursor = coalesce(
      (SELECT min(no) - 1 FROM numbered WHERE last > link_out.cursor),
      (SELECT max(no) FROM numbered), 0);
    """

  private static func packChanges(_ db: Database) throws {
    let changes = try Row.fetchCursor(
      db,
      sql: """
        SELECT c.*, r.no AS record_no, s.no AS signer_no,
        (SELECT min(position) FROM opening_12 o WHERE o.change = c.id) AS first
        FROM change_12 c JOIN record r ON r.id = c.record
        JOIN signer s ON s.author = c.author AND s.key_id = c.key_id ORDER BY first, c.id
        """)
    var number: Int64 = 0
    while let row = try changes.next() {
      number += 1
      let (header, id) = (try ChangeHeader(row["header"] as Data), row["id"] as Data)
      let (openings, last) = try packed(openingsOf: id, header, number, db)
      try db.execute(
        sql: "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?)",
        arguments: [
          number, row["record_no"], row["signer_no"], row["hlc"], openings.packed, header.bytes,
          row["secret"],
        ])
      try db.execute(
        sql: "INSERT INTO proof VALUES (?, ?)", arguments: [number, row["proof"] as Data])
      try db.execute(sql: "INSERT INTO numbered VALUES (?, ?, ?)", arguments: [id, number, last])
    }
  }

  private static func packed(
    openingsOf id: Data, _ header: ChangeHeader, _ number: Int64, _ db: Database
  ) throws -> (openings: [PackedOpening], last: Int64) {
    var (openings, last): ([PackedOpening], Int64) = ([], 0)
    for row in try Row.fetchAll(
      db, sql: "SELECT * FROM opening_12 WHERE change = ? ORDER BY position", arguments: [id])
    {
      let write: WriteID = try row.id("write_id")
      guard let place = header.place(of: write) else {
        throw ReplicaError.storage("an opening has no commitment")
      }
      let isErased = row["basis"] as String? != nil
      let bytes: Data = row["bytes"]
      openings.append(
        PackedOpening(
          place: place, arrived: 0, basis: isErased ? .retracted : nil,
          salt: isErased ? Data() : row["salt"], bytes: bytes))
      last = row["position"]
      let read =
        isErased
        ? try Write(remains: bytes, before: header.time) : try Write(bytes, before: header.time)
      try db.execute(
        sql: "INSERT INTO placed VALUES (?, ?, ?, ?, ?)",
        arguments: [write.bytes, number, place, read.field, isErased])
    }
    return (openings, last)
  }

  private static func packStanding(_ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO field_name (name) SELECT DISTINCT field FROM cell_12 ORDER BY field")
    var standing: [Int64: [StandingWrite]] = [:]
    for row in try Row.fetchAll(
      db,
      sql: """
        SELECT r.no AS record, f.no AS field, p.change, p.place, p.is_withheld FROM cell_12 c
        JOIN record r ON r.id = c.record JOIN field_name f ON f.name = c.field
        JOIN placed p ON p.write_id = c.write_id
        """)
    {
      standing[row["record"], default: []].append(
        StandingWrite(
          field: row["field"], at: WritePlace(change: row["change"], place: row["place"]),
          isWithheld: row["is_withheld"]))
    }
    for (record, writes) in standing.sorted(by: { $0.key < $1.key }) {
      try db.execute(
        sql: "INSERT INTO standing VALUES (?, ?)", arguments: [record, writes.packed])
    }
  }

  private static func packHeld(_ db: Database) throws {
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO reason (sender, agreement, grant_id)
        SELECT DISTINCT sender, agreement, grant_id FROM justification_12;
        INSERT OR IGNORE INTO reason (sender, agreement, grant_id)
        SELECT DISTINCT '', agreement, grant_id FROM disclosure_12;
        """)
    var held: [[DatabaseValue]: Set<Int>] = [:]
    for row in try Row.fetchAll(
      db,
      sql: """
        SELECT p.change, r.no AS reason, j.route, p.place FROM justification_12 j
        JOIN placed p ON p.write_id = j.write_id JOIN reason r
        ON r.sender = j.sender AND r.agreement = j.agreement AND r.grant_id = j.grant_id
        """)
    {
      held[["change", "reason", "route"].map { row[$0] }, default: []].insert(row["place"])
    }
    for (key, places) in held {
      try db.execute(
        sql: "INSERT INTO held VALUES (?, ?, ?, ?)",
        arguments: [key[0], key[1], key[2], Places(places).bytes])
    }
  }

  private static func packDisclosures(_ db: Database) throws {
    let state = [
      "route", "at", "retracted_at", "outcome", "resend", "refused", "refusals", "retry_at",
      "was_had",
    ]
    var parts: [[DatabaseValue]: Set<Int>] = [:]
    for row in try Row.fetchAll(
      db,
      sql: """
        SELECT d.peer, p.change, r.no AS reason, \(state.map { "d.\($0)" }.joined(separator: ", ")), p.place
        FROM disclosure_12 d JOIN placed p ON p.write_id = d.write_id
        JOIN reason r ON r.sender = '' AND r.agreement = d.agreement AND r.grant_id = d.grant_id
        """)
    {
      parts[(["peer", "change", "reason"] + state).map { row[$0] }, default: []]
        .insert(row["place"])
    }
    for (key, places) in parts {
      let places = Places(places)
      let arguments: [DatabaseValue] =
        [key[0], key[1], places.lowest.databaseValue, places.bytes.databaseValue] + key.dropFirst(2)
      let marks = arguments.map { _ in "?" }.joined(separator: ", ")
      try db.execute(
        sql: "INSERT INTO disclosure VALUES (\(marks))", arguments: StatementArguments(arguments))
    }
  }

  private static func packOutgoing(_ db: Database) throws {
    for row in try Row.fetchAll(
      db, sql: "SELECT u.*, n.no FROM outgoing_12 u LEFT JOIN numbered n ON n.id = u.change")
    {
      let writes: Data = row["writes"] ?? Data()
      let ids = stride(from: 0, to: writes.count, by: WriteID.byteCount).map {
        Data(writes.dropFirst($0).prefix(WriteID.byteCount))
      }
      let places = try ids.compactMap { id in
        try Int.fetchOne(db, sql: "SELECT place FROM placed WHERE write_id = ?", arguments: [id])
      }
      let isChange = row["no"] as Int64? != nil
      try db.execute(
        sql: "INSERT INTO outgoing VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        arguments: [
          row["peer"], row["sequence"], row["digest"], row["head"], row["document"], row["no"],
          row["agreement"], isChange ? Places(places).bytes : nil, row["body"],
        ])
    }
  }
}
