import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// What a peer is to get next.
struct Selection {
  private(set) var entries: [Entry] = []
  /// What the entries cost together.
  private(set) var cost = 0
  /// The last opening of the log that was looked at.
  var cursor: Int64
  /// Records whose backfill is done with these entries.
  var backfilled: [RecordID] = []
  /// Records in which what is no longer shared is retracted with these entries.
  var retracted: [RecordID] = []
  /// Entries that waited without a value and go with these.
  var due: [Int64] = []
  /// Writes that stand in these entries: a record may come up twice, as new and as opened.
  var chosen: Set<WriteID> = []
  /// Writes that the peer lacks and may not have any more.
  var lapsed: [WriteID] = []
  /// Whether there was room for all there is.
  var isComplete = true
  var hasAllDocuments = false
  /// Until it knows its own past, a node gives back to others theirs, and nothing else.
  var isRelearning = false

  init(cursor: Int64) { self.cursor = cursor }

  mutating func add(_ entry: Entry) {
    entries.append(entry)
    cost += entry.cost
  }
}

extension Store {
  /// Chooses what a peer is to get next: documents, then what seals or takes back, then the log,
  /// then backfills. Whatever there is, it fits one batch.
  func select(
    for peer: NodeName, from cursor: Int64, room: Room, now: Instant
  ) throws -> Selection {
    var selection = Selection(cursor: cursor)
    if isOwnDevice(peer), partnership.key(of: peer, at: now) == nil { return selection }
    for document in try unsentDocuments(for: peer) {
      guard room.has(selection) else {
        selection.isComplete = false
        return selection
      }
      selection.add(.document(document))
    }
    selection.hasAllDocuments = true
    selection.isRelearning = try isRelearning
    if selection.isRelearning {
      try selectReturns(into: &selection, for: peer, room: room, now: now)
      return selection
    }
    if try selectRestrictions(into: &selection, for: peer, room: room, now: now) {
      return selection
    }
    try selectDue(into: &selection, for: peer, room: room)
    guard try selectLive(into: &selection, for: peer, room: room, now: now) else {
      selection.isComplete = false
      return selection
    }
    try selectBackfill(into: &selection, for: peer, room: room, now: now)
    return selection
  }

  /// What is new in the log, read in parts, since mostly a batch is full long before the limit.
  /// - Returns: whether there is no more of it.
  private func selectLive(
    into selection: inout Selection, for peer: NodeName, room: Room, now: Instant
  ) throws -> Bool {
    var left = room.openings
    while left > 0 {
      let part = min(left, Limits.Storage.openingsAtOnce)
      let live = try loggedWrites(
        "WHERE o.position > ? ORDER BY o.position LIMIT ?", [selection.cursor, part])
      var groups = Self.grouped(live, upTo: room.bytes)
      // A change of which the part may have cut some openings off is left to the next part. Where the limit
      // cuts, it is looked at again with its rest: what has gone already is not sent twice.
      if live.count == part, part < left, groups.count > 1 { groups.removeLast() }
      for group in groups {
        guard room.has(selection) else { return false }
        try take(group, into: &selection, for: peer, now: now)
        selection.cursor = group.last?.position ?? selection.cursor
      }
      if live.count < part { return true }
      left -= groups.reduce(0) { $0 + $1.count }
    }
    return false
  }

  /// A restriction, and what is retracted because of one, goes ahead of what waits: whoever holds
  /// the record must hear of it first.
  /// - Returns: whether there were any; then the log waits for the next batch.
  private func selectRestrictions(
    into selection: inout Selection, for peer: NodeName, room: Room, now: Instant
  ) throws -> Bool {
    let urgent = try rows(
      "SELECT record FROM backfill WHERE peer = ? AND is_urgent = 1 LIMIT ?",
      [peer.description, Limits.Storage.urgentAtOnce])
    for row in urgent where room.has(selection) {
      let record: RecordID = try row.id("record")
      try retract(
        try loggedWrites("WHERE c.record = ? ORDER BY o.position", [record.bytes]),
        into: &selection, for: peer, now: now)
      selection.retracted.append(record)
    }
    // From the few restrictions to their openings, never through all that waits (CROSS JOIN keeps SQLite to
    // that order).
    let writes = try rows(
      """
      SELECT \(Self.loggedWriteColumns) FROM record r CROSS JOIN change c ON c.record = r.id
      CROSS JOIN opening o ON o.change = c.id WHERE r.type = ? AND o.position > ?
      ORDER BY o.position LIMIT ?
      """, [Self.restrictionType, selection.cursor, room.openings]
    ).map(loggedWrite)
    // So does one that concerns a peer only since a reference changed, and waits among the backfills.
    let waiting = try rows(
      """
      SELECT \(Self.loggedWriteColumns) FROM backfill b
      CROSS JOIN record r ON r.id = b.record AND r.type = ?
      CROSS JOIN change c ON c.record = r.id CROSS JOIN opening o ON o.change = c.id
      WHERE b.peer = ? AND o.position <= ? ORDER BY o.position LIMIT ?
      """, [Self.restrictionType, peer.description, selection.cursor, room.openings]
    ).map(loggedWrite)
    let before = selection.entries.count
    for group in Self.grouped(waiting + writes, upTo: room.bytes) where room.has(selection) {
      try take(group, into: &selection, for: peer, now: now)
    }
    guard selection.entries.count > before || !urgent.isEmpty else { return false }
    selection.isComplete = false
    return true
  }

