/// Chooses what is not shown: first what is small, then as much more as it takes that nobody can work
/// out what is small from what is shown, be it exactly or nearly (domain rule 16).
///
/// What is small counts as protected when all that is shown leaves open that it is not small, and leaves
/// it as wide a range as the threshold. Whoever knows this rule too learns no more: of a group with fewer
/// cases than twice the threshold no part is shown, whatever it is, so that hiding it says nothing; and of
/// larger groups the range reaches one beyond the threshold, so that any other of them may be the small one.
struct Suppression {
  private typealias Block = Quantity.Block

  private let groups: CaseGroups
  private let threshold: Int
  private let counts: [[Int]]
  private let sums: [CountBounds.Sum]
  private var hidden: [Block: Set<Int>] = [:]
  /// What is hidden, and yet follows from what is shown. It is not small, so it may as well be shown.
  private var derived: Set<[Int]> = []

  init(_ groups: CaseGroups, threshold: Int) {
    self.groups = groups
    self.threshold = threshold
    counts = groups.all.map { group in Quantity.allCases.map { groups.count($0, group) } }
    sums = CountBounds.sums(of: groups)
    hideSmall()
    while hideMore() {}
  }

  /// Whether a measure of a group is shown.
  func isShown(_ measure: StatisticsReport.Measure, _ group: Int) -> Bool {
    let quantity = Quantity(measure)
    return !isHidden(quantity.block, group) || derived.contains([quantity.rawValue, group])
  }

  private func isHidden(_ block: Block, _ group: Int) -> Bool {
    hidden[block]?.contains(group) ?? false
  }

  private func count(_ quantity: Quantity, _ group: Int) -> Int {
    counts[group][quantity.rawValue]
  }

  private func isSmall(_ quantity: Quantity, _ group: Int) -> Bool {
    let count = count(quantity, group)
    return count > 0 && count < threshold
  }

  private func isSmall(_ block: Block, _ group: Int) -> Bool {
    Quantity.allCases.contains { $0.block == block && isSmall($0, group) }
  }

  private mutating func hideSmall() {
    for group in groups.all {
      let isFew = (1..<(2 * threshold)).contains(count(.issued, group))
      for block in Block.allCases {
        if isSmall(block, group) || (block != .issued && isFew) { hide(block, group) }
      }
    }
  }

  /// A part of what is not shown is not shown either; and without the total, nothing is.
  private mutating func hide(_ block: Block, _ group: Int) {
    hidden[block, default: []].insert(group)
    guard block == .issued else { return }
    for block in Block.allCases {
      if group == CaseGroups.total {
        hidden[block] = Set(groups.all)
      } else {
        hidden[block, default: []].insert(group)
      }
    }
  }

  /// Hides one block more where something small could be worked out.
  /// - Returns: whether there was anything to hide.
  private mutating func hideMore() -> Bool {
    let bounds = CountBounds(groups: groups, sums: sums) { group, quantity in
      isHidden(quantity.block, group) ? nil : count(quantity, group)
    }
    derived = follows(from: bounds)
    guard let exposed = narrow(bounds) ?? spanned() else { return false }
    guard let next = companion(of: exposed) else { return false }
    hide(next.block, next.group)
    return true
  }

  private func follows(from bounds: CountBounds) -> Set<[Int]> {
    var derived: Set<[Int]> = []
    for measure in StatisticsReport.Measure.allCases {
      let quantity = Quantity(measure)
      for group in groups.all where isHidden(quantity.block, group) {
        let range = bounds.range(quantity, group)
        if range.count == 1, !isSmall(quantity, group) {
          derived.insert([quantity.rawValue, group])
        }
      }
    }
    return derived
  }

  /// Something small of which too much can be told by sums and bounds.
  private func narrow(_ bounds: CountBounds) -> (block: Block, group: Int)? {
    for quantity in Quantity.allCases {
      for group in groups.all where isSmall(quantity, group) {
        let range = bounds.range(quantity, group)
        // Of a group so small that its parts are hidden anyway, hiding them gives no reason away.
        let isFew = !isHidden(.issued, group) && count(.issued, group) < 2 * threshold
        let least = isFew ? threshold : threshold + 1
        if range.upperBound < least || range.upperBound - range.lowerBound < threshold - 1 {
          return (quantity.block, group)
        }
      }
    }
    return nil
  }

