import Foundation

extension LocalNode {
  /// Under what the keys are sealed; nothing where they lie in the open.
  public var keySeal: Seal? { keys.seal?.seal }

  /// Seals the keys anew, or keeps them in the open.
  /// - Throws: `NodeError` where they cannot be written; they are as before then.
  public func sealKeys(under seal: OpenSeal?) throws { try keys.secret.write(to: folder, seal) }

  /// Under what a folder's keys are sealed, without opening them.
  /// - Throws: `NodeError` where the file is damaged.
  public static func keySeal(in folder: NodeFolder) throws -> Seal? {
    try PrivateKeys.seal(of: folder)
  }
}
