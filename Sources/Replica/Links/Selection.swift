import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// What a peer is to get next.
struct Selection {
  private(set) var items: [Item] = []
  /// What the entries cost together.
  private(set) var cost = 0
  /// The last position of the log that was looked at.
  var cursor: Int64
  /// Records whose backfill is done with these entries.
  var backfilled: [RecordID] = []
  /// Records in which what is no longer shared is retracted with these entries.
  var retracted: [RecordID] = []
  /// Entries that waited without a value and go with these.
  var due: [Int64] = []
  /// Writes that stand in these entries: a record may come up twice, as new and as opened.
  var chosen: Set<WritePlace> = []
  /// Writes that the peer lacks and may not have any more.
  var lapsed: [WritePlace] = []
  /// Whether there was room for all there is.
  var isComplete = true
  var hasAllDocuments = false
  /// Until it knows its own past, a node gives back to others theirs, and nothing else.
  var isRelearning = false

  init(cursor: Int64) { self.cursor = cursor }

  /// An entry, and what of the log it is about: a change, or writes that are taken back.
  struct Item {
    let entry: Entry
    var change: Int64?
    var retracted: [WritePlace] = []
  }

  /// - Parameter number: the number of the change that the entry shares.
  mutating func add(_ entry: Entry, number: Int64? = nil) {
    items.append(Item(entry: entry, change: number))
    cost += entry.cost
  }

  /// Adds a retraction. Those that follow each other for one reason go as one entry.
  mutating func retract(_ writes: [LoggedWrite], because reason: String) {
    for logged in writes {
      if let last = items.last, case .retraction(let retraction) = last.entry,
        retraction.reason == reason, retraction.writes.count < Limits.Link.idsInMessage
      {
        cost -= last.entry.cost
        items.removeLast()
        let joined = Retraction(writes: retraction.writes + [logged.id], reason: reason)
        items.append(Item(entry: .retraction(joined), retracted: last.retracted + [logged.at]))
      } else {
        items.append(
          Item(
            entry: .retraction(Retraction(writes: [logged.id], reason: reason)),
            retracted: [logged.at]))
      }
      cost += items.last?.entry.cost ?? 0
    }
  }
}

extension Store {
  /// Chooses what a peer is to get next: documents, then what seals or takes back, then the log,
  /// then backfills. Whatever there is, it fits one batch.
  /// - Parameter withDocuments: false to see what changes wait, whatever documents have to go ahead of them.
  func select(
    for peer: NodeName, from cursor: Int64, room: Room, withDocuments: Bool = true, now: Instant
  ) throws -> Selection {
    var selection = Selection(cursor: cursor)
    if isOwnDevice(peer), partnership.keys(of: peer, at: now).isEmpty { return selection }
    // Of a thousand schools' deeds one mostly knows already that they went.
    if withDocuments, try number("documents for \(peer)") != number(Self.documentsVersion) {
      for document in try unsentDocuments(for: peer) {
        guard room.has(selection) else {
          selection.isComplete = false
          return selection
        }
        selection.add(.document(document))
      }
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
    let end = try lastPosition()
    while left > 0 {
      let live = try log(for: peer, after: selection.cursor, atMost: Limits.Storage.changesAtOnce)
      for (position, change) in live {
        let writes = try change.writes()
        for part in Self.parts(writes, upTo: room.bytes) {
          // Where a change is cut it is looked at again: what has gone already is not sent twice.
          guard left > 0, room.has(selection) else { return false }
          try take(part, into: &selection, for: peer, now: now)
          left -= part.count
        }
        selection.cursor = position
      }
      if live.count < Limits.Storage.changesAtOnce {
        selection.cursor = end
        return true
      }
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
      for change in try loggedChanges(of: record) {
        let writes = try change.writes()
        let standings = try standings(of: writes, with: peer)
        try retract(writes, standings, into: &selection, for: peer, now: now)
      }
      selection.retracted.append(record)
    }
    // From the few restrictions to their changes, never through all that waits (CROSS JOIN keeps SQLite to
    // that order).
    let ahead = try rows(
      """
      SELECT \(Self.changeColumns) FROM record r CROSS JOIN change c ON c.record = r.no
      WHERE r.type = ?1 AND (c.no > ?2 OR EXISTS (
        SELECT 1 FROM arrival a WHERE a.position > ?2 AND a.change = c.no))
      ORDER BY c.no LIMIT ?3
      """, [Self.restrictionType, selection.cursor, room.openings]
    ).map(loggedChange)
    // So does one that concerns a peer only since a reference changed, and waits among the backfills.
    let waiting = try rows(
      """
      SELECT \(Self.changeColumns) FROM backfill b
      CROSS JOIN record r ON r.id = b.record AND r.type = ?
      CROSS JOIN change c ON c.record = r.no
      WHERE b.peer = ? AND c.no <= ? ORDER BY c.no LIMIT ?
      """, [Self.restrictionType, peer.description, selection.cursor, room.openings]
    ).map(loggedChange)
    let before = selection.items.count
    for change in waiting + ahead {
      for part in Self.parts(try change.writes(), upTo: room.bytes) where room.has(selection) {
        try take(part, into: &selection, for: peer, now: now)
      }
    }
    guard selection.items.count > before || !urgent.isEmpty else { return false }
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
      for change in try loggedChanges(of: record) where change.number <= selection.cursor {
        for part in Self.parts(try change.writes(), upTo: room.bytes) {
          guard room.has(selection) else {
            selection.isComplete = false
            return
          }
          try take(part, into: &selection, for: peer, now: now)
        }
      }
      selection.backfilled.append(record)
    }
    if waiting.count == Limits.Storage.recordsAtOnce { selection.isComplete = false }
  }

