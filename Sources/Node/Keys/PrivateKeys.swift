import Crypto
import Foundation
import Records

/// The secret part of a node's keys, and how it lies in the folder: in one sealed file, or in a plain file for
/// each that only its owner can read. While the sealed file is there, it counts.
struct PrivateKeys: Codable, Hashable, Sendable {
  /// The Ed25519 seed, 32 bytes.
  var signing: Data
  /// The TLS key, PEM.
  var tls: String
  /// The CA's key, PEM; a device has none.
  var authority: String?
  /// The key that seals the key ring, 32 bytes.
  var ring: Data?
  /// What took the place of the first signing key and CA, oldest first. Which of all counts, the rotations in the
  /// replica say: until a rotation is there, what was made for it counts for nothing.
  var rotated: [Pair]?

  /// A signing key and a CA that stand on one card.
  struct Pair: Codable, Hashable, Sendable {
    /// The Ed25519 seed, 32 bytes.
    let signing: Data
    /// The CA's key, PEM.
    let authority: String
    /// The CA's certificate, DER.
    let certificate: Data
  }

  /// The plain files: where each lies, and what it holds.
  private func files(in folder: NodeFolder) -> [(path: String, content: Data)] {
    var files = [
      (folder.signingKey, Data(signing.base64EncodedString().utf8)),
      (folder.tlsKey, Data(tls.utf8)),
    ]
    if let authority { files.append((folder.authorityKey, Data(authority.utf8))) }
    if let ring { files.append((folder.ringKey, Data(ring.base64EncodedString().utf8))) }
    if let rotated, let pairs = try? Self.encoder.encode(rotated) {
      files.append((folder.rotatedKeys, pairs))
    }
    return files
  }

  /// Reads plain files.
  private init(plain folder: NodeFolder, isDevice: Bool) throws(NodeError) {
    signing = try Self.base64(folder.signingKey)
    tls = String(decoding: try NodeFolder.readPrivate(folder.tlsKey), as: UTF8.self)
    authority =
      isDevice
      ? nil : String(decoding: try NodeFolder.readPrivate(folder.authorityKey), as: UTF8.self)
    ring = access(folder.ringKey, F_OK) == 0 ? try Self.base64(folder.ringKey) : nil
    guard access(folder.rotatedKeys, F_OK) == 0 else { return }
    let pairs = try NodeFolder.readPrivate(folder.rotatedKeys)
    guard let read = try? JSONDecoder().decode([Pair].self, from: pairs) else {
      throw NodeError("\(folder.rotatedKeys) is damaged: restore it from a backup")
    }
    rotated = read
  }

  init(signing: Data, tls: String, authority: String?, ring: Data?) {
    (self.signing, self.tls, self.authority, self.ring) = (signing, tls, authority, ring)
  }

  /// The same keys give the same bytes: an interrupted sealing is told by them.
  private static let encoder: JSONEncoder = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return encoder
  }()

  private static func base64(_ path: String) throws(NodeError) -> Data {
    let text = String(decoding: try NodeFolder.readPrivate(path), as: UTF8.self)
    guard let bytes = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)),
      bytes.count == 32
    else { throw NodeError("\(path) is damaged: restore it from a backup") }
    return bytes
  }
}

extension PrivateKeys {
  /// Reads a folder's keys.
  /// - Returns: what they are sealed under, too; nothing where they lie there in the open.
  /// - Throws: `NodeError` that names the file and what to do.
  static func read(
    _ folder: NodeFolder, isDevice: Bool, _ unlocking: Unlocking
  ) throws -> (keys: PrivateKeys, seal: OpenSeal?) {
    try folder.checkKeysArePrivate()
    guard let sealed = try SealedKeys(folder) else {
      return (try PrivateKeys(plain: folder, isDevice: isDevice), nil)
    }
    let seal = try unlocking.open(sealed.seal, of: folder.sealedKeys, running: folder)
    let keys = try sealed.keys(seal)
    try keys.finishSealing(in: folder)
    return (keys, seal)
  }

  /// Under what a folder's keys are sealed.
  static func seal(of folder: NodeFolder) throws(NodeError) -> Seal? {
    try SealedKeys(folder)?.seal
  }

  /// Writes the keys, sealed or plain, each file whole or not at all.
  func write(to folder: NodeFolder, _ seal: OpenSeal?) throws(NodeError) {
    if let seal {
      try NodeFolder.write(try SealedKeys.bytes(self, seal), to: folder.sealedKeys)
      for file in files(in: folder) { try NodeFolder.shred(file.path) }
    } else {
      for file in files(in: folder) { try NodeFolder.write(file.content, to: file.path) }
      // While it is there it counts: only now the plain ones do.
      try NodeFolder.shred(folder.sealedKeys)
    }
  }

  /// Sealing or unsealing that was interrupted leaves both: the plain files go.
  private func finishSealing(in folder: NodeFolder) throws(NodeError) {
    for file in files(in: folder) where access(file.path, F_OK) == 0 {
      guard try NodeFolder.read(file.path) == file.content else {
        throw NodeError(
          "\(file.path) is another key than the one in \(folder.sealedKeys), which counts: take it away"
        )
      }
      try NodeFolder.shred(file.path)
    }
  }
}

/// The file in which private keys lie sealed: a head that says under what, and one box.
private struct SealedKeys {
  let seal: Seal
  private let box: Data
  private let path: String

  private static let tag = "concord/v1/keys"

  /// Nothing where the folder has none.
  init?(_ folder: NodeFolder) throws(NodeError) {
    path = folder.sealedKeys
    guard access(path, F_OK) == 0 else { return nil }
    guard let parts = TaggedHash.parts(of: try NodeFolder.readPrivate(path)), parts.count == 6,
      parts[0] == Data(Self.tag.utf8), let seal = Seal(parts: parts[1...4])
    else { throw Self.damaged(path) }
    (self.seal, box) = (seal, parts[5])
  }

  func keys(_ open: OpenSeal) throws(NodeError) -> PrivateKeys {
    guard let sealed = try? AES.GCM.SealedBox(combined: box),
      let bytes = try? AES.GCM.open(sealed, using: open.key, authenticating: Self.head(seal)),
      let keys = try? JSONDecoder().decode(PrivateKeys.self, from: bytes)
    else { throw Self.damaged(path) }
    return keys
  }

  static func bytes(_ keys: PrivateKeys, _ open: OpenSeal) throws(NodeError) -> Data {
    guard let content = try? JSONEncoder().encode(keys),
      let box = try? AES.GCM.seal(content, using: open.key, authenticating: head(open.seal))
        .combined
    else { throw NodeError("the keys could not be sealed") }
    let parts = open.seal.parts
    return TaggedHash.message(tag, parts[0], parts[1], parts[2], parts[3], box)
  }

  private static func head(_ seal: Seal) -> Data {
    let parts = seal.parts
    return TaggedHash.message(tag, parts[0], parts[1], parts[2], parts[3])
  }

  private static func damaged(_ path: String) -> NodeError {
    NodeError("\(path) is damaged: restore it from a backup")
  }
}
