public import Records

/// One incident as each agency sees it, side by side. Nothing is merged, averaged or picked.
public struct Perspectives: Hashable, Sendable {
  /// In the order of the agencies' ids.
  public let rows: [Row]
  public let differences: [Difference]

  /// What one agency says.
  public struct Row: Hashable, Sendable {
    public let agency: AgencyID
    public internal(set) var category: Judgement?
    public internal(set) var risk: Judgement?
    public internal(set) var needs: Judgement?
  }

  /// A term or words, when they were said, and what the term means.
  public struct Judgement: Hashable, Sendable {
    public let says: String
    public let at: Instant
    public let means: String?
  }

  /// Two agencies that do not say the same.
  public struct Difference: Hashable, Sendable {
    public let aspect: Aspect
    public let one: AgencyID
    public let other: AgencyID
    public let relation: Crosswalk.Relation
  }

  /// What is judged.
  public enum Aspect: String, Hashable, Sendable {
    case category
    case risk
  }

  /// Puts perspectives side by side.
  /// - Parameters:
  ///   - plans: plans of the family, whose needs each agency states for itself.
  public init(on incident: CaseRecord, plans: [CaseRecord] = [], by crosswalk: Crosswalk) {
    var rows: [AgencyID: Row] = [:]
    func take(
      _ entry: CaseRecord.Entry, _ vocabulary: String?, _ part: WritableKeyPath<Row, Judgement?>
    ) {
      let says = entry.value.words ?? entry.value.description
      let means = vocabulary.flatMap { crosswalk.meaning(of: says, in: $0) }
      rows[entry.by, default: Row(agency: entry.by)][keyPath: part] = Judgement(
        says: says, at: entry.at, means: means)
    }
    for entry in incident.entries("category") { take(entry, "category", \.category) }
    for entry in incident.entries("risk_grade") { take(entry, "risk", \.risk) }
    for entry in plans.flatMap({ $0.entries("needs") }) { take(entry, nil, \.needs) }
    let sorted = rows.values.sorted { $0.agency < $1.agency }
    self.rows = sorted
    differences = Self.differences(sorted, crosswalk)
  }

  private static func differences(_ rows: [Row], _ crosswalk: Crosswalk) -> [Difference] {
    var found: [Difference] = []
    let aspects: [(Aspect, String, KeyPath<Row, Judgement?>)] = [
      (.category, "category", \.category), (.risk, "risk", \.risk),
    ]
    for (aspect, vocabulary, part) in aspects {
      for (number, one) in rows.enumerated() {
        for other in rows.dropFirst(number + 1) {
          guard let here = one[keyPath: part], let there = other[keyPath: part] else { continue }
          let relation = crosswalk.relation(of: here.says, to: there.says, in: vocabulary)
          guard relation != .same else { continue }
          found.append(
            Difference(aspect: aspect, one: one.agency, other: other.agency, relation: relation))
        }
      }
    }
    return found
  }

  /// Whether agencies disagree, beyond saying much the same in other words.
  public var areApart: Bool { differences.contains { $0.relation == .apart } }
}
