import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// One of a link's two streams, as one of its ends compares it.
struct ComparedStream: Hashable {
  let peer: NodeName
  /// Whether it is this node's own, else the peer's.
  let isOfMine: Bool
}

/// The sums of a stream that are kept, by stamp: each counts the stamps from its own on, up to the next one's.
struct StampSums {
  struct Part: Equatable {
    let from: Int64
    /// The highest stamp that it has counted.
    var last: Int64
    var sum: RangeSum
  }

  private(set) var parts: [Part]
  /// The parts that were changed or made since, by where they begin.
  private(set) var changed: Set<Int64> = []

  /// How many items a part has, about.
  private let perPart: Int

  init(_ parts: [Part], perPart: Int = Limits.Storage.itemsSummed) {
    self.perPart = perPart
    self.parts = parts.isEmpty ? [Part(from: 0, last: -1, sum: RangeSum())] : parts
  }

  var count: Int { parts.reduce(0) { $0 + $1.sum.count } }

  func index(of stamp: Int64) -> Int {
    var (low, high) = (0, parts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if parts[middle].from <= stamp { low = middle } else { high = middle }
    }
    return low
  }

  /// Up to where a part counts, that stamp not included.
  func end(_ index: Int) -> Int64 { index + 1 < parts.count ? parts[index + 1].from : .max }

  /// Counts items, ascending. What is later than everything begins a new part once the last one is full.
  /// - Returns: where parts begin that have become too large.
  mutating func add(_ items: [ReconciliationItem], _ key: ReconciliationKey) -> Set<Int64> {
    var large: Set<Int64> = []
    for item in items {
      let (stamp, sum) = (item.time.stored, key.sum(of: item))
      var index = index(of: stamp)
      if index == parts.count - 1, stamp > parts[index].last,
        parts[index].sum.count >= perPart
      {
        parts.append(Part(from: stamp, last: stamp, sum: RangeSum()))
        index += 1
      }
      parts[index].sum += sum
      parts[index].last = max(parts[index].last, stamp)
      changed.insert(parts[index].from)
      if parts[index].sum.count > 2 * perPart { large.insert(parts[index].from) }
    }
    return large
  }

  /// Puts what a part really has in its place, in as many parts as it takes.
  mutating func replace(_ index: Int, with items: [ReconciliationItem], _ key: ReconciliationKey) {
    var new = StampSums(
      [Part(from: parts[index].from, last: -1, sum: RangeSum())], perPart: perPart)
    _ = new.add(items, key)
    changed.formUnion(new.parts.map(\.from))
    parts.replaceSubrange(index...index, with: new.parts)
  }
}
