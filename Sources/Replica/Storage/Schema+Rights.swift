/// Migrations 17 and 19: what an agency answers with. None of it leaves the node but the checkpoints.
extension Schema {
  static let rights = [audit, erasureAndHolds, access].joined()

  /// `changes` names changes by number, `changes_digest` is what the chain binds of them.
  /// `peer_checkpoint` holds what peers signed of their own audits, `told_checkpoint` what they say that
  /// they hold of this node's.
  private static let audit = """
    ALTER TABLE audit ADD COLUMN changes BLOB;
    ALTER TABLE audit ADD COLUMN changes_digest BLOB;
    CREATE TABLE audit_checkpoint (
      count INTEGER PRIMARY KEY, head BLOB NOT NULL, at INTEGER NOT NULL, key BLOB NOT NULL,
      signature BLOB NOT NULL) STRICT;
    CREATE TABLE peer_checkpoint (
      node TEXT NOT NULL, count INTEGER NOT NULL, head BLOB NOT NULL, at INTEGER NOT NULL,
      key BLOB NOT NULL, signature BLOB NOT NULL, received_at INTEGER NOT NULL,
      PRIMARY KEY (node, count)) STRICT, WITHOUT ROWID;
    CREATE TABLE told_checkpoint (
      node TEXT PRIMARY KEY, count INTEGER NOT NULL, head BLOB NOT NULL, at INTEGER NOT NULL,
      key BLOB NOT NULL, signature BLOB NOT NULL, received_at INTEGER NOT NULL)
      STRICT, WITHOUT ROWID;
    CREATE TABLE rewritten_audit (
      node TEXT NOT NULL, count INTEGER NOT NULL, head BLOB NOT NULL, at INTEGER NOT NULL,
      key BLOB NOT NULL, signature BLOB NOT NULL, other_count INTEGER NOT NULL,
      other_head BLOB NOT NULL, other_at INTEGER NOT NULL, other_key BLOB NOT NULL,
      other_signature BLOB NOT NULL, found_at INTEGER NOT NULL,
      PRIMARY KEY (node, count)) STRICT, WITHOUT ROWID;

    """

  /// `erasure` says on which basis and by whom; that a value is gone stands with the value. `receipt`
  /// holds what peers answered to retractions, `owed_receipt` what a peer took back and is still here: under a
  /// hold, or for another reason. Once it goes the peer hears of it.
  private static let erasureAndHolds = """
    CREATE TABLE erasure (
      id INTEGER PRIMARY KEY AUTOINCREMENT, record BLOB NOT NULL, field TEXT NOT NULL,
      basis TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL) STRICT;
    CREATE INDEX erasure_record ON erasure (record);
    CREATE TABLE receipt (
      id INTEGER PRIMARY KEY AUTOINCREMENT, peer TEXT NOT NULL, change INTEGER NOT NULL,
      places BLOB NOT NULL, outcome TEXT NOT NULL, basis TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
    CREATE INDEX receipt_change ON receipt (change);
    CREATE TABLE hold (
      id INTEGER PRIMARY KEY AUTOINCREMENT, record BLOB NOT NULL, reason TEXT NOT NULL,
      person TEXT NOT NULL, at INTEGER NOT NULL, released_at INTEGER, released_by TEXT,
      release_reason TEXT) STRICT;
    CREATE INDEX hold_record ON hold (record) WHERE released_at IS NULL;
    CREATE TABLE owed_receipt (
      change INTEGER NOT NULL, place INTEGER NOT NULL, peer TEXT NOT NULL,
      PRIMARY KEY (change, place, peer)) STRICT, WITHOUT ROWID;
    CREATE TABLE retention_decision (
      id INTEGER PRIMARY KEY AUTOINCREMENT, record BLOB NOT NULL, decision TEXT NOT NULL,
      until TEXT, reason TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
    CREATE INDEX retention_decision_record ON retention_decision (record);

    """

  /// Requests for access, what was decided about each of their parts, and corrections that people asked for.
  private static let access = """
    CREATE TABLE access_request (
      id INTEGER PRIMARY KEY AUTOINCREMENT, subject BLOB NOT NULL, asked_by TEXT NOT NULL,
      received TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL, closed_at INTEGER,
      outcome TEXT, reason TEXT, closed_by TEXT) STRICT;
    CREATE TABLE access_decision (
      request INTEGER NOT NULL, part TEXT NOT NULL, decision TEXT NOT NULL, reason TEXT NOT NULL,
      person TEXT NOT NULL, at INTEGER NOT NULL,
      PRIMARY KEY (request, part)) STRICT, WITHOUT ROWID;
    CREATE TABLE correction (
      id INTEGER PRIMARY KEY AUTOINCREMENT, record BLOB NOT NULL, field TEXT NOT NULL,
      words TEXT NOT NULL, asked_by TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL,
      decision TEXT, decided_reason TEXT, decided_by TEXT, decided_at INTEGER) STRICT;
    CREATE INDEX correction_record ON correction (record);
    """

  /// Migration 19: a request whose answer may take longer, and why.
  static let extensions = """
    ALTER TABLE access_request ADD COLUMN extended_at INTEGER;
    ALTER TABLE access_request ADD COLUMN extension_reason TEXT;
    ALTER TABLE access_request ADD COLUMN extended_by TEXT;
    """
}
