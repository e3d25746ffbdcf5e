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

  /// What derives from it, the secret being taken in once for all of a change.
  var codes: Codes { Codes(keyed: HMAC(key: SymmetricKey(data: bytes))) }

  /// Salts and decoys of one change: HMAC-SHA-256 (RFC 2104) under its secret.
  struct Codes {
    fileprivate let keyed: HMAC<SHA256>

    /// The 16-byte salt of a write, from the write's own bytes.
    func salt(for write: Data) -> Data {
      var message = TaggedMessage(Tag.salt, capacity: 4 + write.count)
      message.append(write)
      return code(message).first.data
    }

    func decoy(_ index: Int) -> WriteID {
      var number = Data()
      number.append(bigEndian: UInt32(truncatingIfNeeded: index))
      var message = TaggedMessage(Tag.decoy, capacity: 8)
      message.append(number)
      return WriteID(storage: code(message))
    }

    private func code(_ message: TaggedMessage) -> Bytes32 {
      var code = keyed
      code.update(data: message.bytes)
      return code.finalize().withUnsafeBytes { Bytes32(reading: $0) }
    }
  }
}

enum Commitments {
  static let smallest = 8

  /// The writes' commitments with at least one decoy, padded to a power of two and sorted.
  static func padded(_ writes: [WriteID], _ codes: ChangeSecret.Codes) -> [WriteID] {
    var size = smallest
    while size < writes.count + 1 { size *= 2 }
    let decoys = (0..<(size - writes.count)).map(codes.decoy)
    return (writes + decoys).sorted()
  }
}
