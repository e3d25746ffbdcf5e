import Records

/// Decisions that were taken a moment ago and hold for other writes too: whether an agency may read or write a
/// field does not depend on which record it is, and a batch asks that of thousands of writes of the same few
/// fields.
///
/// Whoever keeps one forgets it as soon as what is agreed changes. Where an agency was ever suspended or has
/// left, it depends on the change what may be, and nothing is remembered.
public final class DecisionMemory {
  /// Nothing was asked yet.
  public init() {}

  /// All that a decision about writing depends on, beside the time, which is looked at each time.
  struct Writing: Hashable {
    let agreement: Digest
    let agency: AgencyID
    let field: String
    let type: String
  }

  struct Reading: Hashable {
    let agency: AgencyID
    let field: String
    let type: String
    let isRouted: Bool
    let isRestricted: Bool
    let now: Instant
    let sender: AgencyID?
  }

  struct Covering: Hashable {
    let field: String
    let type: String
    let grant: String
    let agreement: Digest
    let sender: AgencyID
    let receiver: AgencyID
    let now: Instant
    let drift: Int64
  }

  var writing: [Writing: Decision] = [:]
  var reading: [Reading: Decision] = [:]
  var covering: [Covering: Bool] = [:]
}

extension Partnership {
  /// Whether anything was ever said about whether one of these takes part.
  func isAnyStanding(of agencies: AgencyID?...) -> Bool {
    !standings.isEmpty
      && standings.values.contains { standings in
        agencies.contains { $0.map { standings[$0] != nil } ?? false }
      }
  }
}
