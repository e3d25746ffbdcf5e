import Agreements
public import FoundationEssentials
import GRDB
public import Records
import SyncProtocol

extension Store {
  /// The other change that its author signed under a header's key and stamp, where one is here.
  func otherSide(of header: ChangeHeader) throws -> Equivocation.Side? {
    let known = try change(like: header)
    if let known, known.header.id != header.id, let proof = try proof(of: known.number) {
      return Equivocation.Side(header: known.header, proof: proof)
    }
    // Neither of two that are known to be in dispute is let in later.
    let isAny =
      try memory.isAnyEquivocation ?? exists("SELECT 1 FROM equivocation LIMIT 1", [])
    memory.isAnyEquivocation = isAny
    guard isAny,
      let row = try row(
        "SELECT evidence FROM equivocation WHERE ?1 IN (first, second) LIMIT 1", [header.id.bytes]),
      known == nil,
      case .equivocation(let evidence)? = try? Entry(encoded: row["evidence"])
    else { return nil }
    return evidence.first.header.id == header.id ? evidence.second : evidence.first
  }

  /// Takes in a peer's evidence, where the author's key vouches for both changes.
  /// - Returns: whether it is new.
  func take(_ evidence: Equivocation, from peer: NodeName, now: Instant) throws -> Bool {
    let header = evidence.first.header
    let term = partnership.term(digest: header.agreement)
    let card =
      term.flatMap { partnership.card(of: header.author, in: $0.agreement) }
      ?? partnership.card(of: header.author)
    guard let card,
      evidence.holds(by: partnership.key(header.key, of: card) ?? card.signingKey)
    else { return false }
    return try note(evidence, from: peer, now: now)
  }

  /// Keeps proof that one key signed two changes under one stamp. Neither counts from now on, here
  /// and wherever one of them is; everybody who has one hears of it, and the author.
  /// - Returns: whether it is new.
  @discardableResult
  func note(_ evidence: Equivocation, from peer: NodeName, now: Instant) throws -> Bool {
    let sides = [evidence.first.header, evidence.second.header]
    let entry = Entry.equivocation(evidence)
    guard try hasRoom(forEvidenceOf: sides[0].key) else {
      return try dispute(sides.filter { try isUndisputed($0) })
    }
    try run(
      "INSERT INTO equivocation VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      [
        sides[0].id.bytes, sides[1].id.bytes, sides[0].key.bytes, entry.encoded(),
        now.milliseconds,
      ])
    guard db.changesCount > 0 else { return false }
    memory.isAnyEquivocation = true
    var concerned: Set<NodeName> = [peer, author(of: sides[0])]
    try dispute(sides)
    for header in sides { concerned.formUnion(try holders(of: header)) }
    let peers = Set(try self.peers())
    for node in concerned.intersection(peers).sorted() { try enqueue(entry, for: node) }
    return true
  }

  /// Has changes count no more.
  /// - Returns: whether there were any.
  @discardableResult
  private func dispute(_ headers: [ChangeHeader]) throws -> Bool {
    for header in headers {
      try run(
        "INSERT INTO disputed VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [header.id.bytes, header.key.bytes, header.time.stored])
      memory.disputed = nil
      try noteAlteration()
      if try type(of: header.record) != nil { try rederive(header.record) }
    }
    return !headers.isEmpty
  }

  /// Whether a change is here and counts.
  private func isUndisputed(_ header: ChangeHeader) throws -> Bool {
    try change(of: header).map { !$0.isDisputed } ?? false
  }

  /// Past the limit a key's changes still cease to count where both are seen, without more proof.
  private func hasRoom(forEvidenceOf key: KeyID) throws -> Bool {
    let kept = try row("SELECT count(*) AS n FROM equivocation WHERE key_id = ?", [key.bytes])
    return kept?["n"] ?? 0 < Limits.Storage.evidence
  }

  /// Derives everything about a record anew from the log.
  func rederive(_ record: RecordID) throws {
    memory.forgetRoutes()
    for table in Self.fieldTables {
      try run("DELETE FROM \(table) WHERE record = ?", [record.bytes])
    }
    try run("DELETE FROM kept_from WHERE restriction = ?", [record.bytes])
    if let number = try number(of: record) {
      try store([], inRecord: number, isFirst: false)
    }
    for write in try loggedWrites(of: record) { try merge([write]) }
    try lookAgain(at: [record] + (try referring(to: record)), urgently: true)
  }

  /// The nodes that have something of a change from here, or from which something of it came.
  private func holders(of header: ChangeHeader) throws -> [NodeName] {
    guard let number = try change(of: header)?.number else { return [] }
    let senders = try held(number).map(\.reason.sender)
    return try senders + peers().filter { try !disclosed(number, to: $0).isEmpty }
  }
}

extension LocalReplica {
  /// Proof of equivocation that is here, oldest first.
  public func evidence() throws(ReplicaError) -> [EvidenceEntry] {
    try read { store in
      try store.rows("SELECT * FROM equivocation ORDER BY found_at, first").compactMap { row in
        guard case .equivocation(let found)? = try? Entry(encoded: row["evidence"]) else {
          return nil
        }
        return EvidenceEntry(
          author: found.first.header.author, record: found.first.header.record,
          at: found.first.header.time.instant, first: found.first.header.id,
          second: found.second.header.id,
          foundAt: Instant(milliseconds: row["found_at"]), proof: row["evidence"])
      }
    }
  }
}

/// Two changes that one key signed under one stamp.
public struct EvidenceEntry: Hashable, Sendable {
  public let author: AgencyID
  public let record: RecordID
  /// The stamp's wall time.
  public let at: Instant
  public let first: ChangeID
  public let second: ChangeID
  public let foundAt: Instant
  /// The proof itself, an `Entry` as it travels: whoever has it can check it without this node.
  public let proof: Data
}
