public import Casework
import Node
import Records

/// The simulator's own book of what was issued when, in true time.
struct CaseBook {
  /// One notification as it was issued.
  struct Case {
    let school: AgencyID
    let issuer: Int
    /// Milliseconds from the beginning.
    let issuedAt: Int64
    let occurredAt: Instant
    let dueAt: Instant
    /// Whether it tells the officer of what the closed school is told later.
    let isMeanwhile: Bool
    var isWithdrawn = false
  }

  private(set) var cases: [RecordID: Case] = [:]
  /// How often what was there already was asked for again.
  private(set) var repeated = 0

  mutating func issued(
    _ issued: IssuedNotification, _ task: IssueTask, by issuer: Int, at now: Int64
  ) {
    guard cases[issued.id] == nil else {
      repeated += 1
      return
    }
    cases[issued.id] = Case(
      school: issued.school, issuer: issuer, issuedAt: now, occurredAt: task.occurredAt,
      dueAt: issued.dueAt, isMeanwhile: false)
    guard let officer = issued.meanwhile else { return }
    cases[CaseIDs.meanwhile(of: issued.id)] = Case(
      school: officer, issuer: issuer, issuedAt: now, occurredAt: task.occurredAt,
      dueAt: issued.dueAt, isMeanwhile: true)
  }

  /// What an officer was told meanwhile is taken back with it.
  mutating func withdrew(_ id: RecordID) {
    cases[id]?.isWithdrawn = true
    cases[CaseIDs.meanwhile(of: id)]?.isWithdrawn = true
  }
}

/// Why a school had a notification after it was due.
public enum LateCause: String, Hashable, Sendable, CaseIterable {
  /// It happened while the school was open.
  case dueAtOnce = "due at once"
  case issuedLate = "issued too late"
  case schoolOffline = "the school was offline"
  case issuerOffline = "the police were offline"
  case nodeDown = "a node was down"
  case network = "the network failed"
  /// A clock had been set wrong before: what is stamped in its future a school sets aside until its time.
  case clock = "a clock was wrong"
}

/// What became of the notifications of a run.
public struct CaseworkReport: Hashable, Sendable {
  /// To schools, and to the council's officer meanwhile.
  public var issued = 0
  public var meanwhile = 0
  public var withdrawn = 0
  /// Commands given again, which issued nothing.
  public var repeated = 0
  /// To schools, delivered before they were due.
  public var inTime = 0
  public var late: [LateCause: Int] = [:]
  /// How long each was on its way to the school's ledger, in milliseconds, by the school's clock.
  public var delays: [Int64] = []
  public var opened = 0
  public var actedOn = 0
  /// How far notifications to schools went up, by the last step.
  public var escalated: [EscalationStep: Int] = [:]

  /// Nothing yet.
  public init() {}

  /// What several runs came to together.
  public init(adding reports: [CaseworkReport]) {
    for report in reports {
      issued += report.issued
      meanwhile += report.meanwhile
      withdrawn += report.withdrawn
      repeated += report.repeated
      inTime += report.inTime
      opened += report.opened
      actedOn += report.actedOn
      late.merge(report.late, uniquingKeysWith: +)
      escalated.merge(report.escalated, uniquingKeysWith: +)
      delays += report.delays
    }
  }
}
