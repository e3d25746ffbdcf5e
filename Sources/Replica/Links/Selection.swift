import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// What a peer is to get next: chosen and filtered, not yet numbered.
struct Selection {
  var entries: [Entry] = []
  /// The log position up to which the log has been looked at.
  var cursor: Int64
  /// Records whose backfill is done with these entries.
  var backfilled: [RecordID] = []
  /// Whether there was room for all there is.
  var isComplete = true
  var hasAllDocuments = false

  var cost: Int { entries.reduce(0) { $0 + $1.cost } }
}

extension Store {
  /// Chooses what a peer is to get next: documents, then restrictions, then the log, then
  /// backfills. Whatever there is, it fits one batch.
  func select(
    for peer: NodeName, from cursor: Int64, epoch: Epoch, room: Room, now: Instant
  ) throws -> Selection {
    var selection = Selection(cursor: cursor)
    for document in try unsentDocuments(for: peer) {
      guard room.has(selection) else {
        selection.isComplete = false
        return selection
      }
      selection.entries.append(.document(document))
    }
    selection.hasAllDocuments = true
    if try selectRestrictions(into: &selection, for: peer, epoch: epoch, room: room, now: now) {
      return selection
    }
    let live = try loggedWrites(
      "WHERE o.position > ? ORDER BY o.position LIMIT ?", [cursor, room.openings])
    for group in Self.grouped(live, upTo: room.bytes) {
      guard room.has(selection) else {
        selection.isComplete = false
        return selection
      }
      selection.entries += try entries(of: group, for: peer, epoch: epoch, now: now)
      selection.cursor = group.last?.position ?? selection.cursor
    }
    // A change whose openings were cut off by the limit is looked at again with its rest: what has
    // gone already is not sent twice.
    guard live.count < room.openings else {
      selection.isComplete = false
      return selection
    }
    try selectBackfill(into: &selection, for: peer, epoch: epoch, room: room, now: now)
    return selection
  }

  /// A restriction goes ahead of what waits: whoever holds the record must hear of it first.
  /// - Returns: whether there were any; then the log waits for the next batch.
  private func selectRestrictions(
    into selection: inout Selection, for peer: NodeName, epoch: Epoch, room: Room, now: Instant
  ) throws -> Bool {
    let writes = try loggedWrites(
      """
      WHERE o.position > ? AND c.record IN (SELECT id FROM record WHERE type = ?)
      ORDER BY o.position LIMIT ?
      """, [selection.cursor, Self.restrictionType, room.openings])
    let before = selection.entries.count
    for group in Self.grouped(writes, upTo: room.bytes) where room.has(selection) {
      selection.entries += try entries(of: group, for: peer, epoch: epoch, now: now)
    }
    guard selection.entries.count > before else { return false }
    selection.isComplete = false
    return true
  }

  private func selectBackfill(
    into selection: inout Selection, for peer: NodeName, epoch: Epoch, room: Room, now: Instant
  ) throws {
    let waiting = try rows(
      "SELECT record FROM backfill WHERE peer = ? LIMIT 256", [peer.description])
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
        selection.entries += try entries(of: group, for: peer, epoch: epoch, now: now)
      }
      selection.backfilled.append(record)
    }
    if waiting.count == 256 { selection.isComplete = false }
  }

  /// What of one change a peer may have and has not had: one entry for each agreement that allows
  /// something.
  private func entries(
    of group: [LoggedWrite], for peer: NodeName, epoch: Epoch, now: Instant
  ) throws -> [Entry] {
    guard let header = group.first?.header, header.author != peer.agency,
      let proof = try proof(of: header.id)
    else { return [] }
    var allowed: [Digest: [(Opening, SharedChange.Justification)]] = [:]
    for logged in group where try !hasHad(peer, logged.id, epoch: epoch) {
      let decision = try disclosure(of: logged, to: peer.agency, now: now)
      guard let grant = decision.grant, let agreement = decision.agreement else { continue }
      let justification = SharedChange.Justification(grant: grant, route: decision.route)
      allowed[agreement, default: []].append((logged.opening, justification))
    }
    return allowed.sorted { $0.key < $1.key }.compactMap { agreement, parts in
      let change = DisclosedChange(header: header, proof: proof, openings: parts.map(\.0))
      return SharedChange(
        change: change, agreement: agreement, justifications: parts.map(\.1)
      ).map(Entry.change)
    }
  }

  /// Whether a write went to a peer in this epoch, or came from it.
  private func hasHad(_ peer: NodeName, _ write: WriteID, epoch: Epoch) throws -> Bool {
    try exists(
      """
      SELECT 1 FROM disclosure WHERE peer = ?1 AND write_id = ?2 AND epoch = ?3
      UNION ALL SELECT 1 FROM justification WHERE sender = ?1 AND write_id = ?2
      """, [peer.description, write.bytes, epoch.bytes])
  }

  /// Documents that a peer needs to judge what it gets, and lacks in whole or in signatures: the
  /// agreements that it is a party to, their profiles, and the deeds of their members.
  private func unsentDocuments(for peer: NodeName) throws -> [SignedDocument] {
    var sent: [Data: Int] = [:]
    for row in try rows("SELECT * FROM sent_document WHERE peer = ?", [peer.description]) {
      sent[row["document"]] = row["signatures"]
    }
    let concerned = partnership.documentsConcerning(peer.agency)
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
