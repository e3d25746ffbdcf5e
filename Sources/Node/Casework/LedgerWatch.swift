public import Casework
public import Records
import Replica

/// What the ledger was kept at: nothing has to be read again until something is new, a step is due or
/// another day begins.
public struct LedgerWatch: Sendable {
  private var position: Int64?
  private var day: LocalDate?
  /// When something will be due although nothing new has come.
  public private(set) var next: Instant?
  private var open = OpenCases()
  /// What waits for somebody at this agency, and how far it is escalated.
  public private(set) var waiting: [RecordID: EscalationStep] = [:]

  /// Nothing was looked at yet.
  public init() {}

  /// Keeps the ledger where there may be something to enter.
  /// - Returns: how many entries were made, and what to go on from.
  /// - Throws: `ReplicaError`.
  public func keep(
    of desk: some CaseDesk, at now: Instant
  ) throws -> (entered: Int, watch: LedgerWatch) {
    let (today, before) = (LondonTime(now).date, try desk.replica.logPosition())
    if position == before, day == today, next.map({ now < $0 }) ?? true { return (0, self) }
    var watch = LedgerWatch()
    watch.open = open
    let (entered, due, waiting) = try desk.keepLedger(&watch.open)
    // What was entered itself may bring about more: then it is looked at once again.
    watch.position = before
    watch.day = today
    watch.next = due
    watch.waiting = waiting
    return (entered, watch)
  }
}
