import Agreements
public import Casework
public import Records
import Replica

/// Records that may mean one child. Nothing is merged: a person says what they think, and can take it
/// back.
extension CaseDesk {
  /// What people have said.
  /// - Throws: `ReplicaError`.
  public func sameChildren() throws -> SameChildren { SameChildren(try caseRecords("same_child")) }

  /// Pairs that a person should compare, the likeliest first.
  /// - Throws: `ReplicaError`.
  public func likelySameChildren() throws -> [SameChildren.Proposal] {
    try sameChildren().proposals(among: try caseRecords("child").map(ChildIdentity.init))
  }

  /// Says whether two records mean one child; `nil` takes back what was said.
  /// - Returns: whether that is new.
  /// - Throws: `NodeError` where the two are one record, or `ReplicaError`.
  public func judge(
    _ one: RecordID, _ other: RecordID, areSame: Bool?, person: String?
  ) throws -> Bool {
    guard one != other else { throw NodeError("\(one) is one record: name two") }
    for id in [one, other] { _ = try caseRecord(id, type: "child") }
    let id = CaseIDs.sameChild(one, other)
    let before = try? caseRecord(id, type: "same_child")
    let said = Set(before?.entries("verdict").compactMap(\.value.words) ?? [])
    let verdict = areSame.map { $0 ? "same" : "different" }
    guard said != Set([verdict].compactMap { $0 }) else { return false }
    var assignments: [Edit.Assignment] = []
    for child in [one, other].sorted()
    where !(before?.references("children").contains(child) ?? false) {
      assignments.append(.add(field: "children", text: "\(child)"))
    }
    assignments.append(
      verdict.map { .set(field: "verdict", text: $0) } ?? .clear(field: "verdict"))
    _ = try put([
      Edit(type: "same_child", record: id, assignments: assignments, person: person)
    ])
    return true
  }
}
