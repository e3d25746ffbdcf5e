import Casework
import Node
import Records
import Replica

/// What lists show, by way of the index: only as many records are read as are shown, and each through what
/// whoever looks may see.
extension Visit {
  /// The first plans of some, in their order.
  func plans(_ ids: [RecordID], atMost limit: Int) -> [FamilyPlan] {
    first(limit, of: ids) { try? desk.plan($0) }
  }

  /// Looks at what was kept from somebody, since a moment, the latest first.
  func overrides(since moment: Instant, atMost limit: Int) -> [CaseRecord] {
    let ids = index.overrides.filter { $0.value > moment }
      .sorted { ($0.value, $0.key) > ($1.value, $1.key) }.map(\.key)
    return first(limit, of: ids) { try? desk.caseRecord($0, type: "override") }
  }

  /// Children's files that should have come to their school.
  func lateFiles(atMost limit: Int) -> [FileTransfer] {
    first(limit, of: index.waitingFiles.sorted()) { id in
      (try? desk.transfer(id)).flatMap { $0.isLate(on: today) ? $0 : nil }
    }
  }

  /// What is said on a device that its agency does not let in.
  func refused(since moment: Instant) -> String {
    "it has not let this device in since \(PeopleTime.spoken(moment, now: now)): the device may have been "
      + "revoked. What you write here goes nowhere. Tell whoever looks after Concord"
  }

  private func first<T>(_ limit: Int, of ids: [RecordID], _ read: (RecordID) -> T?) -> [T] {
    var found: [T] = []
    for id in ids where !hidden.records.contains(id) {
      guard found.count < limit else { break }
      if let one = read(id) { found.append(one) }
    }
    return found
  }
}
