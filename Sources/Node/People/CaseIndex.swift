public import Casework
import Foundation
public import Records
import Replica
import Synchronization

/// What pages ask for again and again, kept in memory and only ever brought up to date: which
/// notifications wait, what children are called, which records restrict. Nothing of it is on the disk.
public final class CaseIndex: Sendable {
  /// The state of the index at one position of the log.
  public struct State: Sendable {
    public internal(set) var position: Int64 = 0
    /// Notifications that somebody still has to do something about.
    public internal(set) var unsettled = Shards<Unsettled>()
    /// What is kept from people, by restriction.
    public internal(set) var restrictions: [RecordID: Restriction] = [:]
    /// Notifications to this agency that are not for some of its roles.
    public internal(set) var notFor: [RecordID: Set<KeyAdultRole>] = [:]
    /// When somebody looked at what is kept from them.
    public internal(set) var overrides: [RecordID: Instant] = [:]
    /// When plans need somebody.
    public internal(set) var plans: [RecordID: PlanMark] = [:]
    /// Children's files that have not come to their school.
    public internal(set) var waitingFiles: Set<RecordID> = []
    /// The words of children's names, folded, and their other identifiers.
    var children = Shards<[String]>()

    /// How many children there are.
    public var childCount: Int { children.count }

    /// The children whose names hold all words, each at the beginning of one of its own; or whose
    /// identifier one is.
    /// - Parameter isWhole: whether the words have to be whole, and not only begin so.
    public func children(matching words: [String], isWhole: Bool = false) -> [RecordID] {
      guard !words.isEmpty else { return [] }
      return children.ids { _, known in SearchWords.match(words, known, isWhole: isWhole) }
    }
  }

  private let node: LocalNode
  private let state = Mutex(State())

  /// An index of a node, still empty.
  public init(_ node: LocalNode) { self.node = node }

  /// The index as of now. The first time it reads everything.
  /// - Throws: `ReplicaError`.
  public func current() throws -> State {
    try state.withLock { state in
      let before = state.position
      guard try node.replica.logPosition() != before else { return state }
      if before == 0 {
        // What comes while it reads is read once more.
        let position = try node.replica.logPosition()
        try fill(&state)
        state.position = position
        return state
      }
      let (touched, position) = try node.replica.recordsTouched(since: before)
      try takeIn(touched, &state)
      state.position = position
      return state
    }
  }

  private func takeIn(_ touched: [(id: RecordID, type: String)], _ state: inout State) throws {
    var (notifications, plans): (Set<RecordID>, Set<RecordID>) = ([], [])
    for (id, type) in touched {
      switch type {
      case "notification": notifications.insert(id)
      case "delivery", "response":
        let record = try? node.caseRecord(id, type: type)
        notifications.formUnion(record?.references("notification") ?? [])
      case "child": state.children[id] = Self.words(try? node.caseRecord(id, type: type))
      case "plan": plans.insert(id)
      case "action":
        plans.formUnion((try? node.caseRecord(id, type: type))?.references("plan") ?? [])
      case "restriction": state.restrictions[id] = try restriction(id)
      case "override":
        state.overrides[id] = (try? node.caseRecord(id, type: type)).flatMap(Self.moment)
      case "file_transfer":
        let isWaiting = (try? node.transfer(id))?.receivedOn == nil
        if isWaiting { state.waitingFiles.insert(id) } else { state.waitingFiles.remove(id) }
      default: break
      }
    }
    for id in notifications { look(at: id, &state) }
    for id in plans { state.plans[id] = (try? node.plan(id)).map(PlanMark.init) }
  }

  /// Reads everything, in a few queries: a force has tens of thousands of records when it starts.
  private func fill(_ state: inout State) throws {
    for found in try node.notifications() { note(found, &state) }
    for child in try node.caseRecords("child") { state.children[child.id] = Self.words(child) }
    for record in try node.caseRecords("restriction") {
      state.restrictions[record.id] = Restriction(record)
    }
    for record in try node.caseRecords("override") {
      state.overrides[record.id] = Self.moment(record)
    }
    for plan in try node.plans() { state.plans[plan.id] = PlanMark(plan) }
    state.waitingFiles = Set(try node.waitingTransfers().map(\.id))
  }

  /// One that was erased restricts nothing; one that cannot be read must not be passed over.
  private func restriction(_ id: RecordID) throws -> Restriction? {
    do {
      return Restriction(try node.caseRecord(id, type: "restriction"))
    } catch ReplicaError.notFound {
      return nil
    }
  }

  private static func moment(_ override: CaseRecord) -> Instant? {
    override.entries("reason").last?.at
  }

  private func look(at id: RecordID, _ state: inout State) {
    guard let found = try? node.notification(id) else {
      state.unsettled[id] = nil
      state.notFor[id] = nil
      return
    }
    note(found, &state)
  }

  private func note(_ found: NotificationCase, _ state: inout State) {
    let id = found.id
    state.unsettled[id] = found.isSettled ? nil : Unsettled(found, at: node.agency)
    state.notFor[id] = found.school == node.agency && !found.notFor.isEmpty ? found.notFor : nil
  }

  private static func words(_ child: CaseRecord?) -> [String]? {
    guard let child else { return nil }
    let names = child.entries("name").compactMap(\.value.words).flatMap(SearchWords.of)
    let others = ["upn", "nhs_number", "date_of_birth"].flatMap { field in
      child.entries(field).map { $0.value.description.lowercased() }
    }
    return names + others
  }
}
