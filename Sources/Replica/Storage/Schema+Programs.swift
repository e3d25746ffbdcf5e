/// Migration 20: programs that ask over the HTTP API. None of it leaves the node.
extension Schema {
  /// `token` keeps what a token is checked against, never the token; its id is never given twice. `program_request`
  /// keeps under which key a program asked for something to be written, so that it is written once.
  static let programs = """
    CREATE TABLE token (
      id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, digest BLOB NOT NULL, role TEXT,
      scopes TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
      used_at INTEGER, revoked_at INTEGER) STRICT;
    CREATE TABLE program_request (
      token INTEGER NOT NULL, key BLOB NOT NULL, body BLOB NOT NULL, record BLOB NOT NULL,
      at INTEGER NOT NULL, PRIMARY KEY (token, key)) STRICT, WITHOUT ROWID;
    CREATE INDEX program_request_at ON program_request (at);
    """
}
