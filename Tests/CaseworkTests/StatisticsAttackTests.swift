import Casework
import Records
import Simulation
import TestSupport
import Testing

/// Somebody who reads a report and works out all tables that could have been printed so: nothing small may
/// be certain then, and nothing hidden may have one value only.
@Suite struct StatisticsAttackTests {
  /// 10, 50 and 100 issued, 9, 49 and 80 opened: hiding the first two leaves 58 between them, which nobody
  /// could have opened otherwise than all but one each.
  @Test func whatACountMayNotExceedGivesNothingAway() {
    let months = [("2027-01", 10, 9), ("2027-02", 50, 49), ("2027-03", 100, 80)]
    let cases = months.flatMap { month, issued, opened in
      (0..<issued).map { FigureCase(month: month, phase: "Primary", opened: $0 < opened) }
    }
    let report = StatisticsReport(cases)
    let opened = report.tables.first { $0.dimension == .month }?.rows.map { $0.cells[.opened] }
    #expect(opened == [.suppressed, .suppressed, .suppressed])
    #expect(report.total.cells[.opened] == .count(138))
    #expect(report.total.cells[.issued] == .count(160))
  }

  @Test func ofWhatIsLargeMuchIsShown() {
    let cases = ["2027-01", "2027-02", "2027-03"].flatMap { month in
      (0..<90).map { FigureCase(month: month, phase: "Primary", opened: $0 < 60) }
    }
    let report = StatisticsReport(cases)
    for row in [report.total] + report.tables.flatMap(\.rows) {
      #expect(row.cells.values.allSatisfy { $0 != .suppressed } && row.medianDelay != nil)
    }
  }

  /// That a median stands must not say how many had arrived where nothing else does.
  @Test func aMedianStandsOnlyWhereManyAreSaidToHaveArrived() {
    let cases = (0..<40).map { number in
      FigureCase(
        groups: FigureCase.groups(month: "2027-01", phase: "Primary"), isInTime: false,
        isOpened: false, isActedOn: false, delay: number < 25 ? 60_000 : nil)
    }
    let report = StatisticsReport(cases)
    #expect(report.total.cells[.inTime] == .count(0))
    #expect(report.total.medianDelay == nil)
  }

  @Test(arguments: [2, 3])
  func noSmallCountIsCertain(threshold: Int) {
    forSeeds(60) { generator in
      let cases = Self.cases(using: &generator)
      let report = StatisticsReport(cases, threshold: threshold)
      return Attacker(report, of: cases).failure() == nil
    }
  }

  private static func cases(using generator: inout SeededGenerator) -> [FigureCase] {
    let (months, phases) = (
      Int.random(in: 1...3, using: &generator), Int.random(in: 1...2, using: &generator)
    )
    let (timely, read) = (
      Int.random(in: 1...6, using: &generator), Int.random(in: 1...6, using: &generator)
    )
    return (0..<Int.random(in: 1...12, using: &generator)).map { _ in
      let isOpened = Int.random(in: 0..<read, using: &generator) > 0
      return FigureCase(
        groups: FigureCase.groups(
          month: "\(Int.random(in: 0..<months, using: &generator))",
          phase: "\(Int.random(in: 0..<phases, using: &generator))"),
        isInTime: Int.random(in: 0..<timely, using: &generator) > 0,
        isOpened: isOpened, isActedOn: isOpened && Bool.random(using: &generator), delay: 1)
    }
  }
}

extension FigureCase {
  fileprivate static func groups(month: String, phase: String) -> [Dimension: String] {
    [.force: "police.here", .area: "A", .month: month, .phase: phase]
  }

  fileprivate init(month: String, phase: String, opened: Bool) {
    self.init(
      groups: Self.groups(month: month, phase: phase), isInTime: true, isOpened: opened,
      isActedOn: false, delay: 60_000)
  }
}

/// Tries all tables. It shares no code with what it attacks: each row has some state, a table's rows add up
/// to the total, and of what is hidden something has a reason to be, as the printed rule says.
private struct Attacker {
  private typealias Row = StatisticsReport.Row
  private typealias Measure = StatisticsReport.Measure

  private let report: StatisticsReport
  private let cases: [FigureCase]
  /// Beyond the truth, so far that it makes no difference.
  private let most: Int

  init(_ report: StatisticsReport, of cases: [FigureCase]) {
    (self.report, self.cases) = (report, cases)
    most = cases.count + report.threshold + 2
  }

  /// What can be told and must not be; nothing where all is well.
  func failure() -> String? {
    for parts in [[Measure.inTime], [.opened, .actedOn]] {
      let all = states(of: report.total, parts, least: 0)
      let totals = Set(all.map { packed($0, report.total, parts) & ~Self.reason })
      let tables = report.tables.map { table in
        table.rows.map { states(of: $0, parts, least: 1) }
      }
      let possible = zip(report.tables, tables).reduce(totals) { totals, table in
        totals.intersection(sums(table.1, of: table.0.rows, parts))
      }
      let found = all.filter { possible.contains(packed($0, report.total, parts) & ~Self.reason) }
      if let failure = failure(report.total, cases, Set(found), parts) { return failure }
      for (table, states) in zip(report.tables, tables) {
        for index in table.rows.indices {
          let found = self.possible(index, in: table, states, totals: possible, parts)
          let members = cases.filter { $0.groups[table.dimension] == table.rows[index].label }
          if let failure = failure(table.rows[index], members, found, parts) { return failure }
        }
      }
    }
    return nil
  }

