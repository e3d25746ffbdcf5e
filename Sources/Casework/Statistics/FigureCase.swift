public import Records

/// One notification as statistics count it: no record's id, no name, no value.
public struct FigureCase: Hashable, Sendable {
  /// What it is grouped by.
  public let groups: [Dimension: String]
  /// Whether the school had it before it was due; what is open and not yet due is not counted as late.
  public let isInTime: Bool
  public let isOpened: Bool
  public let isActedOn: Bool
  /// Milliseconds from the incident until the school had it.
  public let delay: Int64?

  /// What figures are shown by.
  public enum Dimension: String, Hashable, Sendable, CaseIterable {
    case force
    case area
    case month
    case phase
  }

  /// States a case.
  public init(
    groups: [Dimension: String], isInTime: Bool, isOpened: Bool, isActedOn: Bool, delay: Int64?
  ) {
    self.groups = groups
    self.isInTime = isInTime
    // Who acted on it has read it, whatever the ledger was told.
    self.isOpened = isOpened || isActedOn
    self.isActedOn = isActedOn
    self.delay = delay
  }

  /// Counts a notification. One that was withdrawn, or whose deadline is still to come and that has
  /// not arrived, says nothing yet.
  /// - Parameter school: what the list of schools says of the recipient.
  public init?(_ found: NotificationCase, school: School?, at now: Instant) {
    guard found.withdrawn == nil, let issuer = found.issuer, let occurred = found.occurredAt,
      let due = found.dueAt
    else { return nil }
    let delivered = found.reached(.delivered)
    guard delivered != nil || now > due else { return nil }
    let month = LondonTime(occurred).date
    self.init(
      groups: [
        .force: "\(issuer)", .area: school?.localAuthority ?? "not known",
        .month: String("\(month)".prefix(7)), .phase: school?.phase ?? "not known",
      ],
      isInTime: found.wasInTime ?? false, isOpened: found.reached(.opened) != nil,
      isActedOn: found.state == .actedOn,
      delay: delivered.map { $0.milliseconds - occurred.milliseconds })
  }
}
