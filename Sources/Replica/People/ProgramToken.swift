public import Records

/// What a program shows at this node's HTTP API, as the node knows it: never the token itself. Tokens never
/// leave the node.
public struct ProgramToken: Hashable, Sendable {
  /// Its number here, which no other token ever gets.
  public let id: Int64
  /// What the program is called, as an administrator named it; two tokens of one program may overlap.
  public let name: String
  /// What the token is checked against.
  public let digest: Digest
  /// The role of the agency's policy that says what it may see and do; none where it reads no records.
  public let role: String?
  /// What it may be used for, by name.
  public let scopes: Set<String>
  public let createdAt: Instant
  /// From when on it counts no more.
  public let expiresAt: Instant
  /// When it was last used, to the minute.
  public let usedAt: Instant?
  /// Since when it counts no more, whatever its expiry.
  public let revokedAt: Instant?

  /// Whether it counts at a moment.
  public func counts(at now: Instant) -> Bool { revokedAt == nil && now < expiresAt }
}

/// A write that a program asked for under a key of its own (`Idempotency-Key`).
public struct ProgramRequest: Hashable, Sendable {
  public let token: Int64
  public let key: Digest
  /// What was asked for, so that one key does not stand for two requests.
  public let body: Digest
  /// The record that is written.
  public let record: RecordID

  /// States what is asked for.
  public init(token: Int64, key: Digest, body: Digest, record: RecordID) {
    self.token = token
    self.key = key
    self.body = body
    self.record = record
  }
}
