import Foundation
import Records
import Transport

/// A node's private keys, as they lie in its folder.
struct NodeKeys: Sendable {
  let signing: SigningKey
  /// The agency's own CA. A device has none.
  let authority: CertificateAuthority?
  let tlsKeyPEM: String

  /// Makes new keys and writes them to the folder.
  init(creatingIn folder: NodeFolder, _ configuration: NodeConfiguration, now: Date) throws {
    signing = SigningKey()
    let authority = try CertificateAuthority(
      for: configuration.agency, federation: configuration.federation, now: now)
    self.authority = authority
    tlsKeyPEM = CertificateAuthority.newKeyPEM()
    try NodeFolder.write(
      Data(signing.seed.base64EncodedString().utf8), to: folder.signingKey)
    try NodeFolder.write(Data(authority.keyPEM.utf8), to: folder.authorityKey)
    try NodeFolder.write(authority.der, to: folder.authorityCertificate)
    try NodeFolder.write(Data(tlsKeyPEM.utf8), to: folder.tlsKey)
  }

  /// Makes a device's keys and writes them to the folder.
  init(creatingDeviceIn folder: NodeFolder) throws(NodeError) {
    signing = SigningKey()
    authority = nil
    tlsKeyPEM = CertificateAuthority.newKeyPEM()
    try NodeFolder.write(Data(signing.seed.base64EncodedString().utf8), to: folder.signingKey)
    try NodeFolder.write(Data(tlsKeyPEM.utf8), to: folder.tlsKey)
  }

  /// Reads the keys.
  /// - Throws: `NodeError` that names the file.
  init(_ folder: NodeFolder, isDevice: Bool) throws(NodeError) {
    let text = String(decoding: try NodeFolder.read(folder.signingKey), as: UTF8.self)
    guard let seed = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)),
      let key = SigningKey(seed: seed)
    else { throw NodeError("\(folder.signingKey) is damaged: restore it from a backup") }
    signing = key
    tlsKeyPEM = String(decoding: try NodeFolder.read(folder.tlsKey), as: UTF8.self)
    guard CertificateAuthority.isKey(tlsKeyPEM) else {
      throw Self.damaged(folder.tlsKey, .unreadableKey)
    }
    authority = isDevice ? nil : try Self.authority(in: folder)
  }

  private static func authority(
    in folder: NodeFolder
  ) throws(NodeError) -> CertificateAuthority {
    let keyPEM = String(decoding: try NodeFolder.read(folder.authorityKey), as: UTF8.self)
    let certificate = try NodeFolder.read(folder.authorityCertificate)
    do {
      return try CertificateAuthority(keyPEM: keyPEM, der: certificate)
    } catch {
      switch error {
      case .unreadableKey: throw damaged(folder.authorityKey, error)
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
