import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// How it stands with a write that went to a peer.
struct Disclosed: Hashable {
  var reason: Int64
  var route: Data
  var at: Int64
  var retractedAt: Int64?
  var outcome: String?
  /// 1 where the peer may or may not have it and it has to go again, 2 where it is known to lack it.
  var resend = 0
  var refused: String?
  /// How often it was refused: it says how long to wait until the next try.
  var refusals = 0
  var retryAt: Int64?
  /// Whether the peer has had what is to go again: it took it in, or set it aside.
  var wasHad = false
}

/// What was disclosed. A row covers the writes of one change that stand alike; where one of them changes,
/// rows are parted.
extension Store {
  /// How it stands with the writes of a change that went to a peer, by place.
  func disclosed(_ change: Int64, to peer: NodeName) throws -> [Int: Disclosed] {
    var found: [Int: Disclosed] = [:]
    if memory.undisclosed[peer]?.contains(change) ?? false { return found }
    guard try change <= lastDisclosed(to: peer) else { return found }
    for row in try rows(
      """
      SELECT reason, route, at, retracted_at, outcome, resend, refused, refusals, retry_at, was_had,
      places FROM disclosure WHERE peer = ? AND change = ?
      """, [peer.description, change])
    {
      let part = Disclosed(
        reason: row[0], route: row[1], at: row[2], retractedAt: row[3], outcome: row[4],
        resend: row[5], refused: row[6], refusals: row[7], retryAt: row[8], wasHad: row[9])
      for place in Places(row[10] as Data) { found[place] = part }
    }
    if found.isEmpty { memory.undisclosed[peer, default: []].insert(change) }
    return found
  }

  /// The number of the last change of which anything went to a peer: what is new in the log lies behind it.
  private func lastDisclosed(to peer: NodeName) throws -> Int64 {
    if let known = memory.lastDisclosed[peer] { return known }
    let last = try row("SELECT max(change) FROM disclosure WHERE peer = ?", [peer.description])
    let found: Int64 = last?[0] ?? 0
    memory.lastDisclosed[peer] = found
    return found
  }

  /// Changes how it stands with writes of a change that went to a peer.
  /// - Returns: whether anything changed.
  @discardableResult
  func change(
    disclosedOf change: Int64, to peer: NodeName, _ edit: (inout [Int: Disclosed]) throws -> Void
  ) throws -> Bool {
    let before = try disclosed(change, to: peer)
    var parts = before
    try edit(&parts)
    guard parts != before else { return false }
    if !before.isEmpty {
      try run(
        "DELETE FROM disclosure WHERE peer = ? AND change = ?", [peer.description, change])
    }
    try insert(parts, of: change, to: peer)
    return true
  }

  /// Changes how it stands with writes that went to a peer; those that never did are passed over.
  func change(
    _ writes: [WritePlace], disclosedTo peer: NodeName, _ edit: (inout Disclosed) -> Void
  ) throws {
    for (number, places) in Dictionary(grouping: writes, by: \.change) {
      try change(disclosedOf: number, to: peer) { parts in
        for place in places {
          guard var part = parts[place.place] else { continue }
          edit(&part)
          parts[place.place] = part
        }
      }
    }
  }

  private func insert(_ parts: [Int: Disclosed], of change: Int64, to peer: NodeName) throws {
    memory.undisclosed[peer]?.remove(change)
    memory.lastDisclosed[peer] = try max(lastDisclosed(to: peer), change)
    for (part, entries) in Dictionary(grouping: parts, by: \.value) {
      let places = Places(entries.map(\.key))
      try run(
        "INSERT INTO disclosure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
          peer.description, change, places.lowest, places.bytes, part.reason, part.route, part.at,
          part.retractedAt, part.outcome, part.resend, part.refused, part.refusals, part.retryAt,
          part.wasHad,
        ])
    }
  }

  /// Notes that writes of a change go to a peer now.
  func disclose(
    _ shared: SharedChange, _ number: Int64, to peer: NodeName, now: Instant
  ) throws {
    let header = shared.change.header
    var going: [Int: Disclosed] = [:]
    for (write, justification) in zip(shared.writeIDs, shared.justifications) {
      guard let place = header.place(of: write) else { continue }
      going[place] = Disclosed(
        reason: try self.number(
          of: .init(sender: nil, agreement: shared.agreement, grant: justification.grant)),
        route: justification.route?.bytes ?? Data(), at: now.milliseconds)
    }
    try change(disclosedOf: number, to: peer) { parts in
      for (place, next) in going {
        var next = next
        if let old = parts[place] {
          next.refusals = old.resend == 1 ? old.refusals : 0
          next.retryAt = old.retryAt
          next.wasHad = old.wasHad && old.resend == 1
        }
        parts[place] = next
      }
    }
    for write in shared.writeIDs where try givesBack(to: peer) {
      try run(
        "DELETE FROM give_back WHERE peer = ? AND write_id = ?", [peer.description, write.bytes])
    }
  }

  /// Whether anything is to be given back to a peer that has lost it.
  func givesBack(to peer: NodeName) throws -> Bool {
    if let known = memory.givesBack[peer] { return known }
    let found = try exists("SELECT 1 FROM give_back WHERE peer = ? LIMIT 1", [peer.description])
    memory.givesBack[peer] = found
    return found
  }
}
