import FoundationEssentials
import GRDB
import Records

/// Why a value is not here any more.
enum ErasureBasis {
  /// Whoever shared it does so no longer. Shared again, it comes back.
  static let retracted = "retracted"
}

extension Store {
  /// Erases a write's value and salt. What it superseded or removed stays gone, and whoever had the
  /// value from here is told.
  /// - Returns: whether there was a value.
  func erase(_ id: WriteID, basis: String) throws -> Bool {
    guard let logged = try loggedWrites("WHERE o.write_id = ?", [id.bytes]).first,
      !logged.write.isWithheld
    else { return false }
    try run(
      "UPDATE opening SET salt = x'', bytes = ?, basis = ? WHERE write_id = ?",
      [logged.write.remains, basis, id.bytes])
    // With the secret and the header, a short value could be guessed and recognised.
    try run("UPDATE change SET secret = NULL WHERE id = ?", [logged.header.id.bytes])
    try rederive(logged)
    try lookAgain(at: [logged.header.record], urgently: true)
    return true
  }

  /// Gives a write its value back where it was erased only because it was shared no longer.
  func restore(_ checked: DisclosedChange.CheckedWrite, of header: ChangeHeader) throws -> Bool {
    try run(
      "UPDATE opening SET salt = ?, bytes = ?, basis = NULL WHERE write_id = ? AND basis = ?",
      [checked.opening.salt, checked.opening.bytes, checked.id.bytes, ErasureBasis.retracted])
    guard db.changesCount > 0 else { return false }
    if let logged = try loggedWrites("WHERE o.write_id = ?", [checked.id.bytes]).first {
      try rederive(logged)
    }
    try lookAgain(at: [header.record] + (try referring(to: header.record)))
    return true
  }

  /// Whether anything of a record is here to be shown. Of one whose values were all erased nobody
  /// is told that it exists.
  func isShown(_ record: RecordID) throws -> Bool {
    try exists(
      """
      SELECT 1 FROM opening o JOIN change c ON c.id = o.change
      WHERE c.record = ? AND o.basis IS NULL LIMIT 1
      """, [record.bytes])
  }

  /// Which routes stay while values are in conflict depends on what came before: the field is merged
  /// anew in the order of the log, as a rebuild does it.
  private func rederive(_ logged: LoggedWrite) throws {
    let (record, field) = (logged.header.record, logged.write.field)
    let writes = try loggedWrites("WHERE c.record = ? ORDER BY o.position", [record.bytes])
    for table in Self.fieldTables {
      try run("DELETE FROM \(table) WHERE record = ? AND field = ?", [record.bytes, field])
    }
    for write in writes where write.write.field == field { try merge([write]) }
    // Without any value left nothing was merged that could have lifted what it sealed.
    if logged.header.recordType == Self.restrictionType { try restrict(by: record) }
  }
}
