import FoundationEssentials
import GRDB
public import Records

/// The tokens of programs, and what they asked for.
extension LocalReplica {
  /// Keeps a new token.
  /// - Parameter digest: what it is checked against.
  /// - Returns: its number.
  /// - Throws: `ReplicaError.storage`.
  public func addToken(
    _ digest: Digest, name: String, role: String?, scopes: Set<String>, from now: Instant,
    until expiresAt: Instant
  ) throws(ReplicaError) -> Int64 {
    try write { store in
      try store.run(
        """
        INSERT INTO token (name, digest, role, scopes, created_at, expires_at)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        [
          name, digest.bytes, role, scopes.sorted().joined(separator: " "), now.milliseconds,
          expiresAt.milliseconds,
        ])
      return store.db.lastInsertedRowID
    }
  }

  /// All tokens, by number, also those that count no more.
  /// - Throws: `ReplicaError.storage`.
  public func tokens() throws(ReplicaError) -> [ProgramToken] {
    try read { try $0.rows("SELECT * FROM token ORDER BY id").map(ProgramToken.init) }
  }

  /// One token.
  /// - Throws: `ReplicaError.storage`.
  public func token(_ id: Int64) throws(ReplicaError) -> ProgramToken? {
    try read { try $0.row("SELECT * FROM token WHERE id = ?", [id]).map(ProgramToken.init) }
  }

  /// Takes a token back; it stays in the list.
  /// - Returns: whether it counted until now.
  /// - Throws: `ReplicaError.storage`.
  public func revokeToken(_ id: Int64, at now: Instant) throws(ReplicaError) -> Bool {
    try write { store in
      try store.run(
        "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
        [now.milliseconds, id])
      return store.db.changesCount > 0
    }
  }

  /// Notes that a token was used.
  /// - Throws: `ReplicaError.storage`.
  public func noteUse(ofToken id: Int64, at now: Instant) throws(ReplicaError) {
    try write {
      try $0.run("UPDATE token SET used_at = ? WHERE id = ?", [now.milliseconds, id])
    }
  }
}

extension LocalReplica {
  /// Whether a program asked for the same before, under the same key.
  /// - Throws: `ReplicaError.otherRequest` where its key stands for another request.
  public func isKnown(_ request: ProgramRequest?) throws(ReplicaError) -> Bool {
    guard let request else { return false }
    return try read { try $0.record(writtenFor: request) } != nil
  }
}

extension Store {
  /// For how long it is known that something was asked for: a program that tries again does so sooner.
  private static let requestsKept: Int64 = 30 * 86_400_000

  /// The record that was written when a program asked for the same before; nothing where it did not.
  /// - Throws: `ReplicaError.otherRequest` where its key stands for another request.
  func record(writtenFor request: ProgramRequest) throws -> RecordID? {
    let row = try row(
      "SELECT body, record FROM program_request WHERE token = ? AND key = ?",
      [request.token, request.key.bytes])
    guard let row else { return nil }
    guard row["body"] as Data == request.body.bytes else { throw ReplicaError.otherRequest }
    return try row.id("record")
  }

  /// Notes what a program asked for, and forgets what is long past.
  func note(_ request: ProgramRequest, at now: Instant) throws {
    try run(
      "INSERT INTO program_request VALUES (?, ?, ?, ?, ?)",
      [
        request.token, request.key.bytes, request.body.bytes, request.record.bytes,
        now.milliseconds,
      ])
    try run(
      "DELETE FROM program_request WHERE at < ?", [now.milliseconds - Self.requestsKept])
  }
}

extension ProgramToken {
  fileprivate init(_ row: Row) throws {
    func instant(_ column: String) -> Instant? {
      (row[column] as Int64?).map { Instant(milliseconds: $0) }
    }
    let scopes: String = row["scopes"]
    self.init(
      id: row["id"], name: row["name"], digest: try row.id("digest"), role: row["role"],
      scopes: Set(scopes.split(separator: " ").map(String.init)),
      createdAt: Instant(milliseconds: row["created_at"]),
      expiresAt: Instant(milliseconds: row["expires_at"]), usedAt: instant("used_at"),
      revokedAt: instant("revoked_at"))
  }
}