  /// Something small that follows by adding and subtracting groups that have the very same cases in common,
  /// as somebody may know who knows which force, area, month and phase occur together.
  private func spanned() -> (block: Block, group: Int)? {
    for (measures, tells) in Self.tells {
      let small = groups.all.filter { group in
        !isKnown(measures, group) && tells.contains { isSmall($0, group) }
      }
      guard !small.isEmpty else { continue }
      let known = LinearSpan(groups.all.filter { isKnown(measures, $0) }.map(groups.vector))
      if let exposed = small.first(where: { known.contains(groups.vector($0)) }) {
        return (measures[0].block, exposed)
      }
    }
    return nil
  }

  /// What who knows some measures of a group, knows besides.
  private static let tells: [(measures: [Quantity], tells: [Quantity])] = [
    ([.issued], [.issued]), ([.inTime], [.inTime, .late]), ([.opened], [.opened, .unopened]),
    ([.actedOn], [.actedOn, .unacted]), ([.opened, .actedOn], [.openedOnly]),
  ]

  private func isKnown(_ measures: [Quantity], _ group: Int) -> Bool {
    measures.allSatisfy {
      !isHidden($0.block, group) || derived.contains([$0.rawValue, group])
    }
  }

  /// What to hide beside it: of what can widen it, the smallest group costs least. Where nothing of the
  /// kind is left, what was issued.
  private func companion(of exposed: (block: Block, group: Int)) -> (block: Block, group: Int)? {
    func cost(_ group: Int) -> [Int] {
      let own = groups.dimension(of: group)
      let protection = exposed.group == CaseGroups.total ? hiddenCases(exposed.block, own) : 0
      return [place(of: group, beside: exposed), protection, count(.issued, group), group]
    }
    for block in exposed.block == .issued ? [Block.issued] : [exposed.block, .issued] {
      let shown = groups.all.filter { !isHidden(block, $0) }
      let next = shown.min { cost($0).lexicographicallyPrecedes(cost($1)) }
      if let next { return (block, next) }
    }
    return nil
  }

  /// Rows of the same table first, then the total, then other tables. Areas and forces are one tree: an
  /// area gives way to those of its own force, until the force itself is hidden, and then another force
  /// with one of its areas.
  private func place(of group: Int, beside exposed: (block: Block, group: Int)) -> Int {
    let (own, dimension) = (
      groups.dimension(of: group), groups.dimension(of: exposed.group)
    )
    guard let dimension else { return 6 }
    if group == CaseGroups.total { return 5 }
    let isNested = dimension == .area || dimension == .force
    guard isNested, let own, own == .area || own == .force else { return own == dimension ? 0 : 6 }
    if dimension == .area {
      let isSameForce = groups.only(.force, of: group) == groups.only(.force, of: exposed.group)
      if isSameForce { return own == .area ? 0 : 1 }
      return own == .force ? 3 : isOfHiddenForce(group, exposed.block) ? 2 : 4
    }
    if own == .force { return 1 }
    guard isOfHiddenForce(group, exposed.block) else { return 4 }
    let force = groups.only(.force, of: group)
    let hasHidden = groups.indices(of: .area).contains {
      isHidden(exposed.block, $0) && groups.only(.force, of: $0) == force
    }
    return hasHidden ? 2 : 0
  }

  private func isOfHiddenForce(_ area: Int, _ block: Block) -> Bool {
    let force = groups.only(.force, of: area)
    return groups.indices(of: .force).contains {
      groups.labels[$0] == force && isHidden(block, $0)
    }
  }

  /// How many cases stand in hidden rows of a table: what could hide something in it.
  private func hiddenCases(_ block: Block, _ dimension: FigureCase.Dimension?) -> Int {
    hidden[block, default: []].filter { groups.dimension(of: $0) == dimension }
      .reduce(0) { $0 + count(.issued, $1) }
  }
}
