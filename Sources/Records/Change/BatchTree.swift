public import FoundationEssentials

/// The Merkle tree behind a batched signature.
///
/// Leaves are salted and lie in random places of a tree of one of four sizes; what is empty is
/// random too. So neither a path nor the depth tells how many changes were signed together, and a
/// sibling's digest does not tell whose it is.
public struct BatchTree: Sendable {
  /// The sizes of tree there are, as levels.
  public static let depths = [8, 12, 16, 20]
  /// What the deepest tree holds.
  public static var mostLeaves: Int { 1 << (depths.last ?? 0) }

  /// The levels of this tree.
  public let depth: Int
  /// The digest at the top.
  public var root: Data { top.data }
  private var levels: [Level] = []
  private var top = Bytes32.zero
  /// Where each leaf lies, and where it stands in its level; in the order in which they were planted.
  private let places: [Int]
  private var leaves: [Int]
  private let salts: [Bytes16]

  /// The nodes of one level that a path may need, two siblings always side by side.
  private struct Level {
    var digests: [Bytes32] = []
    /// Where the parent of each two stands in the level above.
    var parents: [Int] = []
  }

  /// Plants headers in a tree of the smallest size that holds them.
  /// - Returns: nothing for no headers, or for more than fit the deepest tree.
  public init?(_ headers: [ChangeHeader], using generator: inout some RandomNumberGenerator) {
    guard !headers.isEmpty, let depth = Self.depths.first(where: { headers.count <= 1 << $0 })
    else { return nil }
    self.depth = depth
    let places = Self.places(headers.count, of: 1 << depth, using: &generator)
    let salts = headers.map { _ in Bytes16(using: &generator) }
    (self.places, self.salts) = (places, salts)
    leaves = Array(repeating: 0, count: headers.count)
    let order = headers.indices.sorted { places[$0] < places[$1] }
    var nodes = order.map { number in
      (
        index: places[number],
        digest: TaggedHash.leaf(salt: salts[number], header: headers[number].bytes)
      )
    }
    for level in 0..<depth {
      let (filled, standing) = Self.filled(nodes, using: &generator)
      if level == 0 {
        for (leaf, place) in zip(order, standing) { leaves[leaf] = place }
      } else {
        levels[level - 1].parents = standing
      }
      let indices = nodes.map { $0.index >> 1 }.uniquedInOrder
      nodes = indices.enumerated().map { pair, index in
        (index, TaggedHash.node(filled[2 * pair], filled[2 * pair + 1]))
      }
      levels.append(Level(digests: filled))
    }
    top = nodes[0].digest
  }

  /// Signs the root and gives each header its proof, in the order in which they were planted.
  public func proofs(signedBy key: SigningKey) throws -> [BatchedProof] {
    let signature = try key.sign(Self.message(root: top, depth: depth))
    return zip(zip(places, leaves), salts).map { leaf, salt in
      BatchedProof(
        signature: signature, depth: depth, salt: salt, index: leaf.0, path: path(from: leaf.1))
    }
  }

  private func path(from leaf: Int) -> [Digest] {
    var path: [Digest] = []
    path.reserveCapacity(depth)
    var place = leaf
    for level in levels {
      path.append(Digest(storage: level.digests[place ^ 1]))
      if place / 2 < level.parents.count { place = level.parents[place / 2] }
    }
    return path
  }

  static func message(root: Bytes32, depth: Int) -> Data {
    TaggedHash.message(Tag.batched, root.data, Data([UInt8(truncatingIfNeeded: depth)]))
  }

  /// Distinct places drawn at random (Floyd's sampling, then shuffled).
  private static func places(
    _ count: Int, of size: Int, using generator: inout some RandomNumberGenerator
  ) -> [Int] {
    var chosen: Set<Int> = []
    for candidate in (size - count)..<size {
      let drawn = Int.random(in: 0...candidate, using: &generator)
      chosen.insert(chosen.contains(drawn) ? candidate : drawn)
    }
    return chosen.sorted().shuffled(using: &generator)
  }

  /// Gives every node that is there a sibling: a random digest stands for an empty subtree.
  /// - Parameter nodes: in the order of their indices.
  /// - Returns: the level, and where in it each node stands.
  private static func filled(
    _ nodes: [(index: Int, digest: Bytes32)], using generator: inout some RandomNumberGenerator
  ) -> (digests: [Bytes32], standing: [Int]) {
    var (digests, standing): ([Bytes32], [Int]) = ([], [])
    digests.reserveCapacity(nodes.count * 2)
    standing.reserveCapacity(nodes.count)
    for (number, node) in nodes.enumerated() {
      let isRight = !node.index.isMultiple(of: 2)
      if isRight, digests.count.isMultiple(of: 2) {
        digests.append(Bytes32(using: &generator))
      }
      standing.append(digests.count)
      digests.append(node.digest)
      let hasSibling = number + 1 < nodes.count && nodes[number + 1].index == node.index ^ 1
      if !isRight, !hasSibling { digests.append(Bytes32(using: &generator)) }
    }
    return (digests, standing)
  }
}

extension [Int] {
  /// Each number once, of numbers that ascend.
  fileprivate var uniquedInOrder: [Int] {
    reduce(into: []) { found, number in if found.last != number { found.append(number) } }
  }
}
