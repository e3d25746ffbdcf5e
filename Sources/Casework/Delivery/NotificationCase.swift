public import Records

/// How far a notification has come. The state shown is the furthest that was entered.
public enum DeliveryState: String, Hashable, Sendable, CaseIterable, Comparable {
  case issued
  case delivered
  case opened
  case actedOn = "acted-on"

  public static func < (left: DeliveryState, right: DeliveryState) -> Bool {
    left.rank < right.rank
  }

  private var rank: Int {
    switch self {
    case .issued: 0
    case .delivered: 1
    case .opened: 2
    case .actedOn: 3
    }
  }
}

/// Who has been told that a notification waits unopened.
public enum EscalationStep: String, Hashable, Sendable, CaseIterable, Comparable {
  case none
  case secondKeyAdult = "second-key-adult"
  case head
  case hub

  public static func < (left: EscalationStep, right: EscalationStep) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}

/// A notification with all that was entered about it: its ledger and the school's response.
public struct NotificationCase: Hashable, Sendable {
  public let id: RecordID
  public let school: AgencyID?
  public let child: RecordID?
  public let incident: RecordID?
  public let issuer: AgencyID?
  public let occurredAt: Instant?
  public let issuedAt: Instant?
  public let dueAt: Instant?
  /// The roles at the school that do not open it.
  public let notFor: Set<KeyAdultRole>
  /// Why it was taken back.
  public let withdrawn: String?
  public let escalation: EscalationStep
  public let ledger: [LedgerEntry]
  /// The furthest state that was entered.
  public let state: DeliveryState
  /// When the school first said that it had acted.
  public let actedAt: Instant?

  /// One entry of a notification's ledger.
  public struct LedgerEntry: Hashable, Sendable {
    public let state: DeliveryState
    public let at: Instant
    public let by: AgencyID
  }

  /// Puts together what is known of a notification.
  /// - Parameters:
  ///   - deliveries: records of type `delivery`; those of other notifications are passed over.
  ///   - responses: records of type `response`, likewise.
  public init(_ notification: CaseRecord, deliveries: [CaseRecord], responses: [CaseRecord]) {
    id = notification.id
    school = notification.agencies("school").first
    child = notification.references("child").first
    incident = notification.references("incident").first
    issuer = notification.entries("issued_at").first?.by
    occurredAt = notification.instant("occurred_at")
    issuedAt = notification.instant("issued_at")
    dueAt = notification.instant("due_at")
    notFor = Set(
      notification.entries("not_for").compactMap { $0.value.words }.compactMap(KeyAdultRole.init))
    withdrawn = notification.text("withdrawn")
    escalation = notification.text("escalation").flatMap(EscalationStep.init) ?? .none
    func concerns(_ record: CaseRecord) -> Bool {
      record.references("notification").contains(notification.id)
    }
    let ledger = deliveries.filter(concerns).flatMap { record in
      record.entries("state").compactMap { entry in
        entry.value.words.flatMap(DeliveryState.init).map {
          LedgerEntry(state: $0, at: entry.at, by: entry.by)
        }
      }
    }.sorted { ($0.at, $0.state) < ($1.at, $1.state) }
    self.ledger = ledger
    let actedAt = responses.filter { concerns($0) && $0.isTrue("acted_on") }
      .flatMap { $0.entries("acted_on") }.map(\.at).min()
    self.actedAt = actedAt
    state = actedAt == nil ? ledger.map(\.state).max() ?? .issued : .actedOn
  }

  /// When a state was first reached, or one beyond it.
  public func reached(_ state: DeliveryState) -> Instant? {
    let entered = ledger.filter { $0.state >= state }.map(\.at)
    let acted = state <= .actedOn ? actedAt.map { [$0] } ?? [] : []
    return (entered + acted).min()
  }

  /// Whether nobody has to do anything any more.
  public var isSettled: Bool { withdrawn != nil || state == .actedOn }

  /// Whether it waits unopened past its deadline.
  public func isLate(at now: Instant) -> Bool {
    guard let dueAt, withdrawn == nil, state < .opened else { return false }
    return now >= dueAt
  }

  /// Whether the school had it before it was due; nothing while that is open.
  public var wasInTime: Bool? {
    guard let dueAt, let delivered = reached(.delivered) else { return nil }
    return delivered <= dueAt
  }
}

/// What waits, in the order in which it matters: what is late first, then by deadline.
public enum Inbox {
  /// - Parameter cases: all notifications of a node.
  public static func waiting(_ cases: [NotificationCase], at now: Instant) -> [NotificationCase] {
    let last = Instant(milliseconds: .max)
    let waiting = cases.filter { !$0.isSettled }.map { found in
      (found: found, order: found.isLate(at: now) ? 0 : 1, due: found.dueAt ?? last)
    }
    return waiting.sorted {
      ($0.order, $0.due, $0.found.id) < ($1.order, $1.due, $1.found.id)
    }.map(\.found)
  }
}
