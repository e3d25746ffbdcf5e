import Agreements
import FoundationEssentials
import GRDB
public import Records
public import SyncProtocol

extension LocalReplica {
  /// The next entries for a peer after a position: those that were sent before and not acknowledged
  /// come again in their order; then new ones, numbered and persisted before they may go.
  ///
  /// Permission is decided here, in the transaction that reads the data.
  /// - Returns: nothing where there is nothing to send.
  public func prepare(
    for peer: NodeName, after position: StreamPosition, limits link: LinkLimits, now: Instant
  ) throws(ReplicaError) -> PreparedBatch? {
    let room = Room(
      bytes: link.batchBytes, entries: link.batchEntries / 2, openings: limits.openingsLookedAt)
    if try read({ try $0.hasNothing(for: peer, after: position, now: now) }) { return nil }
    return try write { store in
      let again = try store.sentAlready(to: peer, after: position, room: room, now: now)
      if let again { return again }
      return try store.prepareNew(for: peer, room: room, now: now)
    }
  }

  /// How many entries wait for a peer: not acknowledged, or not yet sent.
  public func waiting(for peer: NodeName, now: Instant) throws(ReplicaError) -> Int {
    try read { store in
      let unacknowledged = try store.row(
        "SELECT count(*) AS n FROM outgoing WHERE peer = ?", [peer.description])
      let count: Int = unacknowledged?["n"] ?? 0
      let sending = try store.sending(to: peer)
      guard let epoch = sending?.last.epoch ?? Epoch(Data(count: Epoch.byteCount)) else {
        return count
      }
      let room = Room(bytes: .max, entries: 10_000, openings: 10_000)
      let isCurrent = sending?.terms == store.terms(for: peer, at: now)
      let selection = try store.select(
        for: peer, from: isCurrent ? sending?.cursor ?? 0 : 0, epoch: epoch, room: room, now: now)
      let changes = selection.entries.filter { if case .change = $0 { true } else { false } }
      return count + changes.count
    }
  }
}

extension Store {
  /// Digests of what holds for a peer: versions in force, and next ones that lack signatures. What
  /// the peer may see can change with them alone.
  func terms(for peer: NodeName, at now: Instant) -> Data {
    let inForce = partnership.terms(at: now).filter {
      now < $0.agreement.endsAt && partnership.card(of: peer.agency, in: $0.agreement) != nil
    }
    return inForce.reduce(into: Data()) { digests, term in
      digests.append(term.agreement.digest.bytes)
      if let next = partnership.pending[term.agreement.lineage] {
        digests.append(next.agreement.digest.bytes)
      }
    }
  }

  fileprivate func hasNothing(
    for peer: NodeName, after position: StreamPosition, now: Instant
  ) throws -> Bool {
    guard let sending = try sending(to: peer), sending.last == position,
      sending.terms == terms(for: peer, at: now),
      try row("SELECT max(position) AS last FROM opening")?["last"] ?? 0 == sending.cursor,
      try !exists("SELECT 1 FROM backfill WHERE peer = ? LIMIT 1", [peer.description])
    else { return false }
    let key = "documents for \(peer)"
    return try number(key) == number(Self.documentsVersion)
  }

  /// Entries that were numbered before and have to go again. What may not go any more goes as void.
  fileprivate func sentAlready(
    to peer: NodeName, after position: StreamPosition, room: Room, now: Instant
  ) throws -> PreparedBatch? {
    let rows = try rows(
      "SELECT * FROM outgoing WHERE peer = ? AND sequence > ? ORDER BY sequence LIMIT ?",
      [peer.description, Int64(clamping: position.sequence), room.entries])
    guard !rows.isEmpty else { return nil }
    var entries: [Entry] = []
    var last = position
    var cost = 0
    for row in rows {
      let entry = try entry(row, for: peer, now: now)
      entries.append(entry)
      last = StreamPosition(
        epoch: position.epoch, sequence: UInt64(clamping: row["sequence"] as Int64),
        head: try row.id("head"))
      cost += entry.cost
      if cost >= room.bytes { break }
    }
    return PreparedBatch(
      firstSequence: position.sequence + 1, entries: entries, position: last)
  }

  fileprivate func prepareNew(
    for peer: NodeName, room: Room, now: Instant
  ) throws -> PreparedBatch? {
    guard var sending = try sending(to: peer) else { return nil }
    let terms = terms(for: peer, at: now)
    if sending.terms != terms {
      // Grants began or ended: the log is looked at again, and only what is new goes.
      sending.cursor = 0
      sending.terms = terms
    }
    var selection = try select(
      for: peer, from: sending.cursor, epoch: sending.last.epoch, room: room, now: now)
    while selection.entries.isEmpty, !selection.isComplete {
      try finish(selection, peer)
      selection = try select(
        for: peer, from: selection.cursor, epoch: sending.last.epoch, room: room, now: now)
    }
    let first = sending.last.sequence + 1
    for entry in selection.entries {
      sending.last = StreamName(from: me, to: peer).position(
        after: sending.last, entry: entry.digest)
      try persist(entry, at: sending.last, for: peer, now: now)
    }
    sending.cursor = selection.cursor
    try finish(selection, peer)
    try setSending(sending, to: peer)
    if selection.hasAllDocuments {
      try setNumber("documents for \(peer)", to: try number(Self.documentsVersion))
    }
    guard !selection.entries.isEmpty else { return nil }
    return PreparedBatch(
      firstSequence: first, entries: selection.entries, position: sending.last)
  }

