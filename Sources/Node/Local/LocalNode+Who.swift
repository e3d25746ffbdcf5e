import Agreements
import Foundation
public import Records
public import Replica

/// Who has seen a record: people here, and nodes to which it went.
public struct WhoSaw: Sendable {
  public let record: RecordID
  /// What people did with it, and with what refers to it, oldest first.
  public let entries: [ChainedEntry]
  public let disclosures: [ExplainedDisclosure]
}

/// What went to a node, with the agreement's words for why.
public struct ExplainedDisclosure: Sendable {
  public let entry: DisclosureEntry
  /// Nothing where the agreement is not known here any more.
  public let agreement: String?
  public let version: Int?
  public let purpose: String?
  public let legalBasis: [String]
}

extension LocalNode {
  /// Who saw a record, when and why.
  /// - Throws: `ReplicaError.notFound`, also of what is hidden.
  public func whoSaw(_ id: RecordID) throws -> WhoSaw {
    guard try replica.wasEverHere(id) else { throw ReplicaError.notFound(id) }
    return WhoSaw(
      record: id, entries: try replica.auditEntries(concerning: id),
      disclosures: try disclosures(of: id))
  }

  /// What of a record left this node, to whom, under which rule, purpose and legal basis. Also of one whose
  /// values are erased: that it went has to be answered for.
  /// - Throws: `ReplicaError.notFound`.
  public func disclosures(of id: RecordID) throws -> [ExplainedDisclosure] {
    guard try replica.wasEverHere(id) else { throw ReplicaError.notFound(id) }
    let partnership = try replica.partnership()
    return try replica.disclosures(of: id).map { entry in
      let agreed = partnership.term(digest: entry.agreement)?.agreement
      let grant = agreed?.grants.first { $0.id == entry.grant }
      return ExplainedDisclosure(
        entry: entry, agreement: agreed?.lineage, version: agreed?.version,
        purpose: grant?.purpose ?? agreed?.purpose,
        legalBasis: grant.map { $0.legalBasis.isEmpty ? agreed?.legalBasis ?? [] : $0.legalBasis }
          ?? agreed?.legalBasis ?? [])
    }
  }

  /// Notes that somebody read at the command line, before they are shown it.
  /// - Throws: `ReplicaError.storage`.
  public func audit(
    _ action: String, of record: RecordID? = nil, by person: String?, detail: String
  ) throws {
    try replica.audit([
      AuditEntry(
        at: now, account: person ?? AuditEntry.unnamed, role: AuditEntry.command, action: action,
        record: record, detail: detail)
    ])
  }
}

extension AuditEntry {
  /// The ids of what somebody is shown, as the audit keeps them: of a long list the first.
  public static func found(_ ids: [RecordID]) -> String {
    let shown = ids.prefix(mostIDs).map(\.description).joined(separator: " ")
    return "\(ids.count) found" + (ids.isEmpty ? "" : ": \(shown)")
      + (ids.count > mostIDs ? " ..." : "")
  }

  private static let mostIDs = 500
}
