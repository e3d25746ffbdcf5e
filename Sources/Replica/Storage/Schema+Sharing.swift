import Agreements
import FoundationEssentials
import GRDB
import Records

/// Migration 14: what the changes of a batch, or of one author, have in common is kept once: the nodes of a
/// batch's tree, and a header's parts beside record, stamp and commitments.
extension Schema {
  static func shareParts(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE batch (
          no INTEGER PRIMARY KEY, depth INTEGER NOT NULL, signature BLOB NOT NULL) STRICT;
        CREATE INDEX batch_signature ON batch (signature);
        CREATE TABLE batch_part (
          batch INTEGER NOT NULL, part INTEGER NOT NULL, digests BLOB NOT NULL,
          PRIMARY KEY (batch, part)) STRICT, WITHOUT ROWID;
        CREATE TABLE form (
          no INTEGER PRIMARY KEY, lineage TEXT NOT NULL, agreement BLOB NOT NULL,
          type TEXT NOT NULL, author TEXT NOT NULL, key_id BLOB NOT NULL,
          UNIQUE (lineage, agreement, type, author, key_id)) STRICT;
        ALTER TABLE proof RENAME TO proof_13;
        CREATE TABLE proof (change INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
        ALTER TABLE change RENAME TO change_13;
        DROP INDEX change_stamp;
        DROP INDEX change_record;
        CREATE TABLE change (
          no INTEGER PRIMARY KEY, record INTEGER NOT NULL, signer INTEGER NOT NULL,
          hlc INTEGER NOT NULL, openings BLOB NOT NULL, form INTEGER, header BLOB NOT NULL,
          secret BLOB) STRICT;
        CREATE UNIQUE INDEX change_stamp ON change (hlc, signer);
        CREATE INDEX change_record ON change (record);
        """)
    // Only a replica that has an owner has changes.
    if let owner = try String.fetchOne(db, sql: "SELECT name FROM node").flatMap(NodeName.init) {
      try sharePartsOfChanges(Store(db: db, partnership: .init(), me: owner))
    }
    try db.execute(sql: "DROP TABLE change_13; DROP TABLE proof_13;")
  }

  private static func sharePartsOfChanges(_ store: Store) throws {
    let changes = try Row.fetchCursor(
      store.db,
      sql: """
        SELECT c.*, p.bytes AS proof FROM change_13 c LEFT JOIN proof_13 p ON p.change = c.no
        ORDER BY c.no
        """)
    while let row = try changes.next() {
      let (form, kept) = try store.stored(try ChangeHeader(row["header"] as Data))
      try store.run(
        "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
          row["no"], row["record"], row["signer"], row["hlc"], row["openings"], form, kept,
          row["secret"],
        ])
      if let proof: Data = row["proof"] { try store.keep(try Proof(proof), of: row["no"]) }
    }
    try store.storeBatchParts()
  }
}
