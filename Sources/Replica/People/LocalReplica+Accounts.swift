import FoundationEssentials
import GRDB
public import Records

/// Accounts, and who is signed in. Tokens are kept as their digests, so that whoever reads the file
/// cannot take anybody's place.
extension LocalReplica {
  /// Adds an account, or changes one of the same name; who was signed in with it is so no longer.
  /// - Throws: `ReplicaError.storage`.
  public func put(_ account: Account) throws(ReplicaError) {
    try write { store in
      try store.run(
        """
        INSERT INTO account VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET
          title = excluded.title, role = excluded.role, secret = excluded.secret,
          disabled_at = excluded.disabled_at
        """,
        [
          account.name, account.title, account.role, account.secret,
          account.createdAt.milliseconds, account.disabledAt?.milliseconds,
        ])
      try store.run("DELETE FROM session WHERE account = ?", [account.name])
    }
  }

  /// All accounts, by name.
  /// - Throws: `ReplicaError.storage`.
  public func accounts() throws(ReplicaError) -> [Account] {
    try read { try $0.rows("SELECT * FROM account ORDER BY name").map(Account.init) }
  }

  /// One account.
  /// - Throws: `ReplicaError.storage`.
  public func account(_ name: String) throws(ReplicaError) -> Account? {
    try read { try $0.row("SELECT * FROM account WHERE name = ?", [name]).map(Account.init) }
  }

  /// Notes that somebody signed in.
  /// - Parameters:
  ///   - token: the digest of what their browser shows from now on.
  ///   - longest: for how many milliseconds a session lasts; older ones are forgotten.
  /// - Throws: `ReplicaError.storage`.
  public func signIn(
    _ account: String, token: Digest, longest: Int64, at now: Instant
  ) throws(ReplicaError) {
    try write { store in
      try store.run("DELETE FROM session WHERE begun_at < ?", [now.milliseconds - longest])
      try store.run(
        "INSERT INTO session VALUES (?, ?, ?, ?)",
        [token.bytes, account, now.milliseconds, now.milliseconds])
      try store.run("DELETE FROM failed_sign_in WHERE account = ?", [account])
    }
  }

  /// Who is signed in with a token, and for how long they have done nothing. Nobody where it was too
  /// long: then they are signed out. Noted at most once a minute, since every page asks.
  /// - Throws: `ReplicaError.storage`.
  public func signedIn(
    _ token: Digest, idle: Int64, longest: Int64, isActive: Bool = true, at now: Instant
  ) throws(ReplicaError) -> SignedIn? {
    let found = try read { store in
      try store.row(
        """
        SELECT a.*, s.begun_at, s.seen_at FROM session s JOIN account a ON a.name = s.account
        WHERE s.token = ? AND a.disabled_at IS NULL
        """, [token.bytes]
      ).map { row in
        SignedIn(
          account: Account(row), begunAt: Instant(milliseconds: row["begun_at"]),
          seenAt: Instant(milliseconds: row["seen_at"]))
      }
    }
    guard let found else { return nil }
    let (silence, length) = (
      now.milliseconds - found.seenAt.milliseconds, now.milliseconds - found.begunAt.milliseconds
    )
    if silence > idle || length > longest {
      try signOut(token)
      return nil
    }
    if isActive, silence > 60_000 {
      try write {
        try $0.run(
          "UPDATE session SET seen_at = ? WHERE token = ?", [now.milliseconds, token.bytes])
      }
    }
    return found
  }

  /// Ends one session.
  /// - Throws: `ReplicaError.storage`.
  public func signOut(_ token: Digest) throws(ReplicaError) {
    try write { try $0.run("DELETE FROM session WHERE token = ?", [token.bytes]) }
  }

  /// Notes that signing in failed, and forgets failures that are older than a day.
  /// - Throws: `ReplicaError.storage`.
  public func noteFailedSignIn(
    _ account: String, from address: String, at now: Instant
  ) throws(ReplicaError) {
    try write { store in
      try store.run(
        "INSERT INTO failed_sign_in (account, address, at) VALUES (?, ?, ?)",
        [account, address, now.milliseconds])
      try store.run("DELETE FROM failed_sign_in WHERE at < ?", [now.milliseconds - 86_400_000])
    }
  }

  /// How often signing in failed since a moment, and when last: for one account, and from one address.
  /// - Throws: `ReplicaError.storage`.
  public func failedSignIns(
    _ account: String, from address: String, since: Instant
  ) throws(ReplicaError) -> (
    account: (count: Int, last: Instant), address: (count: Int, last: Instant)
  ) {
    try read { store in
      func count(_ column: String, _ value: String) throws -> (Int, Instant) {
        let row = try store.row(
          "SELECT count(*) AS n, max(at) AS last FROM failed_sign_in WHERE \(column) = ? AND at > ?",
          [value, since.milliseconds])
        return (row?["n"] ?? 0, Instant(milliseconds: row?["last"] as Int64? ?? 0))
      }
      return (try count("account", account), try count("address", address))
    }
  }
}

extension Account {
  fileprivate init(_ row: Row) {
    self.init(
      name: row["name"], title: row["title"], role: row["role"], secret: row["secret"],
      createdAt: Instant(milliseconds: row["created_at"]),
      disabledAt: (row["disabled_at"] as Int64?).map { Instant(milliseconds: $0) })
  }
}
