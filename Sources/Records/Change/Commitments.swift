import Crypto
public import FoundationEssentials

/// What the author keeps of a change: salts and decoys derive from it, so that whoever holds all
/// writes and the secret can rebuild the commitments instead of storing them.
public struct ChangeSecret: Hashable, Sendable {
  /// 32 bytes. Never logged, never sent.
  public let bytes: Data

  /// Nothing where the bytes are not 32.
  public init?(_ bytes: Data) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// Draws a new secret.
  public init(using generator: inout some RandomNumberGenerator) {
    bytes = .random(count: 32, using: &generator)
  }

  /// The 16-byte salt of a write, from the write's own bytes.
  func salt(for write: Data) -> Data {
    Data(code(TaggedHash.message(Tag.salt, write)).prefix(16))
  }

  func decoy(_ index: Int) -> Data {
    var number = Data()
    number.append(bigEndian: UInt32(truncatingIfNeeded: index))
    return code(TaggedHash.message(Tag.decoy, number))
  }

  private func code(_ message: Data) -> Data {
    Data(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: bytes)))
  }
}

enum Commitments {
  static let smallest = 8

  /// The writes' commitments with at least one decoy, padded to a power of two and sorted.
  static func padded(_ writes: [WriteID], secret: ChangeSecret) -> [WriteID] {
    var size = smallest
    while size < writes.count + 1 { size *= 2 }
    let decoys = (0..<(size - writes.count)).compactMap { WriteID(secret.decoy($0)) }
    return (writes + decoys).sorted()
  }
}
