import Agreements
public import Casework
import Foundation
public import Records
public import Replica

/// A record whose time is over, and whether a hold keeps it.
public struct RetentionItem: Sendable {
  public let due: RetentionDue
  public let isOnHold: Bool
}

extension LocalNode {
  /// The agency's rules of retention: `retention.yaml` in its folder, or else the proposals that every node
  /// has.
  /// - Throws: `NodeError` that names the line.
  public func retentionPolicy() throws -> RetentionPolicy {
    let path = folder.path + "/retention.yaml"
    let isThere = FileManager.default.fileExists(atPath: path)
    do {
      let policy = try RetentionPolicy(
        isThere
          ? String(decoding: try NodeFolder.read(path), as: UTF8.self) : BundledTexts.retention,
        source: isThere ? path : "retention.yaml")
      // A misspelt type would be kept by another rule than its author believes.
      let known = try replica.partnership().recordTypeNames
      if isThere, let unknown = policy.types.subtracting(known).sorted().first, !known.isEmpty {
        throw NodeError(
          "\(path): no record type \(unknown): expected one of \(known.joined(separator: ", "))")
      }
      return policy
    } catch let error as DocumentError {
      throw NodeError(error.description)
    }
  }

  /// The records whose time is over, or will be by a day, soonest first. Nothing goes by itself: somebody
  /// looks at each and decides.
  /// - Parameter day: today where there is none.
  /// - Throws: `NodeError`, `ReplicaError`.
  public func retentionDue(by day: LocalDate? = nil) throws -> [RetentionItem] {
    let (policy, today) = (try retentionPolicy(), day ?? LondonTime(now).date)
    let (partnership, verdicts) = (try replica.partnership(), try replica.retentionVerdicts())
    var found: [RetentionItem] = []
    for last in try replica.lastChanges() {
      guard let rule = rule(for: last.type, policy, partnership) else { continue }
      // Only of what can be due is more read.
      if case .lastChange = rule.start,
        rule.keep.end(from: LondonTime(last.at).date) > today
      {
        continue
      }
      guard let record = try? caseRecord(last.record, type: last.type) else { continue }
      let due = RetentionDue(
        record, lastChange: last.at, rule: rule,
        decision: verdicts[last.record].map {
          RetentionDecision(keptUntil: $0.keptUntil, reason: $0.reason, person: $0.person)
        })
      guard due.isDue(on: today) else { continue }
      found.append(RetentionItem(due: due, isOnHold: try replica.isOnHold(last.record)))
    }
    return found.sorted { ($0.due.due, $0.due.record) < ($1.due.due, $1.due.record) }
  }

  private func rule(
    for type: String, _ policy: RetentionPolicy, _ partnership: Partnership
  ) -> RetentionRule? {
    policy.rule(for: type, at: configuration.kind)
      ?? partnership.recordType(type)?.retention.flatMap { Period($0) }.map {
        RetentionRule(keep: $0, start: .lastChange, source: "profile")
      }
  }

  /// Destroys a record whose time is over, here and wherever it went from here.
  /// - Throws: `NodeError` where its time is not over, `ReplicaError.onHold`.
  public func destroy(
    _ record: RecordID, reason: String, by actor: Edit.Actor
  ) throws -> Erasure {
    guard let item = try retentionDue().first(where: { $0.due.record == record }) else {
      _ = try replica.record(record)
      throw NodeError(
        "record \(record) is not due for review (concord retention due DIR): to erase it on another "
          + "basis, concord erase DIR \(record) --basis TEXT")
    }
    let rule = item.due.rule
    return try erased(
      try replica.erase(
        record,
        basis: "kept \(rule.keep.words) since \(item.due.sinceWhat) (\(rule.source)); \(reason)",
        by: actor, now: now))
  }

  /// Erases a record's values, or one field's, here and wherever they went from here.
  /// - Throws: `ReplicaError`; also where the keys could not be destroyed: then nobody was told of it yet, and the
  ///   node tries again.
  public func erase(
    _ record: RecordID, field: String? = nil, basis: String, by person: String?
  ) throws -> Erasure {
    try erased(
      try replica.erase(record, field: field, basis: basis, by: Self.actor(person), now: now))
  }

  /// Nobody is told that something is erased while its key is there.
  private func erased(_ erasure: Erasure) throws -> Erasure {
    try replica.finishErasures()
    return erasure
  }

  /// Whoever acts at the command line, for the audit.
  public static func actor(_ person: String?) -> Edit.Actor {
    Edit.Actor(account: person ?? AuditEntry.unnamed, role: AuditEntry.command)
  }
}
