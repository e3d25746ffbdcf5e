import Agreements
import Foundation
import Node
import Records
import Replica

/// One request of a program whose token counts, checked against what its operation declares.
struct Asked: Sendable {
  let node: LocalNode
  let token: ProgramToken
  /// What the program may see; nothing where its token has no role, or the operation is about no records.
  let viewed: ViewedProgram?
  /// What the address and the headers name.
  let parameters: [String: JSON]
  let body: JSON
  /// What binds a request's key to this token and this request, and tells nobody what was asked.
  let binding: Digest

  /// The records as the program may see them.
  /// - Throws: `Refusal` where it has no role that sees any.
  func viewing() throws -> ViewedProgram {
    guard let viewed else {
      throw Refusal.role("The token has no role of this node's policy, so it sees no record.")
    }
    return viewed
  }

  func text(_ name: String) -> String? { parameters[name]?.text }

  func record(_ name: String = "id") throws -> RecordID {
    guard let id = text(name).flatMap(RecordID.init) else { throw Refusal.notFound }
    return id
  }

  /// How many are asked for.
  func limit() -> Int { number("limit") ?? 50 }

  func number(_ name: String) -> Int? {
    if case .integer(let number)? = parameters[name] { Int(number) } else { nil }
  }

  /// The part of a list that is asked for, and how many to skip for the next.
  func part<T>(of all: [T]) -> (shown: ArraySlice<T>, next: Int?) {
    let skipped = number("skip") ?? 0
    let shown = all.dropFirst(skipped).prefix(limit())
    let end = skipped + shown.count
    return (shown, end < all.count ? end : nil)
  }

  /// The key of a request that is not done twice, where one is given.
  func request(writing record: RecordID) -> ProgramRequest? {
    text("Idempotency-Key").map { key in
      ProgramRequest(
        token: token.id, key: TaggedHash.digest("concord/v1/request-key", Data(key.utf8)),
        body: binding, record: record)
    }
  }

  /// Notes what the program did that concerns no one record.
  /// - Throws: `ReplicaError.storage`.
  func audit(_ action: String, detail: String) throws {
    try node.replica.audit([
      AuditEntry(
        at: node.now, account: token.actor, role: token.role ?? AuditEntry.program, action: action,
        detail: detail)
    ])
  }
}
