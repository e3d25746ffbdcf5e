import FoundationEssentials

/// Where a write lies in the log: its change, and the place of its commitment in the header.
struct WritePlace: Hashable, Comparable {
  /// The change's number in this replica.
  let change: Int64
  let place: Int

  static func < (left: Self, right: Self) -> Bool {
    (left.change, left.place) < (right.change, right.place)
  }
}

/// Places of commitments in one header, as a column holds them: a bit for each.
struct Places: Hashable, Sequence {
  /// The first 64, which mostly are all that there are.
  private var low: UInt64 = 0
  /// The others, 64 in each; the last is never empty.
  private var high: [UInt64] = []

  init() {}

  init(_ places: some Sequence<Int>) { for place in places { insert(place) } }

  init(_ bytes: Data) {
    for (index, byte) in bytes.enumerated() where byte != 0 {
      for bit in 0..<8 where byte >> bit & 1 == 1 { insert(index * 8 + bit) }
    }
  }

  var bytes: Data {
    guard let last = words.last, last != 0 else { return Data() }
    let count = words.count * 8 - last.leadingZeroBitCount / 8
    var bytes: [UInt8] = []
    for word in words {
      for shift in stride(from: 0, to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return Data(bytes.prefix(count))
  }

  private var words: [UInt64] { [low] + high }

  mutating func insert(_ place: Int) {
    let (word, bit) = (place / 64, UInt64(1) << UInt64(place % 64))
    guard word > 0 else { return low |= bit }
    while high.count < word { high.append(0) }
    high[word - 1] |= bit
  }

  func contains(_ place: Int) -> Bool {
    let (word, bit) = (place / 64, UInt64(1) << UInt64(place % 64))
    guard word > 0 else { return low & bit != 0 }
    return word <= high.count && high[word - 1] & bit != 0
  }

  mutating func formUnion(_ other: some Sequence<Int>) { for place in other { insert(place) } }

  func union(_ other: some Sequence<Int>) -> Places {
    var all = self
    all.formUnion(other)
    return all
  }

  func subtracting(_ other: Places) -> Places { Places(filter { !other.contains($0) }) }

  var count: Int { high.reduce(low.nonzeroBitCount) { $0 + $1.nonzeroBitCount } }

  var isEmpty: Bool { low == 0 && high.isEmpty }

  /// The lowest: it names the row among those of a change, whose places are all different.
  var lowest: Int { first { _ in true } ?? 0 }

  /// In ascending order.
  func makeIterator() -> Iterator { Iterator(words: words) }

  struct Iterator: IteratorProtocol {
    fileprivate var words: [UInt64]
    private var word = 0

    fileprivate init(words: [UInt64]) { self.words = words }

    mutating func next() -> Int? {
      while word < words.count {
        let rest = words[word]
        guard rest != 0 else {
          word += 1
          continue
        }
        words[word] = rest & (rest - 1)
        return word * 64 + rest.trailingZeroBitCount
      }
      return nil
    }
  }
}
