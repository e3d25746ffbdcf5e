public import FoundationEssentials
import SwiftProtobuf

/// How the author's key vouches for a change: by itself, or through a batch's Merkle tree.
public enum Proof: Hashable, Sendable {
  case direct(signature: Data)
  case batched(BatchedProof)

  /// Reads the wire form.
  /// - Throws: `ChangeError.malformedProof` that names the part.
  public init(_ bytes: Data) throws(ChangeError) {
    guard bytes.count <= Limits.Change.proofBytes,
      let wire = try? Concord_V1_Proof(serializedBytes: bytes)
    else {
      throw .malformedProof("not a protobuf Proof")
    }
    switch wire.kind {
    case .direct(let signature):
      guard signature.count == 64 else { throw .malformedProof("signature") }
      self = .direct(signature: signature)
    case .batched(let batched): self = .batched(try BatchedProof(batched))
    case nil: throw .malformedProof("neither direct nor batched")
    }
  }

  /// The wire form.
  public func encoded() -> Data {
    var wire = Concord_V1_Proof()
    switch self {
    case .direct(let signature): wire.direct = signature
    case .batched(let proof): wire.batched = proof.wire
    }
    return (try? wire.serializedData()) ?? Data()
  }

  /// Whether the key vouches for the header.
  public func holds(for header: ChangeHeader, by key: VerifyingKey) -> Bool {
    var roots = VerifiedRoots()
    return holds(for: header, by: key, knowing: &roots)
  }

  /// The same where other changes of the batch may have been checked before.
  func holds(
    for header: ChangeHeader, by key: VerifyingKey, knowing roots: inout VerifiedRoots
  ) -> Bool {
    switch self {
    case .direct(let signature):
      return key.isValid(signature, for: TaggedHash.message(Tag.direct, header.id.bytes))
    case .batched(let proof):
      let message = BatchTree.message(root: proof.root(of: header), depth: proof.depth)
      return roots.holds(proof.signature, over: message, by: key)
    }
  }
}

/// Signatures over batches that were found to hold: each of a batch's changes leads to the same one, and
/// checking it is the dearest step of taking a change in.
public struct VerifiedRoots: Sendable {
  private struct Signed: Hashable {
    let key: VerifyingKey
    let message: Data
    let signature: Data
  }
  private var known: Set<Signed> = []
  /// More than one transaction meets.
  private static let most = 1_024

  /// Nothing was checked yet.
  public init() {}

  mutating func holds(_ signature: Data, over message: Data, by key: VerifyingKey) -> Bool {
    let signed = Signed(key: key, message: message, signature: signature)
    if known.contains(signed) { return true }
    guard key.isValid(signature, for: message) else { return false }
    if known.count < Self.most { known.insert(signed) }
    return true
  }
}

/// One leaf's way to the root that the author signed.
public struct BatchedProof: Hashable, Sendable {
  public let signature: Data
  /// Levels of the tree: 8, 12, 16 or 20.
  public let depth: Int
  public let salt: Data
  public let index: Int
  /// The siblings' digests from the leaf upwards, `depth` of them.
  public let path: [Data]

  init(signature: Data, depth: Int, salt: Data, index: Int, path: [Data]) {
    self.signature = signature
    self.depth = depth
    self.salt = salt
    self.index = index
    self.path = path
  }

  fileprivate init(_ wire: Concord_V1_Batched) throws(ChangeError) {
    guard wire.signature.count == 64 else { throw .malformedProof("signature") }
    depth = Int(wire.depth)
    guard BatchTree.depths.contains(depth) else { throw .malformedProof("depth") }
    guard wire.salt.count == 16 else { throw .malformedProof("salt") }
    guard wire.path.count == depth * 32 else { throw .malformedProof("path") }
    guard wire.index < 1 << UInt32(depth) else { throw .malformedProof("index") }
    signature = wire.signature
    salt = wire.salt
    index = Int(wire.index)
    path = stride(from: 0, to: wire.path.count, by: 32).map {
      Data(wire.path.dropFirst($0).prefix(32))
    }
  }

  fileprivate var wire: Concord_V1_Batched {
    var wire = Concord_V1_Batched()
    wire.signature = signature
    wire.depth = UInt32(depth)
    wire.salt = salt
    wire.index = UInt32(index)
    wire.path = path.reduce(into: Data()) { $0.append($1) }
    return wire
  }

  func root(of header: ChangeHeader) -> Data {
    var node = BatchTree.leaf(salt: salt, header: header.bytes)
    for (level, sibling) in path.enumerated() {
      let isRight = index >> level & 1 == 1
      node = isRight ? BatchTree.parent(sibling, node) : BatchTree.parent(node, sibling)
    }
    return node
  }
}
