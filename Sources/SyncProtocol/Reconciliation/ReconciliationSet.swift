import FoundationEssentials
public import Records

/// The stamps from one on to before another, or to the end.
public struct StampSpan: Hashable, Sendable {
  public let from: HLC
  public let to: HLC?

  /// States a span.
  public init(from: HLC, to: HLC?) {
    self.from = from
    self.to = to
  }
}

/// One side's items of a stream, in parts by their stamps: of most of them the sum is all that is known, and the
/// items are listed only where the two sides differ.
///
/// After Meyer, "Range-Based Set Reconciliation" (2022): the fingerprint of a range is a digest of
/// the sum of its items' keyed hashes.
public struct ReconciliationSet: Sendable {
  static let fingerprintBytes = 16

  private struct Part {
    let from: HLC
    var sum: RangeSum
    /// Ascending; nothing where only the sum is known.
    var items: [ReconciliationItem]?
    /// The sums before each item and at the end.
    var sums: [RangeSum] = []
  }

  /// A place between two items: an item of a part that is listed, or a part's beginning.
  struct Cut: Hashable, Comparable {
    let part: Int
    let offset: Int

    static func < (left: Self, right: Self) -> Bool {
      (left.part, left.offset) < (right.part, right.offset)
    }
  }

  private let key: ReconciliationKey
  private var parts: [Part]
  /// The sums before each part and at the end.
  private var totals: [RangeSum] = []
  /// How many parts were listed since they were only summed up.
  private(set) var listed = 0

  /// Takes items, all of them listed.
  public init(_ items: some Sequence<ReconciliationItem>, of stream: StreamName, session: Epoch) {
    key = ReconciliationKey(of: stream, session: session)
    parts = [Part(from: HLC(rawValue: 0), sum: RangeSum(), items: [])]
    list(0, Set(items).sorted())
    listed = 0
  }

  /// Takes sums, ascending by the stamps from which on they count.
  public init(_ sums: [(from: HLC, sum: RangeSum)], key: ReconciliationKey) {
    self.key = key
    parts = sums.map { Part(from: $0.from, sum: $0.sum) }
    addUp()
  }

  /// How many items there are.
  public var count: Int { totals.last?.count ?? 0 }
  var start: Cut { Cut(part: 0, offset: 0) }
  var end: Cut { Cut(part: parts.count, offset: 0) }

  /// The stamps of a part.
  func span(_ part: Int) -> StampSpan {
    StampSpan(from: parts[part].from, to: part + 1 < parts.count ? parts[part + 1].from : nil)
  }

  /// Takes in the items of a part, as they are now.
  mutating func list(_ part: Int, _ items: [ReconciliationItem]) {
    var sum = RangeSum()
    parts[part].sums = [sum]
    parts[part].sums.reserveCapacity(items.count + 1)
    for item in items {
      sum += key.sum(of: item)
      parts[part].sums.append(sum)
    }
    parts[part].sum = sum
    parts[part].items = items
    listed += 1
    addUp()
  }

  /// Forgets the items of all parts; their sums stay.
  mutating func forgetItems() {
    guard listed > 0 else { return }
    for part in parts.indices { (parts[part].items, parts[part].sums) = (nil, []) }
    listed = 0
  }

  private mutating func addUp() {
    var sum = RangeSum()
    totals = [sum]
    totals.reserveCapacity(parts.count + 1)
    for part in parts {
      sum += part.sum
      totals.append(sum)
    }
  }
}

extension ReconciliationSet {
  private func sum(before cut: Cut) -> RangeSum {
    totals[cut.part] + (cut.offset == 0 ? RangeSum() : parts[cut.part].sums[cut.offset])
  }

  func count(_ range: Range<Cut>) -> Int {
    sum(before: range.upperBound).count - sum(before: range.lowerBound).count
  }

  func fingerprint(_ range: Range<Cut>) -> Data {
    key.fingerprint(sum(before: range.upperBound) - sum(before: range.lowerBound))
  }

  /// The parts of a range that have items and are not listed.
  func unlisted(_ range: Range<Cut>) -> [Int] {
    parts(of: range).filter { parts[$0].items == nil && parts[$0].sum.count > 0 }
  }

  private func parts(of range: Range<Cut>) -> Range<Int> {
    let upper = range.upperBound
    return range.lowerBound.part..<(upper.offset > 0 ? upper.part + 1 : upper.part)
  }

  /// The items of a range whose parts are listed.
  func items(_ range: Range<Cut>) -> [ReconciliationItem] {
    parts(of: range).flatMap { part -> ArraySlice<ReconciliationItem> in
      let items = parts[part].items ?? []
      let first = part == range.lowerBound.part ? range.lowerBound.offset : 0
      let last = part == range.upperBound.part ? range.upperBound.offset : items.count
      return items[first..<last]
    }
  }

  /// The place so many items after another; the part in which it falls is listed.
  func cut(_ count: Int, after cut: Cut) -> Cut {
    let goal = sum(before: cut).count + count
    var (low, high) = (0, parts.count)
    while low < high {
      let middle = (low + high) / 2
      if totals[middle + 1].count <= goal { low = middle + 1 } else { high = middle }
    }
    return low < parts.count ? Cut(part: low, offset: goal - totals[low].count) : end
  }

  /// Where parts begin within a range, with items before and behind.
  func beginnings(in range: Range<Cut>) -> [Cut] {
    parts(of: range).dropFirst().map { Cut(part: $0, offset: 0) }.filter {
      count(range.lowerBound..<$0) > 0 && count($0..<range.upperBound) > 0
    }
  }

  /// The place before the first item that is not before a bound; an empty bound lies behind all. Nothing where
  /// that lies within a part that is not listed: then the part.
  func place(of bound: Data) -> (cut: Cut?, part: Int) {
    guard !bound.isEmpty else { return (end, parts.count) }
    // The first part whose stamps all lie behind the bound; the one before may have items on both sides of it.
    var (low, high) = (0, parts.count)
    while low < high {
      let middle = (low + high) / 2
      if parts[middle].from.bytes.lexicographicallyPrecedes(bound) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low > 0 else { return (start, 0) }
    guard let items = parts[low - 1].items else {
      return (parts[low - 1].sum.count > 0 ? nil : Cut(part: low, offset: 0), low - 1)
    }
    let offset = Self.index(of: bound, in: items)
    let isBehind = offset == items.count
    return (isBehind ? Cut(part: low, offset: 0) : Cut(part: low - 1, offset: offset), low - 1)
  }

  private static func index(of bound: Data, in items: [ReconciliationItem]) -> Int {
    var (low, high) = (0, items.count)
    while low < high {
      let middle = (low + high) / 2
      if items[middle].bytes.lexicographicallyPrecedes(bound) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  /// The shortest bytes between an item and the one before it; at a part's beginning its stamp.
  func bound(at cut: Cut) -> Data {
    guard cut.part < parts.count else { return Data() }
    let part = parts[cut.part]
    guard cut.offset > 0, let items = part.items else { return part.from.bytes }
    let bytes = items[cut.offset].bytes
    let shared = zip(bytes, items[cut.offset - 1].bytes).prefix { $0 == $1 }.count
    return Data(bytes.prefix(shared + 1))
  }
}
