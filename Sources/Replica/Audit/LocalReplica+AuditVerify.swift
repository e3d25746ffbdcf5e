import FoundationEssentials
import GRDB
public import Records
public import SyncProtocol

/// What looking through a whole audit came to.
public struct AuditReport: Hashable, Sendable {
  /// How many entries there are.
  public var entries: Int64 = 0
  /// How many checkpoints hold, of this node's own and of what peers say that they hold.
  public var checkpoints = 0
  public var peers = 0
  /// Entries after the last checkpoint: nobody has signed them yet.
  public var unsigned: Int64 = 0
  /// What does not hold, in the order of the entries.
  public var findings: [AuditFinding] = []

  /// Whether nothing was edited, taken out, put in or moved.
  public var isWhole: Bool { findings.isEmpty }
}

extension LocalReplica {
  /// Recomputes the whole chain, checks every checkpoint, and looks for what entries name.
  /// - Parameters:
  ///   - key: this node's own.
  ///   - given: checkpoints of this node that somebody else kept, with who.
  /// - Throws: `ReplicaError.storage`.
  public func verifyAudit(
    key: VerifyingKey, against given: [(checkpoint: AuditCheckpoint, source: String)] = []
  ) throws(ReplicaError) -> AuditReport {
    try read { store in
      let rows = try store.rows("SELECT * FROM audit ORDER BY sequence")
      let entries = try rows.map(ChainedEntry.init)
      let (own, told) = (try store.ownCheckpoints(), try store.told())
      let keys = store.ownKeys().union([key])
      let sound = own.filter { $0.holds && keys.contains($0.key) }
      let chain = AuditChain(entries)
      var report = AuditReport(
        entries: Int64(entries.count), checkpoints: sound.count, peers: told.count,
        unsigned: (entries.last?.sequence ?? 0) - Int64(clamping: sound.last?.count ?? 0))
      let witnesses =
        sound.map { ($0, "this node's own signature") }
        + told.map { ($0.held.checkpoint, "\($0.peer)") }
        + given.map { ($0.checkpoint, $0.source) }
      report.findings = chain.broken(knowing: witnesses.map(\.0))
      report.findings += witnesses.compactMap { chain.finding(against: $0.0, $0.1) }
      report.findings += own.filter { !sound.contains($0) }.map(Self.forged)
      report.findings += try rows.flatMap(store.lost)
      report.unsigned = max(0, report.unsigned)
      report.findings.sort { ($0.sequence, $0.text) < ($1.sequence, $1.text) }
      return report
    }
  }

  private static func forged(_ checkpoint: AuditCheckpoint) -> AuditFinding {
    AuditFinding(
      kind: .forgedCheckpoint, sequence: Int64(clamping: checkpoint.count), at: checkpoint.at,
      text:
        "the checkpoint over \(checkpoint.count) entries of \(checkpoint.at) was edited: no key of "
        + "this node signed it")
  }
}

extension Store {
  /// What an entry names and is not there any more as it was: changes of the log, disclosures.
  fileprivate func lost(_ row: Row) throws -> [AuditFinding] {
    guard let packed: Data = row["changes"] else { return [] }
    let chained = try ChainedEntry(row)
    let (number, time) = (chained.sequence, chained.entry.at)
    let named = try auditedChanges(packed)
    let here = named.compactMap(\.change)
    guard here.count == named.count, here.digest == chained.entry.changes else {
      return [
        AuditFinding(
          kind: .lostChange, sequence: number, at: time,
          text:
            "a change that entry \(number) of \(time) names is not in the log any more as it was")
      ]
    }
    guard chained.entry.action == "disclosed",
      let peer = chained.entry.detail.dropFirst("to ".count).split(separator: ":").first
        .flatMap({ NodeName(String($0)) })
    else { return [] }
    for change in here {
      let known = try disclosed(change.number, to: peer)
      if let place = change.places.first(where: { known[$0] == nil }) {
        return [
          AuditFinding(
            kind: .lostDisclosure, sequence: number, at: time,
            text:
              "a disclosure to \(peer) that entry \(number) of \(time) names is noted no longer "
              + "(change \(change.id), write \(place + 1))")
        ]
      }
    }
    return []
  }
}
