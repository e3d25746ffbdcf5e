public import FoundationEssentials
import GRDB
public import Records
public import SyncProtocol

/// An audit as it is handed to an auditor: JSON, one object on each line. It can be checked with the node's
/// key alone: the chain says which entry was touched, the seal that nothing else was.
public struct AuditFile {
  /// What was found in a file.
  public struct Report: Sendable {
    public let node: NodeName
    /// The key that sealed it; whose that is, the reader has to know.
    public let key: VerifyingKey
    public let entries: [ChainedEntry]
    public let checkpoints: [AuditCheckpoint]
    public let findings: [AuditFinding]
  }

  /// Why a file is none, or was touched outside its entries.
  public struct Problem: Error, CustomStringConvertible {
    public let description: String
  }

  private static let kind = "concord audit"

  private struct Header: Codable {
    var kind: String
    var version: Int
    var node: String
    var key: Data
    /// The first entry's number, and what the chain came to before it.
    var first: Int64
    var before: String?
    var made_at: String
  }

  private struct EntryLine: Codable {
    var sequence: Int64
    var at: String
    var account: String
    var role: String
    var action: String
    var record: String?
    var detail: String
    var changes: String?
    /// The changes themselves, for whoever follows one up: what the chain binds is their digest.
    var change_ids: [String]?
    var head: String
  }

  private struct CheckpointLine: Codable {
    var checkpoint: CheckpointFacts
  }

  private struct SealLine: Codable {
    var seal: Data
  }

  /// Writes a file's text.
  static func text(
    of node: NodeName, _ entries: [(entry: ChainedEntry, changes: [ChangeID])],
    after before: Digest?, _ checkpoints: [AuditCheckpoint], at now: Instant,
    sealedBy key: SigningKey
  ) throws -> String {
    let header = Header(
      kind: kind, version: 1, node: node.description, key: key.publicKey.bytes,
      first: entries.first?.entry.sequence ?? 0, before: before?.description,
      made_at: now.description)
    var lines = [try line(header)]
    for (chained, changes) in entries {
      let entry = chained.entry
      lines.append(
        try line(
          EntryLine(
            sequence: chained.sequence, at: entry.at.description, account: entry.account,
            role: entry.role, action: entry.action, record: entry.record?.description,
            detail: entry.detail, changes: entry.changes?.description,
            change_ids: changes.isEmpty ? nil : changes.map(\.description),
            head: chained.head.description)))
    }
    for checkpoint in checkpoints {
      lines.append(try line(CheckpointLine(checkpoint: CheckpointFacts(checkpoint))))
    }
    let body = lines.joined(separator: "\n") + "\n"
    let seal = try key.sign(sealed(body))
    return body + (try line(SealLine(seal: seal))) + "\n"
  }

  private static func sealed(_ body: String) -> Data {
    TaggedHash.message(
      "concord/v1/audit/file", TaggedHash.digest("concord/v1/audit/file", Data(body.utf8)).bytes)
  }

