import Casework
import Foundation
import Simulation
import TestSupport
import Testing

/// What figures tell, and what they must not.
@Suite struct StatisticsTests {
  private func cases(_ count: Int, using generator: inout SeededGenerator) -> [FigureCase] {
    let areas = (0..<Int.random(in: 2...4, using: &generator)).map { "area \($0)" }
    return (0..<count).map { _ in
      // Skewed, so that some groups are small; and an area belongs to one force, as in life.
      let area = min(areas.count - 1, Int.random(in: 0..<8, using: &generator))
      return FigureCase(
        groups: [
          .area: areas[area], .force: "police.\(area / 2)",
          .month: "2027-0\(1 + min(2, Int.random(in: 0..<9, using: &generator)))",
          .phase: Bool.random(using: &generator) ? "Primary" : "Secondary",
        ], isInTime: Int.random(in: 0..<6, using: &generator) > 0,
        isOpened: Bool.random(using: &generator), isActedOn: Bool.random(using: &generator),
        delay: Int64.random(in: 0..<9_000_000, using: &generator))
    }
  }

  /// All groups of a report: their cases, and what is shown of them.
  private func groups(
    of report: StatisticsReport, _ cases: [FigureCase]
  ) -> [(members: [FigureCase], row: StatisticsReport.Row, dimension: FigureCase.Dimension?)] {
    [(cases, report.total, nil)]
      + report.tables.flatMap { table in
        table.rows.map { row in
          (
            cases.filter { $0.groups[table.dimension] == row.label }, row,
            Optional(table.dimension)
          )
        }
      }
  }

  private func count(_ measure: StatisticsReport.Measure, _ cases: [FigureCase]) -> Int {
    switch measure {
    case .issued: cases.count
    case .inTime: cases.count { $0.isInTime }
    case .opened: cases.count { $0.isOpened }
    case .actedOn: cases.count { $0.isActedOn }
    }
  }

  /// Nothing that is small can be worked out: not by adding and subtracting what is shown (checked by
  /// elimination with exact fractions), nor within less than the threshold from what a total leaves.
  @Test func whatIsSuppressedCannotBeDerived() {
    forSeeds(60) { generator in
      let size = Int.random(in: 0...160, using: &generator)
      let cases = self.cases(size, using: &generator)
      let report = StatisticsReport(cases)
      let groups = self.groups(of: report, cases)
      let atoms = Array(Set(cases.map(\.groups)))
      for measure in StatisticsReport.Measure.allCases {
        var shown: [[Fraction]] = []
        for group in groups {
          let number = self.count(measure, group.members)
          guard case .count(let said)? = group.row.cells[measure] else { continue }
          guard said == number else { return false }
          // What is shown is not small, nor is what it leaves of what was issued.
          guard number == 0 || number >= 10 else { return false }
          let rest = group.members.count - number
          if case .count? = group.row.cells[.issued], rest > 0, rest < 10 { return false }
          shown.append(self.vector(group.members, atoms))
        }
        for group in groups where group.row.cells[measure] == .suppressed {
          guard group.row.percentage(measure) == nil else { return false }
          let small = self.count(measure, group.members)
          if small > 0, small < 10,
            Elimination.spans(shown, self.vector(group.members, atoms))
          {
            return false
          }
        }
        guard self.isWide(measure, groups, report) else { return false }
      }
      return true
    }
  }

  private func vector(_ members: [FigureCase], _ atoms: [[FigureCase.Dimension: String]])
    -> [Fraction]
  {
    let present = Set(members.map(\.groups))
    return atoms.map { Fraction(present.contains($0) ? 1 : 0) }
  }

  private func isWide(
    _ measure: StatisticsReport.Measure,
    _ groups: [(
      members: [FigureCase], row: StatisticsReport.Row, dimension: FigureCase.Dimension?
    )],
    _ report: StatisticsReport
  ) -> Bool {
    guard report.total.cells[measure] != .suppressed else { return true }
    for dimension in FigureCase.Dimension.allCases {
      let hidden = groups.filter {
        $0.dimension == dimension && $0.row.cells[measure] == .suppressed
      }
      guard !hidden.isEmpty else { continue }
      let left = hidden.reduce(0) { $0 + self.count(measure, $1.members) }
      if left - (measure == .issued ? hidden.count : 0) < 9 { return false }
    }
    return true
  }

  @Test func largeCountsAreShownWithTheirPercentages() throws {
    let cases: [FigureCase] = (0..<100).map { (number: Int) -> FigureCase in
      FigureCase(
        groups: [.force: "police.here", .area: "A", .month: "2027-01", .phase: "Primary"],
        isInTime: number < 80, isOpened: number < 60, isActedOn: number < 50,
        delay: Int64(number) * 60_000)
    }
    let report = StatisticsReport(cases)
    #expect(report.total.cells[.issued] == .count(100))
    #expect(report.total.percentage(.inTime) == 80)
    #expect(report.total.medianDelay == 50)
    let csv = report.csv(by: [.month])
    #expect(csv.contains("month,2027-01,100,80,80,60,60,50,50,50\r\n"))
    #expect(report.svg(by: .month).contains("80 %"))
    #expect(report.text(by: [.force]).contains("police.here     100"))
  }

  @Test func fewCasesShowNothing() {
    let few = FigureCase(
      groups: [.force: "police.here", .area: "=A", .month: "2027-01", .phase: "Primary"],
      isInTime: true, isOpened: true, isActedOn: true, delay: 1)
    let report = StatisticsReport(Array(repeating: few, count: 3))
    for row in [report.total] + report.tables.flatMap(\.rows) {
      #expect(row.cells.values.allSatisfy { $0 == .suppressed } && row.medianDelay == nil)
    }
    #expect(report.csv(by: [.area]).contains("area,'=A,*,*"))
    #expect(report.svg(by: .area).contains("not shown"))
    #expect(StatisticsReport([]).total.cells[.issued] == .count(0))
  }
}

/// An exact fraction, small enough for sums of ones and zeros.
private struct Fraction {
  let (above, below): (Int, Int)

  init(_ above: Int, _ below: Int = 1) {
    let divisor = max(1, Self.common(abs(above), abs(below))) * (below < 0 ? -1 : 1)
    (self.above, self.below) = (above / divisor, below / divisor)
  }

  static func common(_ one: Int, _ other: Int) -> Int {
    other == 0 ? one : common(other, one % other)
  }
  static func - (one: Fraction, other: Fraction) -> Fraction {
    Fraction(one.above * other.below - other.above * one.below, one.below * other.below)
  }
  static func * (one: Fraction, other: Fraction) -> Fraction {
    Fraction(one.above * other.above, one.below * other.below)
  }
  static func / (one: Fraction, other: Fraction) -> Fraction {
    Fraction(one.above * other.below, one.below * other.above)
  }
}

private enum Elimination {
  /// Whether a vector is a sum of multiples of others.
  static func spans(_ vectors: [[Fraction]], _ wanted: [Fraction]) -> Bool {
    var rows: [(lead: Int, row: [Fraction])] = []
    func reduce(_ vector: [Fraction]) -> [Fraction] {
      rows.reduce(vector) { vector, entry in
        let factor = vector[entry.lead] / entry.row[entry.lead]
        return factor.above == 0
          ? vector : zip(vector, entry.row).map { $0 - factor * $1 }
      }
    }
    for vector in vectors {
      let rest = reduce(vector)
      if let lead = rest.firstIndex(where: { $0.above != 0 }) { rows.append((lead, rest)) }
    }
    return reduce(wanted).allSatisfy { $0.above == 0 }
  }
}
