import Agreements
import FoundationEssentials
import GRDB
public import Records
public import SyncProtocol

extension LocalReplica {
  /// The next entries for a peer after a position: those that were sent before and not acknowledged
  /// come again in their order; then new ones, numbered and persisted before they may go.
  ///
  /// Permission is decided here, in the transaction that reads the data. A long log is looked at in
  /// several transactions, so that others get their turn.
  /// - Parameter isRelearning: whether the link was established while this node relearnt its past.
  /// - Returns: nothing where there is nothing to send.
  /// - Throws: `ReplicaError.linkBeginsAnew` where that has changed: the link has to begin anew.
  public func prepare(
    for peer: NodeName, after position: StreamPosition, limits link: LinkLimits,
    isRelearning: Bool = false, now: Instant
  ) throws(ReplicaError) -> PreparedBatch? {
    let room = Room(
      bytes: link.batchBytes, entries: link.batchEntries / 2, openings: limits.openingsLookedAt)
    let hasNothing = try read { store in
      guard try store.isRelearning == isRelearning else {
        throw ReplicaError.linkBeginsAnew
      }
      return try store.hasNothing(for: peer, after: position, now: now)
    }
    if hasNothing { return nil }
    while true {
      let prepared: Prepared = try write { store in
        // Another process may be about to: no receipt goes before it is true.
        try store.destroySpentKeys()
        let again = try store.sentAlready(to: peer, after: position, room: room, now: now)
        if let again { return .batch(again) }
        try store.lookAgainAtRefused(by: peer, dueBy: now, now: now)
        return try store.prepareNew(for: peer, room: room, now: now)
      }
      switch prepared {
      case .batch(let batch): return batch
      case .nothing: return nil
      case .more: continue
      }
    }
  }

  /// How many entries wait for a peer: not acknowledged, or not yet sent.
  /// - Parameter openings: how many openings that were not looked at yet are looked at; where there are
  ///   more, the count is of these alone.
  public func waiting(
    for peer: NodeName, lookingAt openings: Int = 10_000, now: Instant
  ) throws(ReplicaError) -> Int {
    try read { store in
      let unacknowledged = try store.row(
        "SELECT count(*) AS n FROM outgoing WHERE peer = ?", [peer.description])
      let count: Int = unacknowledged?["n"] ?? 0
      let sending = try store.sending(to: peer)
      let isCurrent = try sending?.terms == store.terms(for: peer, at: now)
      let cursor = isCurrent ? sending?.cursor ?? 0 : 0
      if try !store.isRelearning, try store.hasNoChange(for: peer, after: cursor, now: now) {
        return count
      }
      let room = Room(bytes: .max, entries: openings, openings: openings)
      let selection = try store.select(
        for: peer, from: cursor, room: room, withDocuments: false, now: now)
      // What is taken back goes ahead of what waits in the log, which is not looked at before that is out.
      return count + max(selection.items.count, selection.isComplete ? 0 : 1)
    }
  }
}

/// What one round of preparing came to.
private enum Prepared {
  case batch(PreparedBatch)
  case nothing
  /// A part of the log was looked at and there is more of it.
  case more
}

extension Store {
  fileprivate func hasNothing(
    for peer: NodeName, after position: StreamPosition, now: Instant
  ) throws -> Bool {
    guard let sending = try sending(to: peer), sending.last == position,
      try sending.terms == terms(for: peer, at: now),
      try !exists("SELECT 1 FROM due WHERE peer = ? LIMIT 1", [peer.description]),
      try hasNoChange(for: peer, after: sending.cursor, now: now)
    else { return false }
    let key = "documents for \(peer)"
    return try number(key) == number(Self.documentsVersion)
  }

  /// Whether no change waits for a peer that has looked at the log up to a position.
  fileprivate func hasNoChange(
    for peer: NodeName, after cursor: Int64, now: Instant
  ) throws -> Bool {
    guard try hasNothing(concerning: peer, after: cursor),
      try !exists("SELECT 1 FROM backfill WHERE peer = ? LIMIT 1", [peer.description]),
      try !exists(
        "SELECT 1 FROM disclosure WHERE peer = ? AND refused IS NOT NULL AND retry_at <= ? LIMIT 1",
        [peer.description, now.milliseconds])
    else { return false }
    return true
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
  ) throws -> Prepared {
    guard var sending = try sending(to: peer) else { return .nothing }
    let terms = try terms(for: peer, at: now)
    if sending.terms != terms {
      // Grants began or ended: the log is looked at again, and only what is new goes.
      sending.cursor = 0
      sending.terms = terms
      try forgetRefused(by: peer, now: now)
    }
    let selection = try select(for: peer, from: sending.cursor, room: room, now: now)
    let first = sending.last.sequence + 1
    let stream = StreamName(from: me, to: peer)
    for item in selection.items {
      let digest = item.entry.digest
      sending.last = stream.position(after: sending.last, entry: digest)
      try persist(item, digest, at: sending.last, for: peer, now: now)
    }
    try audit(disclosed: selection.items, upTo: sending.last, to: peer, at: now)
    sending.cursor = selection.cursor
    try finish(selection, peer, now: now)
    try setSending(sending, to: peer)
    if selection.hasAllDocuments {
      try setNumber("documents for \(peer)", to: try number(Self.documentsVersion))
    }
    guard !selection.items.isEmpty else { return selection.isComplete ? .nothing : .more }
    return .batch(
      PreparedBatch(
        firstSequence: first, entries: selection.items.map(\.entry), position: sending.last))
  }

