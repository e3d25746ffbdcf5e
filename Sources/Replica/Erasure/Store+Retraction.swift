import Agreements
import FoundationEssentials
import GRDB
public import Records
public import SyncProtocol

extension Decision {
  /// The word that tells a receiver why something is shared no longer; nothing where its copy may
  /// stay. A child that moves school leaves the copy that the old school had, and an agreement
  /// that ends leaves what was shared under it: both follow the receiver's own retention rule.
  var retraction: String? {
    switch rule {
    case .noGrant: "grant-ended"
    case .restricted: "restricted"
    case .outsideRole, .outsideCaseload: "out-of-scope"
    default: nil
    }
  }
}

extension Store {
  /// Takes back a peer's reasons for holding writes, and erases what no other reason holds.
  mutating func take(_ retraction: Retraction, from peer: NodeName, now: Instant) throws {
    let due = try row("SELECT count(*) AS n FROM due WHERE peer = ?", [peer.description])
    guard due?["n"] ?? 0 < Limits.Storage.due else { throw ReplicaError.tooMuchDue(peer) }
    var outcomes: [Receipt.Outcome: [WriteID]] = [:]
    for write in retraction.writes {
      let outcome = try take(retracted: write, from: peer, because: retraction.reason)
      outcomes[outcome, default: []].append(write)
    }
    try dropSetAside(Set(retraction.writes), from: peer)
    for (outcome, writes) in outcomes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      // Why there is a hold is nobody else's business.
      let basis = outcome == .retained ? Self.holdBasis : ""
      try enqueue(.receipt(Receipt(writes: writes, outcome: outcome, basis: basis)), for: peer)
    }
    let counts = outcomes.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { "\($0.value.count) \($0.key.rawValue)" }.joined(separator: ", ")
    try audit([
      AuditEntry(
        at: now, account: AuditEntry.node, role: AuditEntry.node, action: "erased",
        detail: "taken back by \(peer), \(retraction.reason): \(counts)")
    ])
  }

  /// The basis that a peer is told where a hold keeps what it took back.
  static let holdBasis = "legal hold"

  private func take(
    retracted write: WriteID, from peer: NodeName, because reason: String
  ) throws -> Receipt.Outcome {
    guard let logged = try located(write) else { return .erased }
    try dropReasons(for: logged.at, of: peer)
    if reason == "erased", me.isDevice, isWithinAgency(peer) {
      // The agency has erased it for good: what its device wrote is the agency's.
      _ = try erase(logged, basis: .erased)
      return .erased
    }
    if try isHeldOtherwise(logged, than: peer) {
      try oweReceipt(for: logged, to: peer)
      return .heldOtherwise
    }
    if !logged.write.isWithheld, try isOnHold(logged.header.record) {
      // Others that took it back before were told that there is another reason: now there is the hold.
      for other in try owedReceipts(for: logged.at) where other != peer {
        let receipt = Receipt(writes: [logged.id], outcome: .retained, basis: Self.holdBasis)
        try enqueue(.receipt(receipt), for: other)
      }
      try oweReceipt(for: logged, to: peer)
      return .retained
    }
    _ = try erase(logged, basis: .retracted)
    return .erased
  }

  /// Notes that a peer took back what is still here: once it is gone, the peer hears of it.
  private func oweReceipt(for logged: LoggedWrite, to peer: NodeName) throws {
    guard !logged.write.isWithheld else { return }
    try run(
      "INSERT INTO owed_receipt VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      [logged.at.change, logged.at.place, peer.description])
  }

  private func owedReceipts(for write: WritePlace) throws -> [NodeName] {
    try rows(
      "SELECT peer FROM owed_receipt WHERE change = ? AND place = ?", [write.change, write.place]
    ).compactMap { NodeName($0["peer"] as String) }
  }

  /// A value is gone for whatever reason: whoever took it back before and could not have it gone then is told.
  func payReceipts(for logged: LoggedWrite) throws {
    for peer in try owedReceipts(for: logged.at) {
      try enqueue(.receipt(Receipt(writes: [logged.id], outcome: .erased)), for: peer)
    }
    try run(
      "DELETE FROM owed_receipt WHERE change = ? AND place = ?",
      [logged.at.change, logged.at.place])
  }

  /// Notes what a peer did with what was retracted.
  func take(_ receipt: Receipt, from peer: NodeName, now: Instant) throws {
    let writes = try receipt.writes.compactMap(locate)
    try change(writes, disclosedTo: peer) { disclosed in
      if disclosed.retractedAt != nil { disclosed.outcome = receipt.outcome.rawValue }
    }
    for (change, places) in Dictionary(grouping: writes, by: \.change) {
      try run(
        "INSERT INTO receipt (peer, change, places, outcome, basis, at) VALUES (?, ?, ?, ?, ?, ?)",
        [
          peer.description, change, Places(places.map(\.place)).bytes, receipt.outcome.rawValue,
          receipt.basis, now.milliseconds,
        ])
    }
  }

  /// Has an entry without values go to a peer.
  func enqueue(_ entry: Entry, for peer: NodeName) throws {
    try run("INSERT INTO due (peer, body) VALUES (?, ?)", [peer.description, entry.encoded()])
  }

  private func isHeldOtherwise(_ write: LoggedWrite, than peer: NodeName) throws -> Bool {
    // What its devices wrote is the agency's, also where a device would take it back.
    let isOwn =
      me.isDevice
      ? isAuthor(me, of: write.header, towards: peer) : write.header.author == me.agency
    return try isOwn || !held(write.at).isEmpty
  }

  /// Whether anything but a hold keeps a write here.
  func isHeld(_ write: LoggedWrite) throws -> Bool {
    try write.header.author == me.agency || !held(write.at).isEmpty
  }

  /// Takes retracted writes out of what is held in quarantine.
  private func dropSetAside(_ writes: Set<WriteID>, from peer: NodeName) throws {
    for row in try rows(
      "SELECT id, change, entry FROM quarantine WHERE peer = ? AND is_held = 1", [peer.description])
    {
      guard case .change(let shared)? = try heldEntry(row),
        !writes.isDisjoint(with: shared.writeIDs)
      else { continue }
      let parts = zip(shared.writeIDs, zip(shared.change.openings, shared.justifications))
        .filter { !writes.contains($0.0) }.map(\.1)
      let change = DisclosedChange(
        header: shared.change.header, proof: shared.change.proof, openings: parts.map(\.0))
      let rest = SharedChange(
        change: change, agreement: shared.agreement, justifications: parts.map(\.1),
        admission: shared.admission)
      if let rest, !parts.isEmpty {
        let (entry, number) = try sealedEntry(Entry.change(rest).encoded(), of: row.id("change"))
        try run(
          "UPDATE quarantine SET entry = ?, key = ? WHERE id = ?",
          [entry, number, row["id"] as Int64])
      } else {
        try run("DELETE FROM quarantine WHERE id = ?", [row["id"] as Int64])
      }
    }
    for write in writes {
      try run(
        "DELETE FROM set_aside WHERE peer = ? AND write_id = ?", [peer.description, write.bytes])
    }
  }
}

