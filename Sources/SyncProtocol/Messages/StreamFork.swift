public import FoundationEssentials
public import Records
import SwiftProtobuf

/// Portable proof that a node signed two streams under one epoch: two heads for one sequence number.
///
/// The second head need not be signed where the two part: the chain from there to one that is signed
/// binds it, since a head is a digest over the one before and the entry.
public struct StreamFork: Hashable, Sendable {
  /// Which direction of which link.
  public let stream: StreamName
  /// The head that was signed for the sequence number where the two differ.
  public let first: StreamPosition
  /// The sender's signature over it.
  public let firstSignature: Data
  /// The other stream's head for the same sequence number.
  public let secondHead: Digest
  /// The digests of the other stream's entries from there to where it was signed.
  public let entries: [Digest]
  /// The sender's signature over the other stream's last head.
  public let secondSignature: Data

  /// States two heads; nothing where they are one.
  public init?(
    _ stream: StreamName, first: StreamPosition, signature: Data, second: Digest,
    entries: [Digest], secondSignature: Data
  ) {
    guard first.head != second, first.sequence > 0,
      entries.count <= Limits.Link.trailEntries
    else { return nil }
    self.stream = stream
    self.first = first
    firstSignature = signature
    secondHead = second
    self.entries = entries
    self.secondSignature = secondSignature
  }

  /// Whether the sender vouches for both, with one key or with two of its own.
  public func holds(by keys: VerifyingKey...) -> Bool {
    var second = StreamPosition(epoch: first.epoch, sequence: first.sequence, head: secondHead)
    for entry in entries { second = stream.position(after: second, entry: entry) }
    return keys.contains { $0.isValid(firstSignature, for: stream.sentMessage(first)) }
      && keys.contains { $0.isValid(secondSignature, for: stream.sentMessage(second)) }
  }
}

extension StreamFork {
  /// Reads a proof.
  /// - Throws: `MessageError` that names the part.
  public init(encoded: Data) throws(MessageError) {
    guard let wire = try? Concord_V1_StreamFork(serializedBytes: encoded) else {
      throw MessageError("stream fork")
    }
    guard let sender = NodeName(wire.sender), let receiver = NodeName(wire.receiver) else {
      throw MessageError("stream fork.stream")
    }
    guard let first = StreamPosition(wire.first), let second = Digest(wire.secondHead) else {
      throw MessageError("stream fork.heads")
    }
    let entries = wire.entries.compactMap(Digest.init)
    guard entries.count == wire.entries.count,
      let fork = StreamFork(
        StreamName(from: sender, to: receiver), first: first, signature: wire.firstSignature,
        second: second, entries: entries, secondSignature: wire.secondSignature)
    else { throw MessageError("stream fork.entries") }
    self = fork
  }

  /// The proof as it is kept and exported (`StreamFork` of the protocol).
  public func encoded() -> Data {
    var wire = Concord_V1_StreamFork()
    wire.sender = stream.sender.description
    wire.receiver = stream.receiver.description
    wire.first = first.wire
    wire.firstSignature = firstSignature
    wire.secondHead = secondHead.bytes
    wire.entries = entries.map(\.bytes)
    wire.secondSignature = secondSignature
    // In-memory encoding of a proto3 message without required fields cannot fail.
    return (try? wire.serializedData()) ?? Data()
  }
}
