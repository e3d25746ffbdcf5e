import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// Why others let this node have writes. A row stands for the writes of one change that came for the same
/// reason and by the same route.
extension Store {
  /// Remembers why another node let this node have writes of a change, up to a number of reasons for each: a
  /// route may be anything.
  /// - Returns: the writes for which that is a new reason.
  func justify(
    _ writes: [(place: Int, SharedChange.Justification)], of change: Int64, isNewHere: Bool,
    from sender: NodeName, agreement: Digest
  ) throws -> Places {
    defer { memory.held = nil }
    let before = isNewHere ? [] : try held(change).filter { $0.reason.sender == sender }
    var new = Places()
    for (justification, places) in Self.byReason(writes) {
      let reason = try number(
        of: .init(sender: sender, agreement: agreement, grant: justification.grant))
      let route = justification.route?.bytes ?? Data()
      let known = before.first { $0.number == reason && $0.route == route }?.places ?? Places()
      let added = places.filter { place in
        guard !known.contains(place) else { return false }
        return before.filter { $0.places.contains(place) }.count < Limits.Storage.justifications
      }
      guard !added.isEmpty else { continue }
      new.formUnion(added)
      try run(
        """
        INSERT INTO held VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET places = excluded.places
        """, [change, reason, route, known.union(added).bytes])
    }
    return new
  }

  /// The writes of a change by why they came: mostly all for one reason.
  private static func byReason(
    _ writes: [(place: Int, SharedChange.Justification)]
  ) -> [(SharedChange.Justification, Places)] {
    var found: [(justification: SharedChange.Justification, places: Places)] = []
    for (place, justification) in writes {
      if let index = found.lastIndex(where: { $0.justification == justification }) {
        found[index].places.insert(place)
      } else {
        found.append((justification, Places([place])))
      }
    }
    return found
  }

  /// One reason why writes of a change are held.
  struct HeldPart {
    let number: Int64
    let reason: (sender: NodeName, agreement: Digest, grant: String)
    let route: Data
    let places: Places
  }

  /// All reasons for writes of a change.
  func held(_ change: Int64) throws -> [HeldPart] {
    if let known = memory.held, known.change == change { return known.parts }
    let parts = try rows(
      """
      SELECT h.reason, h.route, h.places, r.sender, r.agreement, r.grant_id
      FROM held h JOIN reason r ON r.no = h.reason
      WHERE h.change = ?
      """, [change]
    ).compactMap { row -> HeldPart? in
      guard let sender = NodeName(row[3]) else { return nil }
      return HeldPart(
        number: row[0], reason: (sender, try row.id(at: 4), row[5]), route: row[1],
        places: Places(row[2] as Data))
    }
    memory.held = (change, parts)
    return parts
  }

  /// The reasons for one write.
  func held(_ write: WritePlace) throws -> [HeldPart] {
    try held(write.change).filter { $0.places.contains(write.place) }
  }

  /// Takes back a sender's reasons for a write.
  func dropReasons(for write: WritePlace, of sender: NodeName) throws {
    defer { memory.held = nil }
    for part in try held(write) where part.reason.sender == sender {
      let rest = part.places.subtracting(Places([write.place]))
      let key: StatementArguments = [write.change, part.number, part.route]
      if rest.isEmpty {
        try run("DELETE FROM held WHERE change = ? AND reason = ? AND route = ?", key)
      } else {
        try run(
          "UPDATE held SET places = ? WHERE change = ? AND reason = ? AND route = ?",
          [rest.bytes, write.change, part.number, part.route])
      }
    }
  }
}
