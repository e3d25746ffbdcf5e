import FoundationEssentials
import GRDB
import Records

/// Finding a write by its id, as a peer names it. Changes come far more often than that, so the index is
/// brought up to date when it is wanted.
extension Store {
  /// Where a write lies; nothing where it is not here.
  func locate(_ write: WriteID) throws -> WritePlace? { try located(write)?.at }

  /// A write by its id; nothing where it is not here.
  func located(_ write: WriteID) throws -> LoggedWrite? {
    if try number(Self.located) < lastPosition() { try bringUpToDate() }
    let changes = try loggedChanges(
      "WHERE c.no IN (SELECT change FROM located WHERE mark = ?)", [Self.mark(write)])
    return try Self.find(write, in: changes)
  }

  /// The same where nothing may be written: what the index does not have yet is looked through.
  func locatedByReading(_ write: WriteID) throws -> LoggedWrite? {
    let known = try loggedChanges(
      "WHERE c.no IN (SELECT change FROM located WHERE mark = ?)", [Self.mark(write)])
    if let found = try Self.find(write, in: known) { return found }
    var last = try number(Self.located)
    while true {
      let part = try log(after: last, atMost: Self.part)
      guard let end = part.last?.position else { return nil }
      if let found = try Self.find(write, in: part.map(\.change)) { return found }
      last = end
    }
  }

  private func bringUpToDate() throws {
    var last = try number(Self.located)
    while true {
      let part = try log(after: last, atMost: Self.part)
      guard let end = part.last?.position else { break }
      for (position, change) in part {
        for opening in change.openings
        where (opening.arrived == 0 ? change.number : opening.arrived) == position {
          try run(
            "INSERT OR IGNORE INTO located VALUES (?, ?)",
            [Self.mark(change.header.commitments[opening.place]), change.number])
        }
      }
      last = end
    }
    try setNumber(Self.located, to: last)
  }

  private static func find(_ write: WriteID, in changes: [LoggedChange]) throws -> LoggedWrite? {
    for change in changes {
      guard let place = change.header.place(of: write) else { continue }
      if let found = try change.write(at: place) { return found }
    }
    return nil
  }

  /// The first eight bytes: enough that few others share them, and those are told apart by the header.
  private static func mark(_ write: WriteID) -> Int64 {
    write.bytes.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
  }

  private static let located = "located"
  private static let part = 500
}
