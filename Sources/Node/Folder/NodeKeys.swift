import Foundation
import Records
import Transport

/// A node's private keys, as they lie in its folder.
struct NodeKeys: Sendable {
  let signing: SigningKey
  let authority: CertificateAuthority
  let tlsKeyPEM: String

  /// Makes new keys and writes them to the folder.
  init(creatingIn folder: NodeFolder, _ configuration: NodeConfiguration, now: Date) throws {
    signing = SigningKey()
    authority = try CertificateAuthority(
      for: configuration.agency, federation: configuration.federation, now: now)
    tlsKeyPEM = CertificateAuthority.newKeyPEM()
    try NodeFolder.write(
      Data(signing.seed.base64EncodedString().utf8), to: folder.signingKey)
    try NodeFolder.write(Data(authority.keyPEM.utf8), to: folder.authorityKey)
    try NodeFolder.write(authority.der, to: folder.authorityCertificate)
    try NodeFolder.write(Data(tlsKeyPEM.utf8), to: folder.tlsKey)
  }

  /// Reads the keys.
  /// - Throws: `NodeError` that names the file.
  init(_ folder: NodeFolder) throws(NodeError) {
    let text = String(decoding: try NodeFolder.read(folder.signingKey), as: UTF8.self)
    guard let seed = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)),
      let key = SigningKey(seed: seed)
    else { throw NodeError("\(folder.signingKey) is damaged: restore it from a backup") }
    signing = key
    tlsKeyPEM = String(decoding: try NodeFolder.read(folder.tlsKey), as: UTF8.self)
    do {
      authority = try CertificateAuthority(
        keyPEM: String(decoding: try NodeFolder.read(folder.authorityKey), as: UTF8.self),
        der: try NodeFolder.read(folder.authorityCertificate))
    } catch {
      throw NodeError("\(folder.keys) is damaged: restore it from a backup (\(error))")
    }
  }
}
