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
  public var root: Data { levels.last?[0] ?? Data() }
  private var levels: [[Int: Data]] = []
  private let places: [Int]
  private let salts: [Data]

  /// Plants headers in a tree of the smallest size that holds them.
  /// - Returns: nothing for no headers, or for more than fit the deepest tree.
  public init?(_ headers: [ChangeHeader], using generator: inout some RandomNumberGenerator) {
    guard !headers.isEmpty, let depth = Self.depths.first(where: { headers.count <= 1 << $0 })
    else { return nil }
    self.depth = depth
    places = Self.places(headers.count, of: 1 << depth, using: &generator)
    salts = headers.map { _ in Data.random(count: 16, using: &generator) }
    var level: [Int: Data] = [:]
    for (number, header) in headers.enumerated() {
      level[places[number]] = Self.leaf(salt: salts[number], header: header.bytes)
    }
    for _ in 0..<depth {
      levels.append(Self.filled(level, using: &generator))
      level = Self.above(levels[levels.count - 1])
    }
    levels.append(level)
  }

  /// Signs the root and gives each header its proof, in the order in which they were planted.
  public func proofs(signedBy key: SigningKey) throws -> [BatchedProof] {
    let signature = try key.sign(Self.message(root: root, depth: depth))
    return zip(places, salts).map { place, salt in
      let path = (0..<depth).map { levels[$0][place >> $0 ^ 1] ?? Data() }
      return BatchedProof(
        signature: signature, depth: depth, salt: salt, index: place, path: path)
    }
  }

  static func leaf(salt: Data, header: Data) -> Data { TaggedHash.node(prefix: 0, salt, header) }
  static func parent(_ left: Data, _ right: Data) -> Data {
    TaggedHash.node(prefix: 1, left, right)
  }

  static func message(root: Data, depth: Int) -> Data {
    TaggedHash.message(Tag.batched, root, Data([UInt8(truncatingIfNeeded: depth)]))
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
  private static func filled(
    _ level: [Int: Data], using generator: inout some RandomNumberGenerator
  ) -> [Int: Data] {
    var filled = level
    for index in level.keys.sorted() where filled[index ^ 1] == nil {
      filled[index ^ 1] = .random(count: 32, using: &generator)
    }
    return filled
  }

  private static func above(_ level: [Int: Data]) -> [Int: Data] {
    var parents: [Int: Data] = [:]
    for index in level.keys where index.isMultiple(of: 2) {
      guard let left = level[index], let right = level[index + 1] else { continue }
      parents[index / 2] = parent(left, right)
    }
    return parents
  }
}
