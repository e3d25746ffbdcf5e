import Crypto
public import FoundationEssentials

/// The one way in which Concord hashes: SHA-256 over length-prefixed parts, the first of them a tag
/// that says what is being hashed, so that no digest can be passed off as one of another kind.
public enum TaggedHash {
  /// SHA-256 over the tag and the parts, each behind its length in four bytes, big-endian.
  public static func digest(_ tag: String, _ parts: Data...) -> Digest {
    var hash = SHA256()
    func update(length: Int) {
      withUnsafeBytes(of: UInt32(truncatingIfNeeded: length).bigEndian) {
        hash.update(bufferPointer: $0)
      }
    }
    var tag = tag
    tag.withUTF8 {
      update(length: $0.count)
      hash.update(bufferPointer: UnsafeRawBufferPointer($0))
    }
    for part in parts {
      update(length: part.count)
      part.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return Digest(storage: hash.finalize().withUnsafeBytes { Bytes32(reading: $0) })
  }

  /// The bytes that a signature covers: tag and parts, each behind its length.
  public static func message(_ tag: String, _ parts: Data...) -> Data {
    var message = TaggedMessage(tag, capacity: parts.reduce(0) { $0 + 4 + $1.count })
    for part in parts { message.append(part) }
    return Data(message.bytes)
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

  /// The node above two others in a Merkle tree (after RFC 6962): SHA-256 over 1 and both.
  static func node(_ left: Bytes32, _ right: Bytes32) -> Bytes32 {
    withUnsafeTemporaryAllocation(byteCount: 1 + 2 * Bytes32.byteCount, alignment: 1) { node in
      node[0] = 1
      left.write(to: node, at: 1)
      right.write(to: node, at: 1 + Bytes32.byteCount)
      return SHA256.hash(data: UnsafeRawBufferPointer(node)).withUnsafeBytes {
        Bytes32(reading: $0)
      }
    }
  }

  /// A leaf of a Merkle tree (after RFC 6962): SHA-256 over 0, a salt and a header.
  static func leaf(salt: Bytes16, header: Data) -> Bytes32 {
    var hash = SHA256()
    withUnsafeTemporaryAllocation(byteCount: 1 + Bytes16.byteCount, alignment: 1) { start in
      start[0] = 0
      salt.write(to: start, at: 1)
      hash.update(bufferPointer: UnsafeRawBufferPointer(start))
    }
    hash.update(data: header)
    return hash.finalize().withUnsafeBytes { Bytes32(reading: $0) }
  }
}

/// What is hashed or signed, put together in one piece: each step into the library, and each small piece of
/// memory, costs more than the hashing itself.
package struct TaggedMessage {
  package private(set) var bytes: [UInt8] = []

  /// - Parameter capacity: the bytes of the parts, with four more for the length of each.
  package init(_ tag: String, capacity: Int) {
    bytes.reserveCapacity(4 + tag.utf8.count + capacity)
    append(tag)
  }

  package mutating func append(_ part: Data) {
    appendLength(part.count)
    part.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  package mutating func append(_ part: String) {
    var part = part
    part.withUTF8 { utf8 in
      appendLength(utf8.count)
      bytes.append(contentsOf: utf8)
    }
  }

  package mutating func append(_ part: Bytes16) {
    appendLength(Bytes16.byteCount)
    append(words: part)
  }

  package mutating func append(_ part: Bytes32) { append(joined: CollectionOfOne(part)) }

  /// One part, of digests one after another.
  package mutating func append(joined parts: some Collection<Bytes32>) {
    appendLength(parts.count * Bytes32.byteCount)
    for part in parts {
      append(words: part.first)
      append(words: part.second)
    }
  }

  /// One part, of messages one after another.
  package mutating func append(joined parts: [[UInt8]]) {
    appendLength(parts.reduce(0) { $0 + $1.count })
    for part in parts { bytes += part }
  }

  package mutating func append(_ number: UInt64) {
    appendLength(8)
    append(word: number)
  }

  /// SHA-256 over all of it.
  package var digest: Digest {
    Digest(storage: SHA256.hash(data: bytes).withUnsafeBytes { Bytes32(reading: $0) })
  }

  private mutating func appendLength(_ count: Int) {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: count).bigEndian) {
      bytes.append(contentsOf: $0)
    }
  }

  private mutating func append(words: Bytes16) {
    withUnsafeBytes(of: (words.high.bigEndian, words.low.bigEndian)) {
      bytes.append(contentsOf: $0)
    }
  }

  private mutating func append(word: UInt64) {
    withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
  }
}
