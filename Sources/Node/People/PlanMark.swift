import Casework
public import Records

/// When a plan needs somebody, without reading the plan.
public struct PlanMark: Hashable, Sendable {
  /// When it is to be looked at again.
  public let reviewOn: LocalDate?
  /// When the first of what is still to be done is due.
  public let dueOn: LocalDate?

  init(_ plan: FamilyPlan) {
    reviewOn = plan.reviewOn
    // What counts as late some day is what is not done yet.
    let endOfTime = LocalDate(daysSinceEpoch: .max)
    dueOn = plan.lateActions(on: endOfTime).compactMap(\.dueOn).min()
  }

  /// Whether somebody has to look at it.
  public func isUrgent(on today: LocalDate) -> Bool {
    reviewOn.map { $0 <= today } ?? false || dueOn.map { $0 < today } ?? false
  }
}

extension CaseIndex.State {
  /// The plans in the order of `PlanBoard`: those that need somebody first, then by review.
  public func plansInOrder(on today: LocalDate) -> [RecordID] {
    plans.map { id, mark in
      (
        rank: mark.isUrgent(on: today) ? 0 : 1,
        review: mark.reviewOn ?? LocalDate(daysSinceEpoch: .max), id: id
      )
    }.sorted { ($0.rank, $0.review, $0.id) < ($1.rank, $1.review, $1.id) }.map(\.id)
  }

  /// The plans that need somebody, in the same order.
  public func urgentPlans(on today: LocalDate) -> [RecordID] {
    plansInOrder(on: today).prefix { plans[$0]?.isUrgent(on: today) ?? false }
  }
}