  private func finish(_ selection: Selection, _ peer: NodeName) throws {
    for record in selection.backfilled {
      try run(
        "DELETE FROM backfill WHERE peer = ? AND record = ?", [peer.description, record.bytes])
    }
  }

  private func persist(
    _ entry: Entry, at position: StreamPosition, for peer: NodeName, now: Instant
  ) throws {
    var (document, change, agreement, writes): (Data?, Data?, Data?, Data?)
    switch entry {
    case .document(let signed):
      document = signed.id.bytes
      try run(
        "INSERT INTO sent_document VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET signatures = excluded.signatures",
        [peer.description, signed.id.bytes, signed.signatures.count])
    case .change(let shared):
      change = shared.change.header.id.bytes
      agreement = shared.agreement.bytes
      writes = shared.writeIDs.reduce(into: Data()) { $0.append($1.bytes) }
      try disclose(shared, to: peer, epoch: position.epoch, now: now)
    case .void: break
    }
    try run(
      "INSERT INTO outgoing VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      [
        peer.description, Int64(clamping: position.sequence), entry.digest.bytes,
        position.head.bytes, document, change, agreement, writes,
      ])
  }

  private func disclose(
    _ shared: SharedChange, to peer: NodeName, epoch: Epoch, now: Instant
  ) throws {
    for (write, justification) in zip(shared.writeIDs, shared.justifications) {
      try run(
        """
        INSERT INTO disclosure VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        agreement = excluded.agreement, grant_id = excluded.grant_id, route = excluded.route,
        at = excluded.at, epoch = excluded.epoch
        """,
        [
          peer.description, write.bytes, shared.agreement.bytes, justification.grant,
          justification.route?.bytes ?? Data(), now.milliseconds, epoch.bytes,
        ])
    }
  }

  /// Rebuilds an entry that was persisted, or voids it where one of its parts may no longer go.
  private func entry(_ row: Row, for peer: NodeName, now: Instant) throws -> Entry {
    let digest: Digest = try row.id("digest")
    if let id: Data = row["document"] {
      let document = try documents().first { $0.id.bytes == id }
      return document.map(Entry.document) ?? .void(digest)
    }
    guard let change: Data = row["change"], let writes: Data = row["writes"] else {
      return .void(digest)
    }
    let shared = try shared(change, writes, under: try row.id("agreement"), for: peer, now: now)
    if let shared, Entry.change(shared).digest == digest { return .change(shared) }
    try sendAnew(change, writes, to: peer)
    return .void(digest)
  }

  /// An entry goes whole or not at all; what of it may still go comes again as a later entry.
  private func sendAnew(_ change: Data, _ writes: Data, to peer: NodeName) throws {
    for start in stride(from: 0, to: writes.count, by: WriteID.byteCount) {
      try run(
        "DELETE FROM disclosure WHERE peer = ? AND write_id = ?",
        [peer.description, Data(writes.dropFirst(start).prefix(WriteID.byteCount))])
    }
    try run(
      "INSERT INTO backfill SELECT ?, record FROM change WHERE id = ? ON CONFLICT DO NOTHING",
      [peer.description, change])
  }

  private func shared(
    _ change: Data, _ writes: Data, under agreement: Digest, for peer: NodeName, now: Instant
  ) throws -> SharedChange? {
    var parts: [(Opening, SharedChange.Justification)] = []
    var header: ChangeHeader?
    for start in stride(from: 0, to: writes.count, by: WriteID.byteCount) {
      let id = Data(writes.dropFirst(start).prefix(WriteID.byteCount))
      guard let logged = try loggedWrites("WHERE o.write_id = ?", [id]).first else { return nil }
      let decision = try disclosure(of: logged, to: peer.agency, now: now)
      guard let grant = decision.grant, decision.agreement == agreement else { return nil }
      parts.append(
        (logged.opening, SharedChange.Justification(grant: grant, route: decision.route)))
      header = logged.header
    }
    guard let header, let proof = try proof(of: header.id) else { return nil }
    return SharedChange(
      change: DisclosedChange(header: header, proof: proof, openings: parts.map(\.0)),
      agreement: agreement, justifications: parts.map(\.1))
  }
}
