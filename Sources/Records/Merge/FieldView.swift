/// What people see of a field: the versions that stand side by side, and whether they must choose.
public struct FieldView: Hashable, Sendable {
  public let rule: MergeRule
  /// One for a settled register, several for judgements, conflicts, sets and logs; in a stable
  /// order. A cleared register's version has no value.
  public let versions: [Version]
  /// Whether a person must choose between concurrent versions.
  public let isConflict: Bool

  /// Reads a field's state.
  /// - Parameter rank: where a term stands in its ordered vocabulary, for `highest`; terms that
  ///   are not known rank below all others.
  public init(_ state: FieldState, rank: (Value) -> Int? = { _ in nil }) {
    rule = state.rule
    let sorted = state.versions.sorted(by: Version.precedes)
    switch state.rule {
    case .latest:
      versions = Array(sorted.suffix(1))
      isConflict = false
    case .highest:
      versions = Self.highest(sorted, rank: rank)
      isConflict = false
    case .review:
      versions = sorted
      isConflict = Self.differ(sorted)
    case .eachAgency:
      versions = sorted.sorted { ($0.author, $0.time, $0.id) < ($1.author, $1.time, $1.id) }
      isConflict = Dictionary(grouping: sorted, by: \.author).values.contains(where: Self.differ)
    case .set:
      versions = Self.distinct(sorted)
      isConflict = false
    case .log:
      versions = sorted
      isConflict = false
    }
  }

  /// The agencies whose own versions stand in conflict: all of a `review` field's, and under
  /// `each-agency` those with several.
  public func isConflict(for author: AgencyID) -> Bool {
    switch rule {
    case .review: isConflict
    case .eachAgency: Self.differ(versions.filter { $0.author == author })
    case .latest, .set, .log, .highest: false
    }
  }

  /// Two people who wrote the same value at once do not disagree, and nobody can choose a value
  /// that was erased here.
  private static func differ(_ versions: [Version]) -> Bool {
    Set(versions.filter { !$0.write.isWithheld }.map(\.write.value)).count > 1
  }

  private static func highest(_ sorted: [Version], rank: (Value) -> Int?) -> [Version] {
    func height(_ version: Version) -> Int { version.write.value.flatMap(rank) ?? -1 }
    let winner = sorted.max { (height($0), $0.time.rawValue) < (height($1), $1.time.rawValue) }
    guard let winner else { return [] }
    let equals = sorted.filter { height($0) == height(winner) }
    return Array(equals.suffix(1))
  }

  /// One version for each element, the earliest that put it there.
  private static func distinct(_ sorted: [Version]) -> [Version] {
    var elements: Set<Value?> = []
    return sorted.filter { $0.write.isWithheld || elements.insert($0.write.value).inserted }
  }
}
