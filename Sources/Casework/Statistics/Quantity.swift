/// What somebody could count in a group of cases: what is printed, and what is left over of it, which is a
/// count of children too. Nine opened of ten issued say that one was not.
enum Quantity: Int, CaseIterable {
  case issued, inTime, late, opened, unopened, actedOn, unacted, openedOnly

  /// What is shown or hidden together, since each of these bounds the others.
  enum Block: CaseIterable {
    case issued, timeliness, following
  }

  init(_ measure: StatisticsReport.Measure) {
    self =
      switch measure {
      case .issued: .issued
      case .inTime: .inTime
      case .opened: .opened
      case .actedOn: .actedOn
      }
  }

  var block: Block {
    switch self {
    case .issued: .issued
    case .inTime, .late: .timeliness
    case .opened, .unopened, .actedOn, .unacted, .openedOnly: .following
    }
  }

  /// Which are sums of which others in every group.
  static let sums: [(whole: Quantity, parts: [Quantity])] = [
    (.issued, [.inTime, .late]), (.issued, [.opened, .unopened]), (.issued, [.actedOn, .unacted]),
    (.opened, [.actedOn, .openedOnly]), (.unacted, [.unopened, .openedOnly]),
  ]

  func counts(_ found: FigureCase) -> Bool {
    switch self {
    case .issued: true
    case .inTime: found.isInTime
    case .late: !found.isInTime
    case .opened: found.isOpened
    case .unopened: !found.isOpened
    case .actedOn: found.isActedOn
    case .unacted: !found.isActedOn
    case .openedOnly: found.isOpened && !found.isActedOn
    }
  }
}
