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
    count(Quantity(measure), group)
  }

  func count(_ quantity: Quantity, _ group: Int) -> Int {
    members[group].count { quantity.counts(cases[$0]) }
  }

  /// Which atoms a group is the sum of.
  func vector(_ group: Int) -> [UInt64] {
    var vector = [UInt64](repeating: 0, count: atomCount)
    for index in members[group] { vector[atoms[index]] = 1 }
    return vector
  }

  /// The only group of a dimension in which a group's cases are: an area lies in one force's area.
  func only(_ dimension: FigureCase.Dimension, of group: Int) -> String? {
    let labels = Set(members[group].map { cases[$0].groups[dimension] ?? "not known" })
    return labels.count == 1 ? labels.first : nil
  }

  /// The groups of a dimension that share cases with a group.
  func sharing(_ dimension: FigureCase.Dimension, with group: Int) -> [Int] {
    let labels = Set(members[group].map { cases[$0].groups[dimension] ?? "not known" })
    return indices(of: dimension).filter { labels.contains(self.labels[$0]) }
  }

  /// Minutes; nothing where nothing has arrived.
  func medianDelay(_ group: Int) -> Int64? {
    let delays = members[group].compactMap { cases[$0].delay }.sorted()
    return delays.isEmpty ? nil : delays[delays.count / 2] / 60_000
  }
}