  /// Receipts, evidence and retractions that wait.
  private func selectDue(
    into selection: inout Selection, for peer: NodeName, room: Room
  ) throws {
    for row in try rows(
      "SELECT id, body FROM due WHERE peer = ? ORDER BY id LIMIT ?",
      [peer.description, Limits.Storage.urgentAtOnce])
    {
      guard room.has(selection) else {
        selection.isComplete = false
        return
      }
      selection.due.append(row["id"])
      if let entry = try? Entry(encoded: row["body"]) { selection.add(entry) }
    }
  }

  private func selectBackfill(
    into selection: inout Selection, for peer: NodeName, room: Room, now: Instant
  ) throws {
    let waiting = try rows(
      "SELECT record FROM backfill WHERE peer = ? LIMIT ?",
      [peer.description, Limits.Storage.recordsAtOnce])
    for row in waiting {
      guard room.has(selection) else {
        selection.isComplete = false
        return
      }
      let record: RecordID = try row.id("record")
      let writes = try loggedWrites("WHERE c.record = ? ORDER BY o.position", [record.bytes])
      let past = writes.filter { $0.position <= selection.cursor }
      for group in Self.grouped(past, upTo: room.bytes) {
        guard room.has(selection) else {
          selection.isComplete = false
          return
        }
        try take(group, into: &selection, for: peer, now: now)
      }
      selection.backfilled.append(record)
    }
    if waiting.count == Limits.Storage.recordsAtOnce { selection.isComplete = false }
  }

  /// What a peer wrote and lost, and this node has from it. Everything else of these records still waits.
  private func selectReturns(
    into selection: inout Selection, for peer: NodeName, room: Room, now: Instant
  ) throws {
    let returning = try rows(
      """
      SELECT DISTINCT c.record FROM give_back g JOIN opening o ON o.write_id = g.write_id
      JOIN change c ON c.id = o.change WHERE g.peer = ? AND \(isAuthor(peer, towards: me))
      AND o.basis IS NULL AND NOT EXISTS (SELECT 1 FROM disputed d WHERE d.change = c.id) LIMIT ?
      """, [peer.description, Limits.Storage.recordsAtOnce])
    for row in returning {
      let record: RecordID = try row.id("record")
      let writes = try loggedWrites("WHERE c.record = ? ORDER BY o.position", [record.bytes])
      for group in Self.grouped(writes, upTo: room.bytes) {
        guard room.has(selection) else {
          selection.isComplete = false
          return
        }
        try take(group, into: &selection, for: peer, now: now)
      }
    }
    if returning.count == Limits.Storage.recordsAtOnce { selection.isComplete = false }
  }

  /// Documents that a peer needs to judge what it gets, and lacks in whole or in signatures: the
  /// agreements that it is a party to, their profiles, and the deeds of their members.
  private func unsentDocuments(for peer: NodeName) throws -> [SignedDocument] {
    var sent: [Data: Int] = [:]
    for row in try rows("SELECT * FROM sent_document WHERE peer = ?", [peer.description]) {
      sent[row["document"]] = row["signatures"]
    }
    // Its agency knows all that a device knows.
    guard !me.isDevice else { return [] }
    var concerned = partnership.documentsConcerning(peer.agency)
    if try !knowsDevices(peer) {
      concerned.removeAll { [.delegation, .revocation].contains($0.kind) }
    }
    if isOwnDevice(peer), let enrolment = try enrolmentDocument(of: peer) {
      concerned.append(enrolment)
    }
    return concerned.filter { (sent[$0.id.bytes] ?? -1) < $0.signatures.count }
  }

  /// Consecutive openings of one change together, in parts where they are larger than a batch.
  private static func grouped(_ writes: [LoggedWrite], upTo bytes: Int) -> [[LoggedWrite]] {
    var size = 0
    return writes.reduce(into: []) { groups, logged in
      let next = logged.opening.bytes.count
      if let last = groups.indices.last, groups[last].first?.header.id == logged.header.id,
        size + next <= bytes
      {
        groups[last].append(logged)
        size += next
      } else {
        groups.append([logged])
        size = next
      }
    }
  }
}

/// How much one preparation may take.
struct Room {
  let bytes: Int
  let entries: Int
  let openings: Int

  func has(_ selection: Selection) -> Bool {
    selection.cost < bytes && selection.entries.count < entries
  }
}