  /// A state is [issued, part, part of the part].
  private func states(of row: Row, _ parts: [Measure], least: Int) -> [[Int]] {
    func fits(_ measure: Measure, _ count: Int) -> Bool {
      if case .count(let shown)? = row.cells[measure] { shown == count } else { true }
    }
    var states = (least...most).filter { fits(.issued, $0) }.map { [$0] }
    for part in parts {
      states = states.flatMap { state in
        (0...(state.last ?? 0)).filter { fits(part, $0) }.map { state + [$0] }
      }
    }
    return states
  }

  private func isSmall(_ count: Int) -> Bool { count > 0 && count < report.threshold }

  private func counts(_ state: [Int]) -> [Int] {
    state + state.dropFirst().map { state[0] - $0 }
      + (state.count > 2 ? [state[1] - state[2]] : [])
  }

  private func isHidden(_ row: Row, _ parts: [Measure]) -> Bool {
    parts.contains { row.cells[$0] == .suppressed }
  }

  private func isReason(_ state: [Int], _ row: Row, _ parts: [Measure]) -> Bool {
    isHidden(row, parts)
      && (state[0] < 2 * report.threshold || counts(state).contains(where: isSmall))
  }

  /// A state as one number, so that states add up as numbers do; the topmost bit says that there is a
  /// reason for what is hidden.
  private func packed(_ state: [Int], _ row: Row, _ parts: [Measure]) -> Int {
    state.reversed().reduce(0) { $0 << 8 | $1 }
      | (isReason(state, row, parts) ? Self.reason : 0)
  }

  private static let reason = 1 << 40

  private func added(_ one: Int, _ other: Int) -> Int {
    let counts = (one & ~Self.reason) + (other & ~Self.reason)
    return counts | (one | other) & Self.reason
  }

  /// All that rows' states can add up to, with no more issued than there may be.
  private func reach(_ states: [[[Int]]], of rows: [Row], _ parts: [Measure]) -> Set<Int> {
    zip(states, rows).reduce([0]) { reached, next in
      let packed = next.0.map { self.packed($0, next.1, parts) }
      var sums: Set<Int> = []
      for one in reached {
        for state in packed {
          let sum = added(one, state)
          if sum & 0xff <= most { sums.insert(sum) }
        }
      }
      return sums
    }
  }

  private func needsReason(_ rows: [Row], _ parts: [Measure]) -> Bool {
    rows.contains { isHidden($0, parts) } && !isHidden(report.total, parts)
  }

  private func sums(_ states: [[[Int]]], of rows: [Row], _ parts: [Measure]) -> Set<Int> {
    let needs = needsReason(rows, parts)
    let reached = reach(states, of: rows, parts).filter { $0 & Self.reason != 0 || !needs }
    return Set(reached.map { $0 & ~Self.reason })
  }

  private func possible(
    _ index: Int, in table: StatisticsReport.Table, _ states: [[[Int]]], totals: Set<Int>,
    _ parts: [Measure]
  ) -> Set<[Int]> {
    let needs = needsReason(table.rows, parts)
    let (row, others) = (table.rows[index], table.rows.indices.filter { $0 != index })
    let rest = reach(others.map { states[$0] }, of: others.map { table.rows[$0] }, parts)
    return Set(
      states[index].filter { state in
        let packed = packed(state, row, parts)
        return rest.contains { one in
          let all = added(one, packed)
          return (all & Self.reason != 0 || !needs) && totals.contains(all & ~Self.reason)
        }
      })
  }

  private func failure(
    _ row: Row, _ members: [FigureCase], _ possible: Set<[Int]>, _ parts: [Measure]
  ) -> String? {
    func count(_ measure: Measure) -> Int {
      members.count {
        switch measure {
        case .issued: true
        case .inTime: $0.isInTime
        case .opened: $0.isOpened
        case .actedOn: $0.isActedOn
        }
      }
    }
    let measures = [Measure.issued] + parts
    let truth = measures.map(count)
    guard possible.contains(truth) else { return "\(row.label): the truth is not possible" }
    for (place, measure) in measures.enumerated() where row.cells[measure] == .suppressed {
      if Set(possible.map { $0[place] }).count < 2 { return "\(row.label): \(measure) is certain" }
    }
    for (place, number) in counts(truth).enumerated() where isSmall(number) {
      if possible.allSatisfy({ isSmall(counts($0)[place]) }) {
        return "\(row.label): \(place) of \(measures) is certainly small"
      }
    }
    return nil
  }
}
