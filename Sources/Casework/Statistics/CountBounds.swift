/// Between what every count must lie for somebody who reads what is shown: each table adds up to the total,
/// a force's areas to the force, and each count has its parts.
///
/// The sums of one quantity form a tree (total, forces, areas; total, months; total, phases). Narrowing
/// each count by the sums that it stands in, again and again until nothing changes, then finds the
/// narrowest bounds there are.
struct CountBounds {
  private var low: [Int]
  private var high: [Int]
  private let sums: [Sum]

  /// Some counts that add up to another one; or to no more than that.
  struct Sum {
    let whole: Int
    let parts: [Int]
    let isExact: Bool
  }

  /// More than is ever counted.
  private static let unbounded = 1 << 40

  /// - Parameter shown: the count where it is shown.
  init(groups: CaseGroups, sums: [Sum], shown: (Int, Quantity) -> Int?) {
    self.sums = sums
    (low, high) = ([], [])
    for group in groups.all {
      for quantity in Quantity.allCases {
        let count = shown(group, quantity)
        // A group in which nothing was issued has no row.
        let least = quantity == .issued && group != CaseGroups.total ? 1 : 0
        low.append(count ?? least)
        high.append(count ?? Self.unbounded)
      }
    }
    while narrow() {}
  }

  func range(_ quantity: Quantity, _ group: Int) -> ClosedRange<Int> {
    let index = Self.index(quantity, group)
    return low[index]...max(low[index], high[index])
  }

  private mutating func narrow() -> Bool {
    var hasChanged = false
    for sum in sums {
      let least = sum.parts.reduce(0) { $0 + low[$1] }
      hasChanged = bound(sum.whole, from: least, to: .max) || hasChanged
      let most = sum.isExact ? sum.parts.reduce(0) { $0 + high[$1] } : Self.unbounded
      hasChanged = bound(sum.whole, from: 0, to: most) || hasChanged
      for part in sum.parts {
        let (partLow, partHigh) = (low[part], high[part])
        let from = sum.isExact ? low[sum.whole] - (most - partHigh) : 0
        let to = high[sum.whole] - (least - partLow)
        hasChanged = bound(part, from: from, to: to) || hasChanged
      }
    }
    return hasChanged
  }

  private mutating func bound(_ index: Int, from least: Int, to most: Int) -> Bool {
    let hasChanged = least > low[index] || most < high[index]
    low[index] = max(low[index], least)
    high[index] = min(high[index], most)
    return hasChanged
  }

  private static func index(_ quantity: Quantity, _ group: Int) -> Int {
    group * Quantity.allCases.count + quantity.rawValue
  }
}

extension CountBounds {
  /// All sums that anybody knows of: within a group, of each table, and of a force's areas.
  static func sums(of groups: CaseGroups) -> [Sum] {
    var sums = groups.all.flatMap { group in
      Quantity.sums.map { sum in
        Sum(
          whole: index(sum.whole, group), parts: sum.parts.map { index($0, group) }, isExact: true)
      }
    }
    func add(_ parts: [Int], to whole: Int, isExact: Bool) {
      guard !parts.isEmpty else { return }
      sums += Quantity.allCases.map { quantity in
        Sum(
          whole: index(quantity, whole), parts: parts.map { index(quantity, $0) }, isExact: isExact)
      }
    }
    for dimension in FigureCase.Dimension.allCases {
      add(groups.indices(of: dimension), to: CaseGroups.total, isExact: true)
    }
    for force in groups.indices(of: .force) {
      let areas = groups.sharing(.area, with: force)
      let own = areas.filter { groups.only(.force, of: $0) != nil }
      add(own, to: force, isExact: own.count == areas.count)
    }
    return sums
  }
}
