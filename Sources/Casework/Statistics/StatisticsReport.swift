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
  /// - Parameter threshold: counts from 1 up to one less are suppressed.
  public init(_ cases: [FigureCase], threshold: Int = 10) {
    self.threshold = threshold
    let groups = CaseGroups(cases)
    let hidden = Suppression(groups, threshold: threshold).hidden
    func row(_ group: Int, _ label: String) -> Row {
      var cells: [Measure: Cell] = [:]
      for measure in Measure.allCases {
        let isHidden = hidden[measure]?.contains(group) ?? false
        cells[measure] = isHidden ? .suppressed : .count(groups.count(measure, group))
      }
      let isShown = cells[.issued] != .suppressed
      return Row(
        label: label, cells: cells,
        medianDelay: isShown ? groups.medianDelay(group, atLeast: threshold) : nil)
    }
    total = row(CaseGroups.total, "All")
    tables = FigureCase.Dimension.allCases.map { dimension in
      Table(
        dimension: dimension,
        rows: groups.indices(of: dimension).map { row($0, groups.labels[$0]) })
    }
  }
}

/// Cases by group: the first group is all of them, then each value of each dimension.
struct CaseGroups {
  static let total = 0
  let labels: [String]
  private let dimensions: [FigureCase.Dimension?]
  private let members: [[Int]]
  private let cases: [FigureCase]
  /// Which atom each case belongs to: cases that are alike in every dimension.
  private let atoms: [Int]
  let atomCount: Int

  init(_ cases: [FigureCase]) {
    self.cases = cases
    var (labels, dimensions, members) = (
      ["All"], [FigureCase.Dimension?.none], [Array(cases.indices)]
    )
    for dimension in FigureCase.Dimension.allCases {
      let byLabel = Dictionary(grouping: cases.indices) {
        cases[$0].groups[dimension] ?? "not known"
      }
      for (label, indices) in byLabel.sorted(by: { $0.key < $1.key }) {
        labels.append(label)
        dimensions.append(dimension)
        members.append(indices)
      }
    }
    var numbers: [[FigureCase.Dimension: String]: Int] = [:]
    var atoms: [Int] = []
    for one in cases {
      let number = numbers[one.groups] ?? numbers.count
      numbers[one.groups] = number
      atoms.append(number)
    }
    self.labels = labels
    self.dimensions = dimensions
    self.members = members
    self.atoms = atoms
    atomCount = numbers.count
  }

  var all: Range<Int> { labels.indices }

  func indices(of dimension: FigureCase.Dimension) -> [Int] {
    all.filter { dimensions[$0] == dimension }
  }

  func dimension(of group: Int) -> FigureCase.Dimension? { dimensions[group] }

  func count(_ measure: StatisticsReport.Measure, _ group: Int) -> Int {
    members[group].count { index in
      switch measure {
      case .issued: true
      case .inTime: cases[index].isInTime
      case .opened: cases[index].isOpened
      case .actedOn: cases[index].isActedOn
      }
    }
  }

  /// Which atoms a group is the sum of.
  func vector(_ group: Int) -> [UInt64] {
    var vector = [UInt64](repeating: 0, count: atomCount)
    for index in members[group] { vector[atoms[index]] = 1 }
    return vector
  }

  func medianDelay(_ group: Int, atLeast threshold: Int) -> Int64? {
    let delays = members[group].compactMap { cases[$0].delay }.sorted()
    guard delays.count >= threshold else { return nil }
    return delays[delays.count / 2] / 60_000
  }
}
