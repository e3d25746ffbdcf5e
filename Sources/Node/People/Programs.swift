import Agreements
import Crypto
import Foundation
import Records
public import Replica

/// What a token of a program may be used for.
public enum TokenScope: String, Hashable, Sendable, CaseIterable {
  /// The node's agreement, links and warnings.
  case status
  /// Records, their history and conflicts, and who can see what of them.
  case recordsRead = "records:read"
  /// New records, and new values.
  case recordsWrite = "records:write"
  /// What waits.
  case notificationsRead = "notifications:read"
  /// Issuing, opening, answering and taking back.
  case notificationsWrite = "notifications:write"
  /// What was kept aside.
  case quarantineRead = "quarantine:read"

  /// Whether it leads to records, which are shown to a role.
  public var needsRole: Bool { self != .status && self != .quarantineRead }
}

/// Why a token is not taken. Whoever shows it is told none of this: the audit is.
public enum TokenProblem: Error, Hashable, Sendable {
  /// No token of this node, or none at all.
  case unknown
  case expired(ProgramToken)
  case revoked(ProgramToken)
}

/// The programs of an agency that ask its node over the HTTP API: each shows a token, which an administrator gave
/// it. Tokens live on the real clock, as sessions do.
public struct Programs: Sendable {
  private let node: LocalNode

  /// Programs of a node.
  public init(_ node: LocalNode) { self.node = node }

  /// What every token begins with, so that one that lies where it should not is recognised.
  public static let prefix = "concord_"
  /// For how many days a token counts at most, and where nothing else is said.
  public static let longestDays = 365
  private static let secretBytes = 32

  /// Gives a program a token.
  /// - Parameters:
  ///   - name: what the program is called, in the audit and as whoever wrote.
  ///   - role: as whom it sees and writes records.
  ///   - person: who gives it, for the audit.
  /// - Returns: the token, which is kept nowhere, and what is kept of it.
  /// - Throws: `NodeError` that says what is wrong with which of them, or `ReplicaError`.
  public func add(
    _ name: String, scopes: Set<TokenScope>, role: String?, days: Int = longestDays,
    by person: String? = nil
  ) throws -> (token: String, kept: ProgramToken) {
    try check(name, scopes, role: role, days: days)
    let secret = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
    let text = secret.base64EncodedString().replacingOccurrences(of: "+", with: "-")
      .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    let now = Self.now
    let id = try node.replica.addToken(
      Self.digest(text), name: name, role: role, scopes: Set(scopes.map(\.rawValue)), from: now,
      until: now.advanced(byMilliseconds: Int64(days) * 86_400_000))
    guard let kept = try node.replica.token(id) else {
      throw NodeError("the token could not be kept: nothing was given")
    }
    let scoped = kept.scopes.sorted().joined(separator: " ")
    try node.audit(
      "issued-token", by: person,
      detail: "\(kept.actor), \(role ?? "no role"), \(scoped), until \(kept.expiresAt)")
    return ("\(Self.prefix)\(id)_\(text)", kept)
  }

  /// All tokens, also those that count no more.
  /// - Throws: `ReplicaError`.
  public func tokens() throws -> [ProgramToken] { try node.replica.tokens() }

  /// Takes a token back, at once.
  /// - Parameter person: who does, for the audit.
  /// - Throws: `NodeError` where there is none that counts, or `ReplicaError`.
  public func revoke(_ id: Int64, by person: String? = nil) throws {
    guard let kept = try node.replica.token(id), try node.replica.revokeToken(id, at: Self.now)
    else { throw NodeError("no token \(id) that counts (concord token list DIR)") }
    try node.audit("revoked-token", by: person, detail: kept.actor)
  }

  /// Whose token this is. It is noted, at most once a minute, that it was used.
  /// - Throws: `TokenProblem`, or `ReplicaError`.
  public func check(_ token: String) throws -> ProgramToken {
    let (id, secret) = Self.parts(of: token)
    let found = try id.flatMap(node.replica.token)
    // Compared with something in any case: whether a token has this number must not show in the time.
    let matches = Self.digest(secret).isEqual(to: found?.digest ?? Self.digest(""))
    guard matches, let found else { throw TokenProblem.unknown }
    let now = Self.now
    if found.revokedAt != nil { throw TokenProblem.revoked(found) }
    guard found.counts(at: now) else { throw TokenProblem.expired(found) }
    if found.usedAt.map({ now.milliseconds - $0.milliseconds > 60_000 }) ?? true {
      try node.replica.noteUse(ofToken: found.id, at: now)
    }
    return found
  }

  private func check(
    _ name: String, _ scopes: Set<TokenScope>, role: String?, days: Int
  ) throws {
    guard People.isName(name) else {
      throw NodeError("name: expected lower-case letters, digits, '.', '-' or '_', at most 64")
    }
    guard !scopes.isEmpty else { throw NodeError("scope: expected at least one") }
    guard (1...Self.longestDays).contains(days) else {
      throw NodeError("days: expected 1 to \(Self.longestDays)")
    }
    let policy = try node.rolePolicy()
    let known = policy.roles.map(\.name).joined(separator: ", ")
    if let role, policy.role(role) == nil { throw NodeError("role: expected one of \(known)") }
    if role == nil, let scope = scopes.filter(\.needsRole).map(\.rawValue).min() {
      throw NodeError("role: \(scope) leads to records, which are shown to a role: one of \(known)")
    }
  }

  private static func parts(of token: String) -> (id: Int64?, secret: String) {
    let rest = token.hasPrefix(prefix) ? token.dropFirst(prefix.count) : ""
    let parts = rest.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].utf8.count == (secretBytes * 8 + 5) / 6 else {
      return (nil, "")
    }
    return (Int64(parts[0]), String(parts[1]))
  }

  private static func digest(_ secret: String) -> Records.Digest {
    TaggedHash.digest("concord/v1/token", Data(secret.utf8))
  }

  private static var now: Instant { NodeClock().now() }
}

extension Records.Digest {
  /// Compares in constant time: how far two digests agree must not show.
  fileprivate func isEqual(to other: Records.Digest) -> Bool {
    zip(bytes, other.bytes).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

extension ProgramToken {
  /// What stands in the audit for the program. No account can be called so.
  public var actor: String { "\(name):\(id)" }

  /// Whether it may be used for something.
  public func may(_ scope: TokenScope) -> Bool { scopes.contains(scope.rawValue) }
}
