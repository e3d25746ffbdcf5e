public import FoundationEssentials
public import Records

/// Somebody who may sign in at this node. Accounts never leave it.
public struct Account: Hashable, Sendable {
  /// What they type to sign in.
  public let name: String
  /// As others of the agency know them.
  public let title: String
  /// A role of the agency's policy.
  public let role: String
  /// What their password is checked against: never the password.
  public let secret: Data
  public let createdAt: Instant
  /// From when on they may not sign in any more.
  public let disabledAt: Instant?

  /// States an account.
  public init(
    name: String, title: String, role: String, secret: Data, createdAt: Instant,
    disabledAt: Instant? = nil
  ) {
    self.name = name
    self.title = title
    self.role = role
    self.secret = secret
    self.createdAt = createdAt
    self.disabledAt = disabledAt
  }
}

/// Somebody who is signed in.
public struct SignedIn: Hashable, Sendable {
  public let account: Account
  public let begunAt: Instant
  public let seenAt: Instant
}
