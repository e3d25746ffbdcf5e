import Foundation
import Replica
import Transport

extension LocalNode {
  /// Under what the keys are sealed; nothing where they lie in the open.
  public var keySeal: Seal? { keys.seal?.seal }

  /// Seals the keys anew, or keeps them in the open.
  /// - Throws: `NodeError` where they cannot be written; they are as before then.
  public func sealKeys(under seal: OpenSeal?) throws { try keys.secret.write(to: folder, seal) }

  /// Takes up a new TLS key, from the next start on. Others trust the CA and not the key: what runs goes on with the
  /// old one meanwhile, and nobody has to be told.
  /// - Throws: `NodeError` at a device, whose certificate is for the key that it has.
  public func rotateTLSKey() throws {
    _ = try authority()
    var secret = keys.secret
    secret.tls = CertificateAuthority.newKeyPEM()
    try secret.write(to: folder, keys.seal)
  }

  /// Seals the values of a node that was made without a key ring, or before there were any; where nothing runs on
  /// the folder, as what runs would go on writing in the open.
  /// - Returns: how many records.
  /// - Throws: `NodeError` where a node runs on the folder.
  public func sealRecords() throws -> Int {
    guard let lock = try RunLock(at: folder.lock) else {
      throw NodeError("a node runs on \(folder.path): stop it first")
    }
    let count = Result { try sealAllRecords() }
    _ = consume lock
    return try count.get()
  }

  private func sealAllRecords() throws -> Int {
    guard keys.secret.ring == nil else { return try replica.sealRecords() }
    var secret = keys.secret
    let ring = NodeKeys.newRingKey()
    secret.ring = ring
    try secret.write(to: folder, keys.seal)
    let sealing = NodeKeys.sealing(with: ring, in: folder)
    return try LocalReplica(path: folder.replica, me: configuration.node, sealing: sealing)
      .sealRecords()
  }

  /// Under what a folder's keys are sealed, without opening them.
  /// - Throws: `NodeError` where the file is damaged.
  public static func keySeal(in folder: NodeFolder) throws -> Seal? {
    try PrivateKeys.seal(of: folder)
  }
}