  private static func line(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Reads a file and checks it.
  /// - Parameter held: checkpoints of the same node that the reader has from elsewhere, with where from.
  /// - Throws: `Problem` that names the line, where it cannot be read or its seal does not hold and no entry
  ///   says why.
  public static func check(
    _ text: String, against held: [(checkpoint: AuditCheckpoint, source: String)] = []
  ) throws -> Report {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last?.isEmpty == true { lines.removeLast() }
    guard let first = lines.first, let header: Header = read(first), header.kind == kind,
      header.version == 1, let node = NodeName(header.node), let key = VerifyingKey(header.key)
    else {
      throw Problem(description: "line 1 is not the beginning of an audit that Concord exported")
    }
    var (entries, checkpoints): ([ChainedEntry], [AuditCheckpoint]) = ([], [])
    var seal: Data?
    for (index, line) in lines.enumerated().dropFirst() {
      if let found: SealLine = read(line), index == lines.count - 1 {
        seal = found.seal
      } else if let found: CheckpointLine = read(line), let read = found.checkpoint.checkpoint {
        checkpoints.append(read)
      } else if let found: EntryLine = read(line), let read = entry(found) {
        entries.append(read)
      } else {
        throw Problem(description: "line \(index + 1) cannot be read: it was edited or cut off")
      }
    }
    let before = header.before.flatMap(Digest.init(hexadecimal:))
    let chain = AuditChain(entries, after: (header.first - 1, before))
    let own = checkpoints.filter { $0.holds && $0.node == node }
    let witnesses =
      own.map { ($0, "the node's own signature") } + held.filter { $0.checkpoint.node == node }
    var findings = chain.broken(knowing: own)
    findings += witnesses.compactMap { witness -> AuditFinding? in
      let found = chain.finding(against: witness.0, witness.1)
      // An export of a part ends before later checkpoints.
      return found?.kind == .cutOff && !own.contains(witness.0) ? nil : found
    }
    findings.sort { $0.sequence < $1.sequence }
    if findings.isEmpty {
      guard let seal else {
        throw Problem(description: "it has no seal: its end was cut off")
      }
      let body = lines.dropLast().joined(separator: "\n") + "\n"
      guard key.isValid(seal, for: sealed(body)) else {
        throw Problem(
          description:
            "its seal does not hold: something was changed outside the entries, or lines were taken out"
        )
      }
    }
    return Report(
      node: node, key: key, entries: entries, checkpoints: own, findings: findings)
  }

  private static func read<T: Decodable>(_ line: String) -> T? {
    try? JSONDecoder().decode(T.self, from: Data(line.utf8))
  }

  private static func entry(_ line: EntryLine) -> ChainedEntry? {
    guard let time = Instant(line.at), let head = Digest(hexadecimal: line.head) else { return nil }
    let (record, changes) = (
      line.record.map { RecordID($0) }, line.changes.map { Digest(hexadecimal: $0) }
    )
    // An id that cannot be read is not the same as none.
    if case .some(.none) = record { return nil }
    if case .some(.none) = changes { return nil }
    return ChainedEntry(
      sequence: line.sequence,
      entry: AuditEntry(
        at: time, account: line.account, role: line.role, action: line.action,
        record: record ?? nil, detail: line.detail, changes: changes ?? nil),
      head: head)
  }
}

/// A checkpoint as files and scripts have it.
public struct CheckpointFacts: Codable, Sendable {
  public let node: String
  public let count: UInt64
  public let head: String
  public let at: String
  public let key: Data
  public let signature: Data

  /// States a checkpoint.
  public init(_ checkpoint: AuditCheckpoint) {
    node = checkpoint.node.description
    count = checkpoint.count
    head = checkpoint.head.description
    at = checkpoint.at.description
    key = checkpoint.key.bytes
    signature = checkpoint.signature
  }

  /// The checkpoint; nothing where the parts are none.
  public var checkpoint: AuditCheckpoint? {
    guard let node = NodeName(node), let head = Digest(hexadecimal: head), let at = Instant(at),
      let key = VerifyingKey(key)
    else { return nil }
    return AuditCheckpoint(
      node: node, count: count, head: head, at: at, key: key, signature: signature)
  }
}

extension LocalReplica {
  /// The audit between two moments as a file that can be checked by itself, with a checkpoint signed now.
  /// - Throws: `ReplicaError.storage`.
  public func exportAudit(
    from: Instant?, to: Instant?, sealedBy key: SigningKey, now: Instant
  ) throws(ReplicaError) -> (text: String, entries: Int) {
    try signAudit(with: key, now: now, isNow: true)
    return try read { store in
      let rows = try store.rows("SELECT * FROM audit ORDER BY sequence")
      let bounds =
        (from?.milliseconds ?? .min)...(max(from?.milliseconds ?? .min, to?.milliseconds ?? .max))
      // By number, so that none is left out where a clock was set.
      let within = rows.indices.filter { bounds.contains(rows[$0]["at"] as Int64) }
      let part = within.first.flatMap { first in within.last.map { Array(rows[first...$0]) } } ?? []
      let entries = try part.map { row in
        let packed: Data? = row["changes"]
        let changes = try packed.map { try store.auditedChanges($0) } ?? []
        return (entry: try ChainedEntry(row), changes: changes.compactMap(\.change?.id))
      }
      let (first, last) = (entries.first?.entry.sequence ?? 0, entries.last?.entry.sequence ?? 0)
      let before: Digest? = try store.row(
        "SELECT head FROM audit WHERE sequence = ?", [first - 1]
      ).map { try $0.id("head") }
      let checkpoints = try store.ownCheckpoints().filter {
        (UInt64(clamping: first)...UInt64(clamping: max(first, last))).contains($0.count)
      }
      let text = try AuditFile.text(
        of: store.me, entries, after: before, checkpoints, at: now, sealedBy: key)
      return (text, entries.count)
    }
  }
}
