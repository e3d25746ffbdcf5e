public import Agreements
public import Records

/// After how long an unopened notification goes to whom. Values of practice, not of law: each
/// agreement may set its own.
public struct EscalationPolicy: Hashable, Sendable {
  /// Milliseconds after the deadline, or after it was issued where that came later: whoever is told late
  /// has as long to open it.
  public let secondKeyAdultAfter: Int64
  public let headAfter: Int64
  public let hubAfter: Int64

  /// By default the second Key Adult hears at the deadline, the head half an hour later, and the hub
  /// after an hour.
  public init(
    secondKeyAdultAfter: Int64 = 0, headAfter: Int64 = 1_800_000, hubAfter: Int64 = 3_600_000
  ) {
    self.secondKeyAdultAfter = secondKeyAdultAfter
    self.headAfter = headAfter
    self.hubAfter = hubAfter
  }

  /// The times that the parties agreed.
  public init(_ agreed: EscalationTimes) {
    self.init(
      secondKeyAdultAfter: Int64(agreed.secondKeyAdult) * 60_000,
      headAfter: Int64(agreed.head) * 60_000, hubAfter: Int64(agreed.hub) * 60_000)
  }

  /// How far a notification has to be escalated: second Key Adult, then head, then hub. Where a
  /// school has named nobody for a step, the next one is told in its stead; nobody is told of what
  /// was opened or withdrawn. Steps only rise. Where it is not for a role, the next one is told at once
  /// (domain rule 19).
  /// - Parameter readiness: what is known of the school.
  public func step(
    for notification: NotificationCase, readiness: Readiness, at now: Instant
  ) -> EscalationStep {
    guard let start = Self.start(of: notification) else { return notification.escalation }
    let late = now.milliseconds - start.milliseconds
    var step = EscalationStep.none
    if late >= secondKeyAdultAfter { step = .secondKeyAdult }
    if late >= headAfter { step = .head }
    if late >= hubAfter { step = .hub }
    if notification.notFor.contains(.keyAdult) { step = max(step, .secondKeyAdult) }
    func canTell(_ role: KeyAdultRole) -> Bool {
      readiness.covers(role) && !notification.notFor.contains(role)
    }
    if step == .secondKeyAdult, !canTell(.secondKeyAdult) { step = .head }
    if step == .head, !canTell(.head) { step = .hub }
    return max(step, notification.escalation)
  }

  /// From when on the minutes count; nothing where nobody has to open it any more.
  private static func start(of notification: NotificationCase) -> Instant? {
    guard let due = notification.dueAt, notification.withdrawn == nil,
      notification.state < .opened
    else { return nil }
    return max(due, notification.issuedAt ?? due)
  }

  /// When the next step is due, so that a clock can wait for it.
  public func next(
    for notification: NotificationCase, readiness: Readiness, after now: Instant
  ) -> Instant? {
    guard let start = Self.start(of: notification) else { return nil }
    let here = step(for: notification, readiness: readiness, at: now)
    return [secondKeyAdultAfter, headAfter, hubAfter].map { start.advanced(byMilliseconds: $0) }
      .filter { $0 > now && step(for: notification, readiness: readiness, at: $0) > here }.min()
  }
}

/// Who at a school is there for notifications.
public enum KeyAdultRole: String, Hashable, Sendable, CaseIterable {
  case keyAdult = "key-adult"
  case secondKeyAdult = "second-key-adult"
  case head
}

/// Whether a school is ready: Key Adults, cover, and training that has not run out (CAFADA found many
/// schools untrained). A school that is not still gets every notification.
public struct Readiness: Hashable, Sendable {
  public let school: AgencyID
  private let roles: Set<KeyAdultRole>
  private let trained: Set<KeyAdultRole>
  /// The next day on which somebody's training runs out.
  public let trainingEnds: LocalDate?

  /// What a school lacks.
  public enum Lack: Hashable, Sendable {
    case noKeyAdult
    case noCover
    case noTraining
    case trainingExpired(LocalDate)
  }

  private let expired: LocalDate?

  /// Reads a school's readiness.
  /// - Parameters:
  ///   - keyAdults: records of type `key_adult`; those of other schools are passed over.
  ///   - training: records of type `training`, likewise.
  public init(
    of school: AgencyID, keyAdults: [CaseRecord], training: [CaseRecord], on today: LocalDate
  ) {
    self.school = school
    func role(_ record: CaseRecord) -> KeyAdultRole? {
      record.text("role").flatMap(KeyAdultRole.init)
    }
    func isHere(_ record: CaseRecord) -> Bool { record.agencies("school") == [school] }
    roles = Set(keyAdults.filter(isHere).compactMap(role))
    var trained: Set<KeyAdultRole> = []
    var (ends, expired): ([LocalDate], [LocalDate]) = ([], [])
    for record in training.filter(isHere) {
      guard let role = role(record), record.date("completed_on") != nil else { continue }
      guard let end = record.date("expires_on") else {
        trained.insert(role)
        continue
      }
      if end >= today {
        trained.insert(role)
        ends.append(end)
      } else {
        expired.append(end)
      }
    }
    self.trained = trained
    trainingEnds = ends.min()
    self.expired = expired.max()
  }

  /// Whether somebody is named for a role.
  public func covers(_ role: KeyAdultRole) -> Bool { roles.contains(role) }

  /// What the school lacks; nothing where it is ready.
  public var lacks: [Lack] {
    var lacks: [Lack] = []
    if !covers(.keyAdult) { lacks.append(.noKeyAdult) }
    if !covers(.secondKeyAdult) && !covers(.head) { lacks.append(.noCover) }
    if trained.isEmpty { lacks.append(expired.map(Lack.trainingExpired) ?? .noTraining) }
    return lacks
  }

  /// Whether notifications can go there without guidance beside them.
  public var isReady: Bool { lacks.isEmpty }
}

extension Readiness.Lack: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noKeyAdult: "no Key Adult is named"
    case .noCover: "nobody is named for when the Key Adult is away"
    case .noTraining: "nobody's training is recorded"
    case .trainingExpired(let day): "the last training ran out on \(day)"
    }
  }
}
