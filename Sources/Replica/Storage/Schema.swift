import FoundationEssentials
import GRDB
import Records

/// The tables, as migrations that only ever get longer.
enum Schema {
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 log, cells and links") { db in
      for part in [documents, log, cells, links, quarantine] { try db.execute(sql: part) }
    }
    migrator.registerMigration("2 erasure, retraction and evidence") { db in
      for part in [erasure, streams, aside] { try db.execute(sql: part) }
    }
    migrator.registerMigration("3 sealed fields") { db in try db.execute(sql: sealedFields) }
    migrator.registerMigration("4 bounds of what peers can make a replica keep") { db in
      try db.execute(sql: bounds)
    }
    migrator.registerMigration("5 disclosures that a restore took away") { db in
      try db.execute(sql: askedBack)
    }
    migrator.registerMigration("6 stamps in order") { db in try db.execute(sql: stamps) }
    migrator.registerMigration("7 forked streams") { db in try db.execute(sql: forks) }
    migrator.registerMigration("8 what a peer has had") { db in try db.execute(sql: had) }
    migrator.registerMigration("9 what every write refers to", migrate: mention)
    migrator.registerMigration("10 people of the agency") { db in try db.execute(sql: people) }
    migrator.registerMigration("11 devices") { db in try db.execute(sql: devices) }
    migrator.registerMigration("12 records that are sealed with others") { db in
      try db.execute(sql: sealedWith)
    }
    migrator.registerMigration("13 one row for each change", migrate: pack)
    migrator.registerMigration("14 what changes share", migrate: shareParts)
    migrator.registerMigration("15 what concerns an agency") { db in
      try db.execute(sql: concerns)
    }
    migrator.registerMigration("16 certificates that were renewed") { db in
      try db.execute(sql: renewed)
    }
    migrator.registerMigration("16 data keys") { db in try db.execute(sql: dataKeys) }
    migrator.registerMigration("17 audit, holds and rights") { db in try db.execute(sql: rights) }
    migrator.registerMigration("18 sums of streams", migrate: sums)
    migrator.registerMigration("19 extended requests") { db in try db.execute(sql: extensions) }
    return migrator
  }()

  /// What the writes of the log refer to, those too that others have superseded.
  private static func mention(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE mention (
          record BLOB NOT NULL, field TEXT NOT NULL, target BLOB NOT NULL,
          PRIMARY KEY (record, field, target)) STRICT, WITHOUT ROWID;
        CREATE INDEX mention_target ON mention (target, record);
        """)
    let openings = try Row.fetchCursor(
      db,
      sql: """
        SELECT o.bytes, c.record, c.hlc FROM opening o JOIN change c ON c.id = o.change
        WHERE o.basis IS NULL AND NOT EXISTS (SELECT 1 FROM disputed d WHERE d.change = c.id)
        """)
    while let row = try openings.next() {
      let write = try Write(row["bytes"], before: row.stamp("hlc"))
      guard case .reference(let target) = write.value else { continue }
      try db.execute(
        sql: "INSERT INTO mention VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        arguments: [row["record"] as Data, write.field, target.bytes])
    }
  }

  /// What was sealed before was sealed as a whole.
  private static let sealedFields = """
    ALTER TABLE kept_from RENAME TO kept_from_whole;
    DROP INDEX kept_from_record;
    CREATE TABLE kept_from (
      restriction BLOB NOT NULL, record BLOB NOT NULL, field TEXT NOT NULL, agency TEXT NOT NULL,
      PRIMARY KEY (restriction, record, field, agency)) STRICT, WITHOUT ROWID;
    CREATE INDEX kept_from_record ON kept_from (record, agency, field);
    INSERT INTO kept_from SELECT restriction, record, '', agency FROM kept_from_whole;
    DROP TABLE kept_from_whole;
    """

  private static let documents = """
    CREATE TABLE node (
      id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL) STRICT;
    CREATE TABLE meta (
      name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE document (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, body BLOB NOT NULL) STRICT;
    CREATE TABLE document_signature (
      document BLOB NOT NULL REFERENCES document(id), agency TEXT NOT NULL,
      key_id BLOB NOT NULL, bytes BLOB NOT NULL,
      PRIMARY KEY (document, agency)) STRICT, WITHOUT ROWID;
    """

  /// The truth: headers and proofs, openings, and why each opening is held. An opening's `key_ref`
  /// will name the data key that seals its bytes; without one they are plain.
  private static let log = """
    CREATE TABLE record (
      id BLOB PRIMARY KEY, type TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX record_type ON record (type, id);
    CREATE TABLE change (
      id BLOB PRIMARY KEY, record BLOB NOT NULL REFERENCES record(id), author TEXT NOT NULL,
      key_id BLOB NOT NULL, hlc INTEGER NOT NULL, header BLOB NOT NULL, proof BLOB NOT NULL,
      secret BLOB, UNIQUE (key_id, hlc)) STRICT, WITHOUT ROWID;
    CREATE INDEX change_record ON change (record, hlc);
    CREATE TABLE opening (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      write_id BLOB NOT NULL UNIQUE, change BLOB NOT NULL REFERENCES change(id),
      salt BLOB NOT NULL, key_ref BLOB, bytes BLOB NOT NULL) STRICT;
    CREATE INDEX opening_change ON opening (change);
    CREATE TABLE justification (
      write_id BLOB NOT NULL REFERENCES opening(write_id), sender TEXT NOT NULL,
      agreement BLOB NOT NULL, grant_id TEXT NOT NULL, route BLOB NOT NULL,
      PRIMARY KEY (write_id, sender, agreement, grant_id, route)) STRICT, WITHOUT ROWID;
    """

  /// What is derived from the log and can be rebuilt from it.
  private static let cells = """
    CREATE TABLE cell (
      record BLOB NOT NULL, field TEXT NOT NULL, write_id BLOB NOT NULL REFERENCES opening(write_id),
      PRIMARY KEY (record, field, write_id)) STRICT, WITHOUT ROWID;
    CREATE TABLE seen (
      record BLOB NOT NULL, field TEXT NOT NULL, slot TEXT NOT NULL, key_id BLOB NOT NULL,
      hlc INTEGER NOT NULL,
      PRIMARY KEY (record, field, slot, key_id)) STRICT, WITHOUT ROWID;
    CREATE TABLE removal (
      record BLOB NOT NULL, field TEXT NOT NULL, write_id BLOB NOT NULL,
      PRIMARY KEY (record, field, write_id)) STRICT, WITHOUT ROWID;
    CREATE TABLE conflict (
      record BLOB NOT NULL, field TEXT NOT NULL,
      PRIMARY KEY (record, field)) STRICT, WITHOUT ROWID;
    CREATE TABLE route_agency (
      record BLOB NOT NULL, field TEXT NOT NULL, agency TEXT NOT NULL,
      PRIMARY KEY (record, field, agency)) STRICT, WITHOUT ROWID;
    CREATE TABLE reference (
      record BLOB NOT NULL, field TEXT NOT NULL, target BLOB NOT NULL, routing INTEGER NOT NULL,
      PRIMARY KEY (record, field, target)) STRICT, WITHOUT ROWID;
    CREATE INDEX reference_target ON reference (target, record);
    CREATE TABLE kept_from (
      restriction BLOB NOT NULL, record BLOB NOT NULL, agency TEXT NOT NULL,
      PRIMARY KEY (restriction, record, agency)) STRICT, WITHOUT ROWID;
    CREATE INDEX kept_from_record ON kept_from (record, agency);
    """

  private static let links = """
    CREATE TABLE link_in (
      peer TEXT PRIMARY KEY, epoch BLOB NOT NULL, sequence INTEGER NOT NULL,
      head BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE link_out (
      peer TEXT PRIMARY KEY, epoch BLOB NOT NULL, sequence INTEGER NOT NULL, head BLOB NOT NULL,
      acknowledged INTEGER NOT NULL, acknowledged_head BLOB NOT NULL, cursor INTEGER NOT NULL,
      terms BLOB NOT NULL, last_sync INTEGER) STRICT, WITHOUT ROWID;
    CREATE TABLE outgoing (
      peer TEXT NOT NULL, sequence INTEGER NOT NULL, digest BLOB NOT NULL, head BLOB NOT NULL,
      document BLOB, change BLOB, agreement BLOB, writes BLOB,
      PRIMARY KEY (peer, sequence)) STRICT, WITHOUT ROWID;
    CREATE TABLE disclosure (
      peer TEXT NOT NULL, write_id BLOB NOT NULL REFERENCES opening(write_id),
      agreement BLOB NOT NULL, grant_id TEXT NOT NULL, route BLOB NOT NULL, at INTEGER NOT NULL,
      epoch BLOB NOT NULL, PRIMARY KEY (peer, write_id)) STRICT, WITHOUT ROWID;
    CREATE TABLE sent_document (
      peer TEXT NOT NULL, document BLOB NOT NULL, signatures INTEGER NOT NULL,
      PRIMARY KEY (peer, document)) STRICT, WITHOUT ROWID;
    CREATE TABLE backfill (
      peer TEXT NOT NULL, record BLOB NOT NULL,
      PRIMARY KEY (peer, record)) STRICT, WITHOUT ROWID;
    """

  private static let quarantine = """
    CREATE TABLE quarantine (
      id INTEGER PRIMARY KEY AUTOINCREMENT, change BLOB NOT NULL, peer TEXT NOT NULL,
      author TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, held_until INTEGER,
      is_held INTEGER NOT NULL, entry BLOB NOT NULL, received_at INTEGER NOT NULL,
      UNIQUE (change, reason, detail)) STRICT;
    """

  /// An opening with a basis has lost salt and value; its bytes are what remains of the write. The
  /// two changes of an equivocation stay in the log and count for nothing.
  private static let erasure = """
    ALTER TABLE opening ADD COLUMN basis TEXT;
    CREATE TABLE equivocation (
      first BLOB NOT NULL, second BLOB NOT NULL, key_id BLOB NOT NULL, evidence BLOB NOT NULL,
      found_at INTEGER NOT NULL, PRIMARY KEY (first, second)) STRICT, WITHOUT ROWID;
    CREATE TABLE disputed (change BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE relearning (
      agency TEXT PRIMARY KEY, since INTEGER NOT NULL,
      is_witness INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    """

  /// `resend`: 1 where a peer may or may not have a write and it has to go again, 2 where the peer
  /// is known to lack it. `due` holds entries that carry no value: retractions, receipts, evidence.
  private static let streams = """
    ALTER TABLE disclosure ADD COLUMN retracted_at INTEGER;
    ALTER TABLE disclosure ADD COLUMN outcome TEXT;
    ALTER TABLE disclosure ADD COLUMN resend INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE disclosure ADD COLUMN refused TEXT;
    ALTER TABLE disclosure ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE disclosure ADD COLUMN retry_at INTEGER;
    CREATE INDEX disclosure_refused ON disclosure (peer, retry_at) WHERE refused IS NOT NULL;
    ALTER TABLE outgoing ADD COLUMN body BLOB;
    ALTER TABLE link_in ADD COLUMN signature BLOB;
    ALTER TABLE link_out ADD COLUMN must_reconcile INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE backfill ADD COLUMN is_urgent INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE due (
      id INTEGER PRIMARY KEY AUTOINCREMENT, peer TEXT NOT NULL, body BLOB NOT NULL) STRICT;
    CREATE INDEX due_peer ON due (peer, id);
    CREATE TABLE give_back (
      peer TEXT NOT NULL, write_id BLOB NOT NULL,
      PRIMARY KEY (peer, write_id)) STRICT, WITHOUT ROWID;
    CREATE TABLE link_epoch (
      peer TEXT NOT NULL, epoch BLOB NOT NULL, PRIMARY KEY (peer, epoch)) STRICT, WITHOUT ROWID;
    INSERT INTO link_epoch SELECT peer, epoch FROM link_out;
    """

  /// Writes that a peer has from here and that were lost here: once they are back, it is known again
  /// that the peer has them, so that they can be retracted.
  private static let askedBack = """
    CREATE TABLE asked_back (
      peer TEXT NOT NULL, write_id BLOB NOT NULL,
      PRIMARY KEY (peer, write_id)) STRICT, WITHOUT ROWID;
    CREATE INDEX asked_back_write ON asked_back (write_id);
    """

  /// The latest stamp up to a time is looked for with every edit.
  private static let stamps = "CREATE INDEX change_stamp ON change (hlc);"

  /// Whether the peer has had a write that is to go again: it took it in, or set it aside. The counter
  /// of refusals only says how long to wait until the next try.
  private static let had = """
    ALTER TABLE disclosure ADD COLUMN was_had INTEGER NOT NULL DEFAULT 0;
    UPDATE disclosure SET was_had = 1 WHERE refusals > 0;
    """

  /// Proof that a peer signed two streams under the same numbers.
  private static let forks = """
    CREATE TABLE forked_stream (
      peer TEXT NOT NULL, epoch BLOB NOT NULL, sequence INTEGER NOT NULL, evidence BLOB NOT NULL,
      found_at INTEGER NOT NULL, PRIMARY KEY (peer, epoch, sequence)) STRICT, WITHOUT ROWID;
    """

  /// That an agency admitted what its devices signed; and of its own devices what each is used as and
  /// may hold, which nobody else learns. A device has its own row there. `labels` are separated by
  /// spaces; nothing where the role sees all.
  private static let devices = """
    CREATE TABLE admission (
      change BLOB PRIMARY KEY REFERENCES change(id), bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE device (
      node TEXT PRIMARY KEY, role TEXT NOT NULL, labels TEXT, has_caseload INTEGER NOT NULL,
      issued_at INTEGER NOT NULL, certificate BLOB NOT NULL,
      enrolment BLOB NOT NULL REFERENCES document(id)) STRICT, WITHOUT ROWID;
    CREATE TABLE device_caseload (
      node TEXT NOT NULL, record BLOB NOT NULL,
      PRIMARY KEY (node, record)) STRICT, WITHOUT ROWID;
    """

  /// Two parts of one change may wait for the same reason; and a write that was set aside counts as
  /// held when streams are compared.
  private static let aside = """
    CREATE TABLE quarantine_2 (
      id INTEGER PRIMARY KEY AUTOINCREMENT, change BLOB NOT NULL, peer TEXT NOT NULL,
      author TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, held_until INTEGER,
      is_held INTEGER NOT NULL, entry BLOB NOT NULL, digest BLOB NOT NULL,
      received_at INTEGER NOT NULL, UNIQUE (change, peer, reason, detail, digest)) STRICT;
    INSERT INTO quarantine_2 SELECT id, change, peer, author, reason, detail, held_until, is_held,
      entry, change, received_at FROM quarantine;
    DROP TABLE quarantine;
    ALTER TABLE quarantine_2 RENAME TO quarantine;
    CREATE TABLE set_aside (
      peer TEXT NOT NULL, write_id BLOB NOT NULL, hlc INTEGER NOT NULL,
      PRIMARY KEY (peer, write_id)) STRICT, WITHOUT ROWID;
    """

  /// Who sent a document, and what there was no room to keep aside.
  private static let bounds = """
    ALTER TABLE document ADD COLUMN sender TEXT;
    CREATE INDEX document_sender ON document (sender, position);
    CREATE INDEX quarantine_peer ON quarantine (peer);
    CREATE TABLE quarantine_overflow (
      peer TEXT PRIMARY KEY, changes INTEGER NOT NULL, since INTEGER NOT NULL,
      last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    """

  /// The certificate with which a device is let in until it has the renewed one.
  private static let renewed = "ALTER TABLE device ADD COLUMN previous BLOB;"

  /// The key in the ring with which a record's values are sealed, and a held entry: nothing while they lie in the
  /// open. `spent_key` has those that nothing needs any more and that are to be destroyed.
  private static let dataKeys = """
    ALTER TABLE record ADD COLUMN key INTEGER;
    ALTER TABLE quarantine ADD COLUMN key INTEGER;
    CREATE TABLE spent_key (number INTEGER PRIMARY KEY) STRICT;
    CREATE TRIGGER quarantine_gone AFTER DELETE ON quarantine WHEN old.key IS NOT NULL BEGIN
      INSERT INTO spent_key VALUES (old.key) ON CONFLICT DO NOTHING;
    END;
    CREATE TRIGGER quarantine_changed AFTER UPDATE OF entry ON quarantine WHEN old.key IS NOT NULL
      AND old.key IS NOT new.key BEGIN
      INSERT INTO spent_key VALUES (old.key) ON CONFLICT DO NOTHING;
    END;
    """

  /// The records whose routes name an agency, and what came of a change later.
  private static let concerns = """
    CREATE INDEX route_agency_named ON route_agency (agency, record);
    CREATE INDEX arrival_change ON arrival (change, position);
    """

  /// Whether a record is sealed with what it refers to.
  private static let sealedWith =
    "ALTER TABLE reference ADD COLUMN sealed_with INTEGER NOT NULL DEFAULT 0;"

  /// Who may sign in here, who is signed in, and what they did. None of it leaves the node.
  private static let people = """
    CREATE TABLE account (
      name TEXT PRIMARY KEY, title TEXT NOT NULL, role TEXT NOT NULL, secret BLOB NOT NULL,
      created_at INTEGER NOT NULL, disabled_at INTEGER) STRICT, WITHOUT ROWID;
    CREATE TABLE session (
      token BLOB PRIMARY KEY, account TEXT NOT NULL REFERENCES account (name),
      begun_at INTEGER NOT NULL, seen_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX session_account ON session (account);
    CREATE TABLE failed_sign_in (
      id INTEGER PRIMARY KEY, account TEXT NOT NULL, address TEXT NOT NULL,
      at INTEGER NOT NULL) STRICT;
    CREATE INDEX failed_sign_in_account ON failed_sign_in (account, at);
    CREATE INDEX failed_sign_in_address ON failed_sign_in (address, at);
    CREATE TABLE audit (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, account TEXT NOT NULL,
      role TEXT NOT NULL, action TEXT NOT NULL, record BLOB, detail TEXT NOT NULL,
      head BLOB NOT NULL) STRICT;
    CREATE INDEX audit_record ON audit (record, sequence);
    """
}
