import Agreements
import Crypto
import Foundation
import Records
import Replica
import Transport

/// A node's keys, opened for work.
struct NodeKeys: Sendable {
  /// The one with which this node signs.
  private(set) var signing: SigningKey
  /// The agency's own CA, which vouches for its nodes. A device has none.
  private(set) var authority: CertificateAuthority?
  /// Every signing key and CA that is here, oldest first; none at a device.
  let pairs: [Pair]
  let tlsKeyPEM: String
  /// What they are sealed under in the folder; nothing where they lie there in the open.
  let seal: OpenSeal?
  let secret: PrivateKeys

  /// Makes new keys and writes them to the folder.
  /// - Parameter sealsValues: whether there is to be a key ring.
  init(
    creatingIn folder: NodeFolder, _ configuration: NodeConfiguration, _ seal: OpenSeal?,
    sealsValues: Bool, now: Date
  ) throws {
    let authority = try CertificateAuthority(
      for: configuration.agency, federation: configuration.federation, now: now)
    try NodeFolder.write(authority.der, to: folder.authorityCertificate)
    try self.init(new: authority, in: folder, seal, sealsValues: sealsValues)
  }

  /// Makes a device's keys and writes them to the folder.
  init(creatingDeviceIn folder: NodeFolder, _ seal: OpenSeal?) throws(NodeError) {
    try self.init(new: nil, in: folder, seal, sealsValues: true)
  }

  private init(
    new authority: CertificateAuthority?, in folder: NodeFolder, _ seal: OpenSeal?,
    sealsValues: Bool
  ) throws(NodeError) {
    signing = SigningKey()
    self.authority = authority
    self.seal = seal
    tlsKeyPEM = CertificateAuthority.newKeyPEM()
    pairs = authority.map { [signing] in [Pair(signing: signing, authority: $0)] } ?? []
    secret = PrivateKeys(
      signing: signing.seed, tls: tlsKeyPEM, authority: authority?.keyPEM,
      ring: sealsValues ? Self.newRingKey() : nil)
    try secret.write(to: folder, seal)
  }

  /// Reads the keys.
  /// - Throws: `NodeError` that names the file.
  init(_ folder: NodeFolder, isDevice: Bool, _ unlocking: Unlocking) throws {
    (secret, seal) = try PrivateKeys.read(folder, isDevice: isDevice, unlocking)
    let isSealed = seal != nil
    guard let key = SigningKey(seed: secret.signing) else {
      throw Self.damaged(isSealed ? folder.sealedKeys : folder.signingKey, .unreadableKey)
    }
    signing = key
    tlsKeyPEM = secret.tls
    guard CertificateAuthority.isKey(tlsKeyPEM) else {
      throw Self.damaged(isSealed ? folder.sealedKeys : folder.tlsKey, .unreadableKey)
    }
    let authority = isDevice ? nil : try Self.authority(in: folder, secret, isSealed: isSealed)
    self.authority = authority
    guard let authority else {
      pairs = []
      return
    }
    let rotated = try (secret.rotated ?? []).map { pair throws(NodeError) in
      guard let opened = Pair(pair) else {
        throw Self.damaged(isSealed ? folder.sealedKeys : folder.rotatedKeys, .unreadableKey)
      }
      return opened
    }
    pairs = [Pair(signing: key, authority: authority)] + rotated
  }

  /// A signing key and a CA that stand on one card.
  struct Pair: Sendable {
    let signing: SigningKey
    let authority: CertificateAuthority

    init(signing: SigningKey, authority: CertificateAuthority) {
      self.signing = signing
      self.authority = authority
    }

    fileprivate init?(_ secret: PrivateKeys.Pair) {
      guard let signing = SigningKey(seed: secret.signing),
        let authority = try? CertificateAuthority(
          keyPEM: secret.authority, der: secret.certificate)
      else { return nil }
      self.init(signing: signing, authority: authority)
    }

    /// Its public part.
    var keys: KeyRotation.Keys {
      KeyRotation.Keys(signingKey: signing.publicKey, authority: authority.der)
    }

    var secret: PrivateKeys.Pair {
      PrivateKeys.Pair(
        signing: signing.seed, authority: authority.keyPEM, certificate: authority.der)
    }
  }

  /// The keys with the newest pair in their place that a chain has and that is here.
  func settled(by chain: KeyChain?) -> NodeKeys {
    guard let pair = chain?.links.reversed().lazy.compactMap({ pair($0.keys) }).first else {
      return self
    }
    var settled = self
    (settled.signing, settled.authority) = (pair.signing, pair.authority)
    return settled
  }

  /// What belongs to public keys, where it is here.
  func pair(_ keys: KeyRotation.Keys) -> Pair? { pairs.first { $0.keys == keys } }

  /// A new key for a key ring.
  static func newRingKey() -> Data { SymmetricKey(size: .bits256).data }

  /// The key ring of a folder and what opens it; nothing where values are not sealed.
  func sealing(in folder: NodeFolder) -> Sealing? {
    secret.ring.map { Self.sealing(with: $0, in: folder) }
  }

  /// The key ring of a folder, by its key.
  static func sealing(with ring: Data, in folder: NodeFolder) -> Sealing {
    Sealing(path: folder.keyRing, key: ring, random: SystemRandomness.bytes) {
      try NodeFolder.write($0, to: $1)
    }
  }

  private static func authority(
    in folder: NodeFolder, _ secret: PrivateKeys, isSealed: Bool
  ) throws(NodeError) -> CertificateAuthority {
    let certificate = try NodeFolder.read(folder.authorityCertificate)
    do {
      return try CertificateAuthority(keyPEM: secret.authority ?? "", der: certificate)
    } catch {
      switch error {
      case .unreadableKey:
        throw damaged(isSealed ? folder.sealedKeys : folder.authorityKey, error)
      case .unreadableCertificate, .noAuthority:
        throw damaged(folder.authorityCertificate, error)
      case .keyMismatch, .otherKey, .otherNode: throw damaged(folder.keys, error)
      }
    }
  }

  private static func damaged(_ path: String, _ error: IdentityError) -> NodeError {
    NodeError("\(path) is damaged: restore it from a backup (\(error))")
  }
}
