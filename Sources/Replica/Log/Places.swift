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
struct Places: Hashable {
  private(set) var all: Set<Int> = []

  init(_ places: some Sequence<Int>) { all = Set(places) }

  init(_ bytes: Data) {
    for (index, byte) in bytes.enumerated() where byte != 0 {
      for bit in 0..<8 where byte >> bit & 1 == 1 { all.insert(index * 8 + bit) }
    }
  }

  var bytes: Data {
    var bytes = Data(count: (all.max() ?? -1) / 8 + (all.isEmpty ? 0 : 1))
    for place in all { bytes[bytes.startIndex + place / 8] |= 1 << (place % 8) }
    return bytes
  }

  /// The lowest: it names the row among those of a change, whose places are all different.
  var lowest: Int { all.min() ?? 0 }
  var sorted: [Int] { all.sorted() }
  var isEmpty: Bool { all.isEmpty }
}
