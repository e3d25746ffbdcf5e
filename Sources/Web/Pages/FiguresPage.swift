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
/// for others anew over what they may see. Where there is much to count, it is done beside the pages.
final class FigureCounter: Sendable {
  private struct State {
    var last: (report: StatisticsReport, at: Instant, position: Int64)?
    var isCounting = false
  }

  private let state = Mutex(State())

  /// Up to so many records are counted while somebody waits for the page.
  private static let few = 2_000

  /// The figures, and when they were counted; nothing where they are being counted for the first time.
  func report(_ visit: Visit) throws -> (StatisticsReport, Instant)? {
    guard visit.desk.seesEverything else {
      return (try visit.desk.statistics(threshold: 10), visit.now)
    }
    let (desk, position) = (visit.desk, visit.index.position)
    let isSmall = visit.index.records.count <= Self.few
    let known = state.withLock { $0.last }
    if let known,
      known.position == position || visit.now.milliseconds - known.at.milliseconds < 60_000
    {
      return (known.report, known.at)
    }
    if isSmall { return try count(desk, position) }
    let isMine = state.withLock { state in
      defer { state.isCounting = true }
      return !state.isCounting
    }
    if isMine {
      Thread.detachNewThread { [self] in
        _ = try? count(desk, position)
        state.withLock { $0.isCounting = false }
      }
    }
    return known.map { ($0.report, $0.at) }
  }

  private func count(
    _ desk: ViewedDesk, _ position: Int64
  ) throws -> (StatisticsReport, Instant) {
    let (report, at) = (try desk.statistics(threshold: 10), desk.now)
    state.withLock { $0.last = (report, at, position) }
    return (report, at)
  }
}