/// A write that was shared with a peer and taken back.
public struct RetractedDisclosure: Hashable, Sendable {
  public let write: WriteID
  public let record: RecordID
  public let retractedAt: Instant
  /// What the peer states that it did; nothing while it has not confirmed.
  public let outcome: Receipt.Outcome?
}

extension LocalReplica {
  /// What was taken back from a peer, oldest first, and whether it has confirmed.
  public func retractions(from peer: NodeName) throws(ReplicaError) -> [RetractedDisclosure] {
    try read { store in
      try store.rows(
        """
        SELECT d.places, d.retracted_at, d.outcome, \(Store.headerColumns) FROM disclosure d
        JOIN change c ON c.no = d.change
        WHERE d.peer = ? AND d.retracted_at IS NOT NULL AND d.outcome IS NOT 'lapsed'
        """, [peer.description]
      ).flatMap { row in
        let header = try store.header(row)
        return Places(row["places"] as Data).map { place in
          RetractedDisclosure(
            write: header.commitments[place], record: header.record,
            retractedAt: Instant(milliseconds: row["retracted_at"]),
            outcome: (row["outcome"] as String?).flatMap(Receipt.Outcome.init))
        }
      }.sorted { ($0.retractedAt, $0.write) < ($1.retractedAt, $1.write) }
    }
  }
}