  /// What a peer wrote and lost, and this node has from it. Everything else of these records still waits.
  private func selectReturns(
    into selection: inout Selection, for peer: NodeName, room: Room, now: Instant
  ) throws {
    var records: Set<RecordID> = []
    for row in try rows("SELECT write_id FROM give_back WHERE peer = ?", [peer.description]) {
      guard let logged = try locatedByReading(try row.id("write_id")),
        isAuthor(peer, of: logged.header, towards: me), !logged.write.isWithheld,
        !logged.isDisputed
      else { continue }
      records.insert(logged.header.record)
      if records.count == Limits.Storage.recordsAtOnce { break }
    }
    for record in records.sorted() {
      for change in try loggedChanges(of: record) {
        for part in Self.parts(try change.writes(), upTo: room.bytes) {
          guard room.has(selection) else {
            selection.isComplete = false
            return
          }
          try take(part, into: &selection, for: peer, now: now)
        }
      }
    }
    if records.count == Limits.Storage.recordsAtOnce { selection.isComplete = false }
  }

  /// Documents that a peer needs to judge what it gets, and lacks in whole or in signatures: the
  /// agreements that it is a party to, their profiles, and the deeds of their members.
  private func unsentDocuments(for peer: NodeName) throws -> [SignedDocument] {
    // Its agency knows all that a device knows.
    guard !me.isDevice else { return [] }
    if try hasAllDocuments(peer) { return [] }
    var sent: [Data: Int] = [:]
    for row in try rows("SELECT * FROM sent_document WHERE peer = ?", [peer.description]) {
      sent[row["document"]] = row["signatures"]
    }
    var concerned = partnership.documentsConcerning(peer.agency, isDevice: isOwnDevice(peer))
    if try !knowsDevices(peer) {
      concerned.removeAll { [.delegation, .revocation].contains($0.kind) }
    }
    if try !knows(Hello.minorWithRotations, peer) {
      concerned.removeAll { $0.kind == .rotation }
    }
    if isOwnDevice(peer), let enrolment = try enrolmentDocument(of: peer) {
      concerned.append(enrolment)
    }
    return concerned.filter { (sent[$0.id.bytes] ?? -1) < $0.signatures.count }
  }

  /// The writes of a change, in parts where they are larger than a batch.
  private static func parts(_ writes: [LoggedWrite], upTo bytes: Int) -> [[LoggedWrite]] {
    var size = 0
    return writes.reduce(into: []) { parts, logged in
      let next = logged.opening.bytes.count
      if !parts.isEmpty, size + next <= bytes {
        parts[parts.count - 1].append(logged)
        size += next
      } else {
        parts.append([logged])
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
    selection.cost < bytes && selection.items.count < entries
  }
}
