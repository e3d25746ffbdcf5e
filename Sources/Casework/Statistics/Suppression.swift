/// Chooses what is not shown: first what is small, then as much more as it takes that nobody can work
/// out what is small from what is shown.
struct Suppression {
  typealias Measure = StatisticsReport.Measure

  private let groups: CaseGroups
  private let threshold: Int
  private(set) var hidden: [Measure: Set<Int>] = [:]

  init(_ groups: CaseGroups, threshold: Int) {
    self.groups = groups
    self.threshold = threshold
    hideSmall()
    while hideMore() {}
  }

  /// Counts from 1 up to the threshold; and of a part, also where what is left over is that small.
  private mutating func hideSmall() {
    for group in groups.all {
      let issued = groups.count(.issued, group)
      if isSmall(issued) {
        hide(group)
        continue
      }
      for measure in Measure.allCases where measure != .issued {
        let part = groups.count(measure, group)
        if isSmall(part) || isSmall(issued - part) { hidden[measure, default: []].insert(group) }
      }
    }
  }

  private func isSmall(_ count: Int) -> Bool { count > 0 && count < threshold }

  /// A part of what is not shown is not shown either.
  private mutating func hide(_ group: Int) {
    for measure in Measure.allCases { hidden[measure, default: []].insert(group) }
  }

  /// Hides one more group where something hidden could be worked out.
  /// - Returns: whether there was anything to hide.
  private mutating func hideMore() -> Bool {
    for measure in Measure.allCases {
      let hidden = self.hidden[measure, default: []]
      guard !hidden.isEmpty else { continue }
      let shown = groups.all.filter { !hidden.contains($0) }
      let known = LinearSpan(shown.map(groups.vector))
      let exposed =
        hidden.sorted().first { known.contains(groups.vector($0)) }
        ?? narrow(measure, hidden)
      guard let exposed else { continue }
      // The smallest that is shown costs least; where none is left, the total goes.
      let beside = shown.filter { groups.dimension(of: $0) == groups.dimension(of: exposed) }
      let candidates = beside.isEmpty || exposed == CaseGroups.total ? shown : beside
      guard
        let next = candidates.min(by: {
          (groups.count(measure, $0), $0) < (groups.count(measure, $1), $1)
        }) ?? shown.first
      else { continue }
      if measure == .issued { hide(next) } else { self.hidden[measure, default: []].insert(next) }
      return true
    }
    return false
  }

  /// What is hidden in one table adds up to what the total leaves over. Where that is so little that
  /// each can be told within less than the threshold, it is as good as shown.
  /// - Returns: one of these groups.
  private func narrow(_ measure: Measure, _ hidden: Set<Int>) -> Int? {
    guard !hidden.contains(CaseGroups.total) else { return nil }
    for dimension in FigureCase.Dimension.allCases {
      let rows = groups.indices(of: dimension)
      let here = rows.filter(hidden.contains)
      guard let first = here.first else { continue }
      let left = here.reduce(0) { $0 + groups.count(measure, $1) }
      // Everybody knows that a hidden count of what was issued is no zero.
      let least = measure == .issued ? here.count : 0
      let shownHere = rows.count - here.count
      guard left - least < threshold - 1 else { continue }
      // All rows hidden and still too little: the total itself has to go.
      return shownHere == 0 ? CaseGroups.total : first
    }
    return nil
  }
}

/// What can be worked out from some sums by adding and subtracting them: their linear span, over the
/// integers modulo a prime so large that no accident of reduction matters.
struct LinearSpan {
  private static let prime: UInt64 = 2_305_843_009_213_693_951
  private var rows: [(lead: Int, row: [UInt64])] = []

  init(_ vectors: [[UInt64]]) {
    for vector in vectors {
      let rest = reduced(vector)
      guard let lead = rest.firstIndex(where: { $0 != 0 }) else { continue }
      let inverse = Self.power(rest[lead], Self.prime - 2)
      rows.append((lead, rest.map { Self.times($0, inverse) }))
    }
  }

  func contains(_ vector: [UInt64]) -> Bool { reduced(vector).allSatisfy { $0 == 0 } }

  private func reduced(_ vector: [UInt64]) -> [UInt64] {
    var vector = vector
    for (lead, row) in rows where vector[lead] != 0 {
      let factor = vector[lead]
      for index in vector.indices {
        vector[index] = Self.minus(vector[index], Self.times(factor, row[index]))
      }
    }
    return vector
  }

  private static func times(_ one: UInt64, _ other: UInt64) -> UInt64 {
    let (high, low) = one.multipliedFullWidth(by: other)
    return prime.dividingFullWidth((high, low)).remainder
  }

  private static func minus(_ one: UInt64, _ other: UInt64) -> UInt64 {
    one >= other ? one - other : one + (prime - other)
  }

  private static func power(_ base: UInt64, _ exponent: UInt64) -> UInt64 {
    var (result, base, exponent) = (UInt64(1), base, exponent)
    while exponent > 0 {
      if exponent & 1 == 1 { result = times(result, base) }
      base = times(base, base)
      exponent >>= 1
    }
    return result
  }
}
