public import Agreements
import Crypto
import Foundation
import Records
public import Replica

/// The people of an agency, as its node knows them: who may sign in, and in which role.
public struct People: Sendable {
  private let replica: LocalReplica
  public let policy: RolePolicy
  /// What a name that nobody has is checked against, so that it takes as long as any other.
  private let nobody: PasswordHash

  /// Reads the policy in the node's folder, or the one that every node has.
  /// - Throws: `NodeError` that names the policy's line.
  public init(_ node: LocalNode) throws {
    replica = node.replica
    policy = try node.rolePolicy()
    var generator = SystemRandomNumberGenerator()
    nobody = try PasswordHash(of: "nobody's", using: &generator)
  }

  /// The shortest password: NIST SP 800-63B asks for eight, the National Cyber Security Centre for three
  /// random words, which are longer.
  public static let shortestPassword = 12
  private static let longestPassword = 256

  /// Adds an account, or gives one a new title, role and password.
  /// - Throws: `NodeError` that says what is wrong with which of them, or `ReplicaError`.
  public func put(name: String, title: String, role: String, password: String) throws {
    guard Self.isName(name) else {
      throw NodeError("name: expected lower-case letters, digits, '.', '-' or '_', at most 64")
    }
    guard NodeConfiguration.isName(title) else {
      throw NodeError("title: expected \(NodeConfiguration.expectedName)")
    }
    guard policy.role(role) != nil else {
      let known = policy.roles.map(\.name).joined(separator: ", ")
      throw NodeError("role: expected one of \(known)")
    }
    let length = password.count
    guard length >= Self.shortestPassword, password.utf8.count <= Self.longestPassword else {
      throw NodeError(
        "password: expected at least \(Self.shortestPassword) characters; three words do well")
    }
    guard Set(password).count > 4, !password.lowercased().contains(name.lowercased()) else {
      throw NodeError(
        "password: too easy to guess; three words that do not belong together do well")
    }
    var generator = SystemRandomNumberGenerator()
    let secret = try PasswordHash(of: password, using: &generator)
    try replica.put(
      Account(
        name: name, title: title, role: role, secret: secret.bytes, createdAt: Self.now))
  }

  /// Keeps somebody from signing in; who is signed in is so no longer.
  /// - Throws: `NodeError` where there is no such account, or `ReplicaError`.
  public func disable(_ name: String) throws {
    guard let known = try replica.account(name) else {
      throw NodeError("no account \(name) here (concord account list DIR)")
    }
    try replica.put(
      Account(
        name: known.name, title: known.title, role: known.role, secret: known.secret,
        createdAt: known.createdAt, disabledAt: known.disabledAt ?? Self.now))
  }

  /// All accounts.
  /// - Throws: `ReplicaError`.
  public func accounts() throws -> [Account] { try replica.accounts() }

  /// Whether an account may be called so.
  public static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (97...122).contains(byte) || (48...57).contains(byte) || [45, 46, 95].contains(byte)
      }
  }

  /// People sign in by the clock on the wall, also where a test moves the clock of casework.
  private static var now: Instant { NodeClock().now() }
}

/// Why somebody could not sign in.
public enum SignInProblem: Error, Hashable, Sendable {
  /// Said of a wrong name and of a wrong password alike.
  case wrong
  /// Too many tries failed; how many seconds to wait.
  case wait(seconds: Int)
}

/// Signing in and out.
extension People {
  /// After this many failures of one account every further one makes it wait, twice as long each time.
  private static let failures = 5
  /// From one address, behind which a whole school may sit.
  private static let failuresOfAddress = 30
  private static let longestWait = 900

  /// Checks a name and a password. It takes a tenth of a second or more, on a thread that may block.
  /// - Returns: what the browser shows from now on, once.
  /// - Throws: `SignInProblem`, or `ReplicaError`.
  public func signIn(
    _ name: String, password: String, from address: String
  ) throws -> (token: String, account: Account) {
    let now = Self.now
    // A password that was typed in the name's place is kept nowhere.
    guard Self.isName(name) else { throw SignInProblem.wrong }
    if let seconds = try wait(for: name, from: address, at: now) {
      throw SignInProblem.wait(seconds: seconds)
    }
    let account = try replica.account(name).flatMap { $0.disabledAt == nil ? $0 : nil }
    let secret = account.map { PasswordHash($0.secret) } ?? nobody
    guard try secret.matches(password), let account else {
      try replica.noteFailedSignIn(name, from: address, at: now)
      throw SignInProblem.wrong
    }
    let token = Self.newToken()
    try replica.signIn(
      account.name, token: Self.digest(token), longest: policy.longest, at: now)
    return (token, account)
  }

  /// Who shows a token; nobody where they did nothing for too long.
  /// - Parameter isActive: whether this counts as something that they did.
  /// - Throws: `ReplicaError`.
  public func signedIn(_ token: String, isActive: Bool = true) throws -> Account? {
    try replica.signedIn(
      Self.digest(token), idle: policy.idle, longest: policy.longest, isActive: isActive,
      at: Self.now)?.account
  }

  /// Ends a session.
  /// - Throws: `ReplicaError`.
  public func signOut(_ token: String) throws { try replica.signOut(Self.digest(token)) }

  private func wait(for name: String, from address: String, at now: Instant) throws -> Int? {
    let hour = now.advanced(byMilliseconds: -3_600_000)
    let failed = try replica.failedSignIns(name, from: address, since: hour)
    func wait(_ found: (count: Int, last: Instant), from most: Int) -> Int? {
      guard found.count >= most else { return nil }
      let seconds = min(15 << min(found.count - most, 10), Self.longestWait)
      let over = (now.milliseconds - found.last.milliseconds) / 1000
      return over < seconds ? seconds - Int(over) : nil
    }
    return [
      wait(failed.account, from: Self.failures),
      wait(failed.address, from: Self.failuresOfAddress),
    ].compactMap { $0 }.max()
  }

  private static func newToken() -> String {
    SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64EncodedString()
      .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
      .replacingOccurrences(of: "=", with: "")
  }

  private static func digest(_ token: String) -> Records.Digest {
    TaggedHash.digest("concord/v1/session", Data(token.utf8))
  }
}

extension LocalNode {
  /// The agency's policy: `policy.yaml` in its folder, or else the one that every node has.
  /// - Throws: `NodeError` that names the line.
  public func rolePolicy() throws -> RolePolicy {
    let path = folder.policy
    let isThere = FileManager.default.fileExists(atPath: path)
    do {
      return isThere
        ? try RolePolicy(String(decoding: try NodeFolder.read(path), as: UTF8.self), source: path)
        : try RolePolicy(BundledTexts.roles, source: "roles.yaml")
    } catch let error as DocumentError {
      throw NodeError(error.description)
    }
  }
}
