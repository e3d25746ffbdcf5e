public import Records

/// Whether somebody has to be told outside the node that something waits (domain rules 5 and 6): once
/// when a notification begins to wait, and once more at each step of its escalation.
public struct WaitingAlert: Hashable, Sendable {
  private var told: [RecordID: EscalationStep] = [:]
  /// Whether something waits of which nobody was told yet.
  public private(set) var isDue = false

  /// All that an alert ever says: it goes through mail and telephones that anybody may read, so that no
  /// name, no child and no agency stands in it.
  public static let text = "Something waits in Concord. Open Concord to see what."

  /// Nobody was told of anything yet.
  public init() {}

  /// Takes note of what waits now; what waits no longer is forgotten.
  public mutating func see(_ waiting: [RecordID: EscalationStep]) {
    if waiting.contains(where: { id, step in told[id].map { step > $0 } ?? true }) { isDue = true }
    if waiting.isEmpty { isDue = false }
    told = waiting
  }

  /// Somebody was told.
  public mutating func sent() { isDue = false }
}

extension NotificationCase {
  /// Whether it waits for somebody at an agency: unopened, where it is addressed; and escalated to the
  /// hub, wherever that may be seen.
  public func waits(at agency: AgencyID) -> Bool {
    withdrawn == nil && state < .opened && (school == agency || escalation == .hub)
  }
}
