import Crypto
public import FoundationEssentials

/// An author's private Ed25519 key (RFC 8032), kept ready for use.
public struct SigningKey: Sendable {
  private let key: Curve25519.Signing.PrivateKey
  /// Bytes of every signature.
  public static let signatureBytes = 64
  /// The public half.
  public let publicKey: VerifyingKey

  /// Makes a new key from the system's randomness.
  public init() { self.init(Curve25519.Signing.PrivateKey()) }

  /// Reads the 32 bytes of a seed; nothing where they are not 32.
  public init?(seed: Data) {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
    self.init(key)
  }

  private init(_ key: Curve25519.Signing.PrivateKey) {
    self.key = key
    publicKey = VerifyingKey(key.publicKey)
  }

  /// The 32 secret bytes, to be written to a key file and nowhere else.
  public var seed: Data { key.rawRepresentation }
  /// The public half's identity.
  public var id: KeyID { publicKey.id }

  /// Signs a message made by `TaggedHash.message`.
  public func sign(_ message: Data) throws -> Data { try key.signature(for: message) }
}

/// An author's public Ed25519 key.
public struct VerifyingKey: Sendable, Hashable {
  private let key: Curve25519.Signing.PublicKey
  /// The key's 32 bytes.
  public let bytes: Data
  /// The first 16 bytes of the key's tagged digest.
  public let id: KeyID

  /// Nothing where the bytes are no Ed25519 public key.
  public init?(_ bytes: Data) {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return nil }
    self.init(key)
  }

  fileprivate init(_ key: Curve25519.Signing.PublicKey) {
    self.key = key
    bytes = key.rawRepresentation
    id = KeyID(digest: TaggedHash.digest(Tag.key, bytes))
  }

  /// Whether the signature is this key's over exactly this message.
  public func isValid(_ signature: Data, for message: Data) -> Bool {
    key.isValidSignature(signature, for: message)
  }

  public static func == (left: VerifyingKey, right: VerifyingKey) -> Bool {
    left.bytes == right.bytes
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

/// The tags of everything that is hashed or signed in this room. SPEC.md lists them.
enum Tag {
  static let key = "concord/v1/key"
  static let change = "concord/v1/change"
  static let write = "concord/v1/write"
  static let salt = "concord/v1/salt"
  static let decoy = "concord/v1/decoy"
  static let direct = "concord/v1/proof/direct"
  static let batched = "concord/v1/proof/batched"
  static let admission = "concord/v1/admission"
}
