import Crypto
public import FoundationEssentials

/// The one way in which Concord hashes: SHA-256 over length-prefixed parts, the first of them a tag
/// that says what is being hashed, so that no digest can be passed off as one of another kind.
public enum TaggedHash {
  /// SHA-256 over the tag and the parts, each behind its length in four bytes, big-endian.
  public static func digest(_ tag: String, _ parts: Data...) -> Digest {
    var hash = SHA256()
    update(&hash, Data(tag.utf8))
    for part in parts { update(&hash, part) }
    return Digest(storage: hash.finalize().withUnsafeBytes { Bytes32(reading: $0) })
  }

  /// The bytes that a signature covers: tag and parts, each behind its length.
  public static func message(_ tag: String, _ parts: Data...) -> Data {
    var message = Data()
    for part in [Data(tag.utf8)] + parts {
      message.append(bigEndian: UInt32(truncatingIfNeeded: part.count))
      message.append(part)
    }
    return message
  }

  /// The tag and parts of a message; nothing where the bytes are none.
  public static func parts(of message: Data) -> [Data]? {
    var parts: [Data] = []
    var rest = message[...]
    while !rest.isEmpty {
      guard rest.count >= 4 else { return nil }
      let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard rest.count >= count else { return nil }
      parts.append(Data(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return parts
  }

  /// SHA-256 over a prefix byte and raw parts, for the nodes of a Merkle tree (after RFC 6962).
  static func node(prefix: UInt8, _ parts: Data...) -> Data {
    var hash = SHA256()
    hash.update(data: [prefix])
    for part in parts { hash.update(data: part) }
    return Data(hash.finalize())
  }

  private static func update(_ hash: inout SHA256, _ part: Data) {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: part.count).bigEndian) {
      hash.update(bufferPointer: $0)
    }
    hash.update(data: part)
  }
}
