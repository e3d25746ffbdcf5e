import Agreements
import Casework
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
    let asOf: String
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
    let (report, at) = try visit.figures.report(visit)
    let measures = StatisticsReport.Measure.allCases
    let tables = report.tables.map { table in
      Table(
        title: "By \(Words.term(table.dimension.rawValue).lowercased())",
        heads: measures.map { Words.term($0.rawValue) },
        rows: (table.rows + [report.total]).map { row in
          Row(label: row.label, cells: measures.map { Self.shown(row.cells[$0]) })
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

/// Counts figures for those from whom nothing is kept once for all of them, and at most once a minute;
/// for others anew over what they may see.
final class FigureCounter: Sendable {
  private let last = Mutex<(report: StatisticsReport, at: Instant, position: Int64)?>(nil)

  func report(_ visit: Visit) throws -> (StatisticsReport, Instant) {
    guard visit.desk.seesEverything else {
      return (try visit.desk.statistics(threshold: 10), visit.now)
    }
    if let known = last.withLock({ $0 }),
      known.position == visit.index.position
        || visit.now.milliseconds - known.at.milliseconds < 60_000
    {
      return (known.report, known.at)
    }
    let report = try visit.desk.statistics(threshold: 10)
    last.withLock { $0 = (report, visit.now, visit.index.position) }
    return (report, visit.now)
  }
}
