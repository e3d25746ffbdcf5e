import Crypto
public import Foundation
import Records

/// Under what private keys or a backup are sealed: how the key comes from a secret that somebody keeps
/// elsewhere. It stands in the open at the head of what is sealed.
public struct Seal: Hashable, Sendable {
  /// What kind of secret it takes.
  public enum Kind: UInt8, Sendable {
    /// Typed by a person: stretched with scrypt.
    case passphrase = 1
    /// A file of at least 32 random bytes, for a node that starts by itself.
    case keyFile = 2
    /// The same, passed by systemd in a folder that only the service can read.
    case credential = 3
  }

  public let kind: Kind
  /// The key file's path, or the credential's name; empty for a passphrase.
  public let name: String
  let salt: Data
  /// Tells a wrong secret from damage.
  let check: Data

  /// Bytes of a secret that no person typed.
  static let secretBytes = 32

  /// The head's parts, in the order in which they are written.
  var parts: [Data] { [Data([kind.rawValue]), Data(name.utf8), salt, check] }

  /// Reads the head; nothing where it is none.
  init?(parts: some Collection<Data>) {
    let parts = Array(parts)
    guard parts.count == 4, parts[0].count == 1, let kind = Kind(rawValue: parts[0][0]),
      let name = String(validating: parts[1], as: UTF8.self), parts[2].count == Self.saltBytes,
      parts[3].count == Self.checkBytes
    else { return nil }
    (self.kind, self.name, salt, check) = (kind, name, parts[2], parts[3])
  }

  fileprivate init(kind: Kind, name: String, salt: Data, check: Data) {
    (self.kind, self.name, self.salt, self.check) = (kind, name, salt, check)
  }

  static let saltBytes = 16
  static let checkBytes = 16
}

/// A seal and the key that opens it.
public struct OpenSeal: Sendable {
  public let seal: Seal
  let key: SymmetricKey

  /// A new seal.
  /// - Parameter name: the key file's path, or the credential's name.
  /// - Throws: `NodeError` where the secret is too short.
  public init(new kind: Seal.Kind, name: String = "", secret: Data) throws(NodeError) {
    let salt = SymmetricKey(size: .bits128).data
    key = try Self.derive(kind, name, secret, salt)
    seal = Seal(kind: kind, name: name, salt: salt, check: Self.check(key))
  }

  /// Opens a seal; nothing where the secret is another.
  /// - Throws: `NodeError` where the secret is too short to be one.
  init?(_ seal: Seal, secret: Data) throws(NodeError) {
    self.init(seal, key: try Self.derive(seal.kind, seal.name, secret, seal.salt))
  }

  /// Opens a seal with a key that was derived before; nothing where it is another's.
  init?(_ seal: Seal, key: SymmetricKey) {
    guard Self.check(key) == seal.check else { return nil }
    (self.seal, self.key) = (seal, key)
  }

  private static func derive(
    _ kind: Seal.Kind, _ name: String, _ secret: Data, _ salt: Data
  ) throws(NodeError) -> SymmetricKey {
    guard kind != .passphrase else {
      let typed = String(decoding: secret, as: UTF8.self)
      guard typed.count >= shortest else {
        throw NodeError("a passphrase has at least \(shortest) characters")
      }
      return SymmetricKey(data: try PasswordHash.derive(typed, salt))
    }
    guard secret.count >= Seal.secretBytes else {
      throw NodeError(
        "\(name) has \(secret.count) bytes: a key has at least \(Seal.secretBytes), made by a machine "
          + "(head -c 32 /dev/urandom > FILE)")
    }
    return HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: secret), salt: salt, info: Data("concord/v1/seal".utf8),
      outputByteCount: 32)
  }

  private static func check(_ key: SymmetricKey) -> Data {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: key, info: Data("concord/v1/seal/check".utf8),
      outputByteCount: Seal.checkBytes
    ).data
  }

  private static let shortest = 12
}

extension SymmetricKey {
  /// The key's bytes.
  var data: Data { withUnsafeBytes { Data($0) } }
}
