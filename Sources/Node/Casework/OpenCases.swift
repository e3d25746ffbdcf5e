import Agreements
public import Casework
public import Records
import Replica

/// The notifications that somebody still has to look at, kept from one look to the next: only what was
/// written meanwhile is read again. A force looks after every change, and at a weekend hundreds wait.
public struct OpenCases: Sendable {
  private var state: LogState?
  private var open: [RecordID: NotificationCase] = [:]
  private var readiness: [AgencyID: Readiness] = [:]
  private var day: LocalDate?

  /// Nothing was looked at yet.
  public init() {}

  /// Brings up to date what is open.
  /// - Parameter isDone: whether one needs no more looking at, as long as nothing is written about it.
  /// - Returns: what is open, ordered by id.
  /// - Throws: `ReplicaError`.
  public mutating func look(
    at desk: some CaseDesk, isDone: (NotificationCase) -> Bool
  ) throws -> [NotificationCase] {
    let today = LondonTime(desk.now).date
    // A person's training runs out with a day.
    if day != today { readiness = [:] }
    day = today
    let now = try desk.replica.logState()
    if let state, state.alterations == now.alterations {
      if state != now { try takeIn(since: state, of: desk, isDone) }
    } else {
      readiness = [:]
      let hasAny = try desk.replica.partnership().recordType("notification") != nil
      open = [:]
      for found in hasAny ? try desk.notifications() : [] where !isDone(found) {
        open[found.id] = found
      }
    }
    // What comes while it reads is read once more.
    state = now
    return open.values.sorted { $0.id < $1.id }
  }

  /// How ready a school is, as of the last look.
  /// - Throws: `ReplicaError`.
  public mutating func readiness(
    of school: AgencyID, at desk: some CaseDesk
  ) throws -> Readiness {
    if let known = readiness[school] { return known }
    let found = try desk.readiness(of: school)
    readiness[school] = found
    return found
  }

  private mutating func takeIn(
    since state: LogState, of desk: some CaseDesk, _ isDone: (NotificationCase) -> Bool
  ) throws {
    var touched: Set<RecordID> = []
    for (id, type) in try desk.replica.recordsTouched(since: state.position).records {
      switch type {
      case "notification": touched.insert(id)
      case "delivery", "response":
        let record = try? desk.caseRecord(id, type: type)
        touched.formUnion(record?.references("notification") ?? [])
      case "key_adult", "training":
        guard let schools = (try? desk.caseRecord(id, type: type))?.agencies("school"),
          !schools.isEmpty
        else {
          readiness = [:]
          continue
        }
        for school in schools { readiness[school] = nil }
      default: break
      }
    }
    for id in touched {
      let found = try? desk.notification(id)
      open[id] = found.flatMap { isDone($0) ? nil : $0 }
    }
  }
}