  private func finish(_ selection: Selection, _ peer: NodeName, now: Instant) throws {
    let name = peer.description
    for record in selection.backfilled {
      try run("DELETE FROM backfill WHERE peer = ? AND record = ?", [name, record.bytes])
    }
    for record in selection.retracted {
      try run(
        "UPDATE backfill SET is_urgent = 0 WHERE peer = ? AND record = ?", [name, record.bytes])
    }
    for id in selection.due { try run("DELETE FROM due WHERE id = ?", [id]) }
    try change(selection.lapsed, disclosedTo: peer) { disclosed in
      disclosed.retractedAt = now.milliseconds
      (disclosed.outcome, disclosed.resend, disclosed.refused) = ("lapsed", 0, nil)
    }
  }

  private func persist(
    _ item: Selection.Item, _ digest: Digest, at position: StreamPosition, for peer: NodeName,
    now: Instant
  ) throws {
    var (document, agreement, places, body): (Data?, Data?, Data?, Data?)
    switch item.entry {
    case .document(let signed):
      document = signed.id.bytes
      try run(
        "INSERT INTO sent_document VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET signatures = excluded.signatures",
        [peer.description, signed.id.bytes, signed.signatures.count])
    case .change(let shared):
      agreement = shared.agreement.bytes
      places = Places(shared.writeIDs.compactMap(shared.change.header.place)).bytes
      if let number = item.change { try disclose(shared, number, to: peer, now: now) }
    case .retraction:
      body = item.entry.encoded()
      try change(item.retracted, disclosedTo: peer) { disclosed in
        disclosed.retractedAt = now.milliseconds
        (disclosed.outcome, disclosed.resend, disclosed.refused) = (nil, 0, nil)
      }
    case .receipt, .equivocation: body = item.entry.encoded()
    case .void: break
    }
    try run(
      "INSERT INTO outgoing VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      [
        peer.description, Int64(clamping: position.sequence), digest.bytes, position.head.bytes,
        document, item.change, agreement, places, body,
      ])
  }

  /// Rebuilds an entry that was persisted, or voids it where one of its parts may no longer go.
  private func entry(_ row: Row, for peer: NodeName, now: Instant) throws -> Entry {
    let digest: Digest = try row.id("digest")
    if row["document"] as Data? != nil {
      let document = try document(try row.id("document"))
      return document.map(Entry.document) ?? .void(digest)
    }
    if let body: Data = row["body"], let entry = try? Entry(encoded: body) { return entry }
    guard let number: Int64 = row["change"], let bytes: Data = row["places"] else {
      return .void(digest)
    }
    let places = Places(bytes)
    if let change = try loggedChange(number) {
      let writes = try change.writes().filter { places.contains($0.at.place) }
      let agreement: Digest = try row.id("agreement")
      let shared =
        writes.count == places.count
        ? try shared(writes, under: agreement, for: peer, now: now) : nil
      if let shared, Entry.change(shared).digest == digest { return .change(shared) }
      try sendAnew(change, places, to: peer)
    }
    try run(
      "UPDATE outgoing SET change = NULL, places = NULL WHERE peer = ? AND sequence = ?",
      [peer.description, row["sequence"] as Int64])
    return .void(digest)
  }

  /// An entry goes whole or not at all; what of it may still go comes again as a later entry. The
  /// peer may have taken it in by a connection that ends as this one begins: so what may not go any
  /// more is retracted.
  private func sendAnew(_ change: LoggedChange, _ places: Places, to peer: NodeName) throws {
    try self.change(disclosedOf: change.number, to: peer) { parts in
      for place in places { parts[place]?.resend = 1 }
    }
    try lookAgain(at: [change.header.record], for: [peer])
  }

  private func shared(
    _ writes: [LoggedWrite], under agreement: Digest, for peer: NodeName, now: Instant
  ) throws -> SharedChange? {
    var parts: [(Opening, SharedChange.Justification)] = []
    for logged in writes {
      guard !logged.write.isWithheld, !logged.isDisputed else { return nil }
      let decision = try disclosure(of: logged, to: peer, now: now)
      guard let reason = try justification(decision, of: logged), reason.0 == agreement else {
        return nil
      }
      parts.append((logged.opening, reason.1))
    }
    guard let first = writes.first, let proof = try proof(of: first.at.change),
      try mayGo(first.header, to: peer)
    else { return nil }
    return SharedChange(
      change: DisclosedChange(header: first.header, proof: proof, openings: parts.map(\.0)),
      agreement: agreement, justifications: parts.map(\.1),
      admission: try admission(of: first.header.id))
  }
}
