import Agreements
import Foundation
public import Records
public import Replica
import SyncProtocol

extension LocalNode {
  /// Signs how far the audit has come, where it has come further.
  /// - Throws: `ReplicaError`.
  public func signAudit() throws {
    try replica.signAudit(with: keys.signing, now: clock.now(), isNow: true)
  }

  /// Looks through the whole audit.
  /// - Parameter checkpoints: text of files that `concord audit checkpoints` wrote elsewhere, with their names.
  /// - Throws: `NodeError` where a file is none, or holds nothing about this node.
  public func verifyAudit(
    against checkpoints: [(text: String, source: String)] = []
  ) throws -> AuditReport {
    var given: [(checkpoint: AuditCheckpoint, source: String)] = []
    for (text, source) in checkpoints {
      let mine = try Self.checkpoints(text, source).filter { $0.node == configuration.node }
      guard !mine.isEmpty else {
        throw NodeError("\(source) holds no checkpoint of \(configuration.node)")
      }
      let keys = try knownKeys(of: configuration.node).union([keys.signing.publicKey])
      guard mine.allSatisfy({ $0.holds && keys.contains($0.key) }) else {
        throw NodeError(
          "\(source): a checkpoint in it is signed by no key of \(configuration.node)")
      }
      given += mine.map { ($0, source) }
    }
    return try replica.verifyAudit(key: keys.signing.publicKey, against: given)
  }

  /// Checks an audit that this node or a peer exported, also against what is held here of it.
  /// - Throws: `NodeError` that says what is wrong with the file.
  public func verifyAudit(file text: String, source: String) throws -> AuditFile.Report {
    let held = try replica.heldCheckpoints().map {
      ($0.checkpoint, "what \(configuration.node) holds")
    }
    let told = try replica.toldCheckpoints().map { ($0.held.checkpoint, "\($0.peer)") }
    let report: AuditFile.Report
    do {
      report = try AuditFile.check(text, against: held + told)
    } catch let problem as AuditFile.Problem {
      throw NodeError("\(source): \(problem); ask for the export anew")
    }
    guard
      try knownKeys(of: report.node).contains(report.key)
        || (report.node == configuration.node && report.key == keys.signing.publicKey)
    else {
      throw NodeError("\(source) is sealed by a key that is not known here for \(report.node)")
    }
    return report
  }

  /// The audit between two moments, as a file for an auditor.
  /// - Throws: `ReplicaError`.
  public func exportAudit(from: Instant?, to: Instant?) throws -> (text: String, entries: Int) {
    try replica.exportAudit(from: from, to: to, sealedBy: keys.signing, now: clock.now())
  }

  private static func checkpoints(_ text: String, _ source: String) throws -> [AuditCheckpoint] {
    let read = try? JSONDecoder().decode([CheckpointFacts].self, from: Data(text.utf8))
    let checkpoints = read?.compactMap(\.checkpoint) ?? []
    guard let read, read.count == checkpoints.count else {
      throw NodeError("\(source): expected the file that concord audit checkpoints wrote")
    }
    return checkpoints
  }

  private func knownKeys(of node: NodeName) throws -> Set<VerifyingKey> {
    let partnership = try replica.partnership()
    let devices = partnership.devices[node.agency]?.delegations.filter { $0.node == node } ?? []
    if node.isDevice { return Set(devices.map(\.key)) }
    return partnership.signingKeys(of: node.agency)
  }
}
