import Agreements
import Casework
import Foundation
import Node
import Records
import Replica
import Synchronization

/// Figures without personal data: nothing small stands in them.
struct FiguresPage: Page {
  let path = "/figures"
  let duty: Duty? = .figures

  struct Model: Sendable {
    let tables: [Table]
    /// When they were counted; nothing while they are.
    let asOf: String?
    let threshold: Int
  }

  struct Table: Sendable {
    let title: String
    let heads: [String]
    let rows: [Row]
  }

  struct Row: Sendable {
    let label: String
    let cells: [String]
  }

  func show(_ visit: Visit) throws -> Reply {
    guard let (report, at) = try visit.figures.report(visit) else {
      return .page(Screen("Figures", "figures", Model(tables: [], asOf: nil, threshold: 10)))
    }
    let measures = StatisticsReport.Measure.allCases
    let tables = report.tables.map { table in
      Table(
        title: "By \(Words.term(table.dimension.rawValue).lowercased())",
        heads: measures.map { Words.term($0.rawValue) },
        rows: (table.rows + [report.total]).map { row in
          Row(
            label: AgencyID(row.label).map(visit.name) ?? row.label,
            cells: measures.map { Self.shown(row.cells[$0]) })
        })
    }
    return .page(
      Screen(
        "Figures", "figures",
        Model(
          tables: tables, asOf: PeopleTime.spoken(at, now: visit.now),
          threshold: report.threshold)))
  }

  private static func shown(_ cell: StatisticsReport.Cell?) -> String {
    switch cell {
    case .count(let number)?: "\(number)"
    case .suppressed?: "hidden"
    case nil: ""
    }
  }
}

/// Counts figures for each person over what they may see, at most once a minute. Where there is much to count
/// it is done beside the pages. It is the same for everybody, from whomever something is kept: who waits
/// longer than others, or gets figures of another minute, would know that something is.
final class FigureCounter: Sendable {
  private struct Counted {
    let report: StatisticsReport
    let at: Instant
    let position: Int64
  }

  private struct State {
    var counted: [String: Counted] = [:]
    /// Who waits for theirs, in turn: one count at a time, since each reads everything.
    var waiting: [(account: String, desk: ViewedDesk, position: Int64)] = []
    var isCounting = false
  }

  private let state = Mutex(State())

  /// Of up to so many children figures are counted while somebody waits for the page.
  private static let few = 500
  private static let freshMilliseconds: Int64 = 60_000

  /// The figures, and when they were counted; nothing where they are being counted for the first time.
  func report(_ visit: Visit) throws -> (StatisticsReport, Instant)? {
    let (account, desk, position) = (visit.viewer.account.name, visit.desk, visit.index.position)
    let isSmall = visit.index.childCount <= Self.few
    let known = state.withLock { $0.counted[account] }
    if let known,
      known.position == position
        || !isSmall && visit.now.milliseconds - known.at.milliseconds < Self.freshMilliseconds
    {
      return (known.report, known.at)
    }
    if isSmall {
      let counted = try Self.count(desk, position)
      state.withLock { $0.counted[account] = counted }
      return (counted.report, counted.at)
    }
    let begins = state.withLock { state in
      if !state.waiting.contains(where: { $0.account == account }) {
        state.waiting.append((account, desk, position))
      }
      defer { state.isCounting = true }
      return !state.isCounting
    }
    if begins { Thread.detachNewThread { [self] in countAll() } }
    return known.map { ($0.report, $0.at) }
  }

  private func countAll() {
    var next = state.withLock { $0.waiting.first }
    while let one = next {
      let counted = try? Self.count(one.desk, one.position)
      next = state.withLock { state in
        state.waiting.removeFirst()
        if let counted { state.counted[one.account] = counted }
        state.isCounting = !state.waiting.isEmpty
        return state.waiting.first
      }
    }
  }

  private static func count(_ desk: ViewedDesk, _ position: Int64) throws -> Counted {
    Counted(report: try desk.statistics(threshold: 10), at: desk.now, position: position)
  }
}
