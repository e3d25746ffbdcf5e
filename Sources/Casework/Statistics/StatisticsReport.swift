import Records

/// Timeliness and follow-through by force, area, month and school phase, so that nothing small shows:
/// counts under a threshold are suppressed, and more with them, so that no total, percentage or other
/// table gives them away (the practice of statistical disclosure control).
public struct StatisticsReport: Hashable, Sendable {
  public let threshold: Int
  public let total: Row
  public let tables: [Table]

  /// What is counted.
  public enum Measure: String, Hashable, Sendable, CaseIterable {
    case issued
    case inTime = "in-time"
    case opened
    case actedOn = "acted-on"
  }

  /// A count, or that it is not shown.
  public enum Cell: Hashable, Sendable {
    case count(Int)
    case suppressed
  }

  /// The figures by one dimension.
  public struct Table: Hashable, Sendable {
    public let dimension: FigureCase.Dimension
    public let rows: [Row]
  }

  /// The figures of one group.
  public struct Row: Hashable, Sendable {
    public let label: String
    public let cells: [Measure: Cell]
    /// Minutes from the incident until the school had it; not where few were counted.
    public let medianDelay: Int64?

    /// A measure in whole per cent of what was issued; not where either is suppressed.
    public func percentage(_ measure: Measure) -> Int? {
      guard case .count(let part)? = cells[measure], case .count(let all)? = cells[.issued],
        all > 0
      else { return nil }
      return (part * 100 + all / 2) / all
    }
  }

  /// Counts cases.
  /// - Parameter threshold: counts from 1 up to one less are suppressed, at least 2.
  public init(_ cases: [FigureCase], threshold: Int = 10) {
    self.threshold = threshold
    let groups = CaseGroups(cases)
    let suppression = Suppression(groups, threshold: threshold)
    func row(_ group: Int, _ label: String) -> Row {
      var cells: [Measure: Cell] = [:]
      for measure in Measure.allCases {
        cells[measure] =
          suppression.isShown(measure, group)
          ? .count(groups.count(measure, group)) : .suppressed
      }
      return Row(
        label: label, cells: cells,
        medianDelay: Self.tellsMany(cells, threshold) ? groups.medianDelay(group) : nil)
    }
    total = row(CaseGroups.total, "All")
    tables = FigureCase.Dimension.allCases.map { dimension in
      Table(
        dimension: dimension,
        rows: groups.indices(of: dimension).map { row($0, groups.labels[$0]) })
    }
  }

  /// Whether what is shown says anyway that many had arrived: a median that stands or not would else tell
  /// whether few had.
  private static func tellsMany(_ cells: [Measure: Cell], _ threshold: Int) -> Bool {
    guard case .count? = cells[.issued] else { return false }
    return [Measure.inTime, .opened].contains { measure in
      if case .count(let count)? = cells[measure] { count >= threshold } else { false }
    }
  }
}
