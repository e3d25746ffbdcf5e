import ArgumentParser
import Casework
import Foundation
import Node

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Figures for the partnership: in time, opened, acted on.",
    discussion: """
      Small counts are not shown, nor what would tell them. No person or record is in it.
      """)
  @OptionGroup var node: NodeArgument
  @Option(help: "force, area, month or phase; may be repeated (default: all).")
  var by: [FigureCase.Dimension] = []
  @Option(help: "Counts under this are not shown.")
  var threshold = 10
  @Option(help: "Also write a table (CSV) to this file.")
  var csv: String?
  @Option(help: "Also write a chart (SVG) by the first --by to this file.")
  var svg: String?
  @OptionGroup var output: JSONFlag

  func validate() throws {
    guard (2...1000).contains(threshold) else {
      throw ValidationError("--threshold: expected 2 to 1000")
    }
  }

  func run() throws {
    let report = try node.open().statistics(threshold: threshold)
    let dimensions = by.isEmpty ? FigureCase.Dimension.allCases : by
    if let csv { try TextFile.create(report.csv(by: dimensions), at: csv) }
    if let svg { try TextFile.create(report.svg(by: dimensions[0]), at: svg) }
    if output.json { return try printJSON(ReportFacts(report, dimensions)) }
    print(report.text(by: dimensions))
  }
}

/// Figures as scripts read them; what is not shown is null.
struct ReportFacts: Encodable {
  let threshold: Int
  let total: [String: Int?]
  let tables: [String: [String: [String: Int?]]]

  init(_ report: StatisticsReport, _ dimensions: [FigureCase.Dimension]) {
    threshold = report.threshold
    total = Self.row(report.total)
    var tables: [String: [String: [String: Int?]]] = [:]
    for table in report.tables where dimensions.contains(table.dimension) {
      tables[table.dimension.rawValue] = Dictionary(
        table.rows.map { ($0.label, Self.row($0)) }, uniquingKeysWith: { first, _ in first })
    }
    self.tables = tables
  }

  private static func row(_ row: StatisticsReport.Row) -> [String: Int?] {
    var facts: [String: Int?] = [:]
    facts["median-delay-minutes"] = .some(row.medianDelay.map { Int($0) })
    for measure in StatisticsReport.Measure.allCases where measure != .issued {
      facts[measure.rawValue + "-percent"] = .some(row.percentage(measure))
    }
    for measure in StatisticsReport.Measure.allCases {
      if case .count(let count)? = row.cells[measure] {
        facts[measure.rawValue] = count
      } else {
        facts[measure.rawValue] = .some(nil)
      }
    }
    return facts
  }
}
