public import FoundationEssentials
public import Records
import SwiftProtobuf

/// A node's signed word on how many entries its audit had at a moment, and on the head of the last one.
/// Whoever holds it can show that the node's past was rewritten since, with the node's key alone.
public struct AuditCheckpoint: Hashable, Sendable {
  /// Whose audit it is about.
  public let node: NodeName
  /// How many entries: the last one's sequence number.
  public let count: UInt64
  /// What the chain came to with that entry.
  public let head: Digest
  public let at: Instant
  /// The key that signed it.
  public let key: VerifyingKey
  public let signature: Data

  /// States a checkpoint as it was signed.
  public init(
    node: NodeName, count: UInt64, head: Digest, at: Instant, key: VerifyingKey, signature: Data
  ) {
    self.node = node
    self.count = count
    self.head = head
    self.at = at
    self.key = key
    self.signature = signature
  }

  /// Signs a checkpoint.
  public init(
    of node: NodeName, count: UInt64, head: Digest, at: Instant, signedBy key: SigningKey
  ) throws {
    let message = Self.message(node, count, head, at, key.publicKey)
    self.init(
      node: node, count: count, head: head, at: at, key: key.publicKey,
      signature: try key.sign(message))
  }

  /// Whether the key that it names signed exactly this. Whose key that is, the reader has to know.
  public var holds: Bool { key.isValid(signature, for: Self.message(node, count, head, at, key)) }

  /// Whether no audit that only grows can have been at both: proof that one of them was rewritten, or
  /// set back as by a restore.
  public func contradicts(_ other: AuditCheckpoint) -> Bool {
    guard node == other.node, self != other else { return false }
    if count == other.count { return head != other.head }
    return count > other.count ? at < other.at : other.at < at
  }

  private static func message(
    _ node: NodeName, _ count: UInt64, _ head: Digest, _ at: Instant, _ key: VerifyingKey
  ) -> Data {
    var (number, time) = (Data(), Data())
    number.append(bigEndian: count)
    time.append(bigEndian: at.milliseconds)
    return TaggedHash.message(
      "concord/v1/audit/checkpoint", Data(node.description.utf8), number, head.bytes, time,
      key.bytes)
  }
}

/// What two nodes tell each other of their audits.
public struct AuditExchange: Hashable, Sendable {
  /// The speaker's latest.
  public let mine: AuditCheckpoint?
  /// The furthest of the listener's that the speaker holds.
  public let yours: AuditCheckpoint?

  /// Puts the two together.
  public init(mine: AuditCheckpoint?, yours: AuditCheckpoint?) {
    self.mine = mine
    self.yours = yours
  }

  init(
    _ wire: Concord_V1_Audit, from speaker: NodeName, to listener: NodeName
  ) throws(MessageError) {
    self.init(
      mine: wire.hasMine ? try AuditCheckpoint(wire.mine, of: speaker) : nil,
      yours: wire.hasYours ? try AuditCheckpoint(wire.yours, of: listener) : nil)
  }

  var wire: Concord_V1_Audit {
    var wire = Concord_V1_Audit()
    if let mine { wire.mine = mine.wire }
    if let yours { wire.yours = yours.wire }
    return wire
  }
}

/// An audit message as it came: whose checkpoints these are, the link knows.
public struct AuditWord: Hashable, Sendable {
  private let wire: Concord_V1_Audit

  init(_ wire: Concord_V1_Audit) { self.wire = wire }

  /// Puts a message together.
  public init(_ exchange: AuditExchange) { wire = exchange.wire }

  var encoded: Concord_V1_Audit { wire }

  /// Reads it as said by one node to another.
  /// - Throws: `MessageError` that names the part.
  public func read(
    from speaker: NodeName, to listener: NodeName
  ) throws(MessageError) -> AuditExchange {
    try AuditExchange(wire, from: speaker, to: listener)
  }
}

extension AuditCheckpoint {
  fileprivate init(
    _ wire: Concord_V1_AuditCheckpoint, of node: NodeName
  ) throws(MessageError) {
    guard let head = Digest(wire.head), let key = VerifyingKey(wire.key) else {
      throw MessageError("audit.head or audit.key")
    }
    guard wire.at <= UInt64(Int64.max), wire.count <= UInt64(Int64.max) else {
      throw MessageError("audit.at or audit.count")
    }
    guard wire.signature.count == SigningKey.signatureBytes else {
      throw MessageError("audit.signature")
    }
    self.init(
      node: node, count: wire.count, head: head, at: Instant(milliseconds: Int64(wire.at)),
      key: key, signature: wire.signature)
  }

  fileprivate var wire: Concord_V1_AuditCheckpoint {
    var wire = Concord_V1_AuditCheckpoint()
    wire.count = count
    wire.head = head.bytes
    wire.at = UInt64(max(0, at.milliseconds))
    wire.key = key.bytes
    wire.signature = signature
    return wire
  }
}
