import FoundationEssentials
import GRDB
import Records

/// Why a value is not here any more.
enum ErasureBasis: Int {
  /// Whoever shared it does so no longer. Shared again, it comes back.
  case retracted = 1
  /// Somebody here decided so: it does not come back.
  case erased = 2
}

extension Store {
  /// Erases a write's value and salt. What it superseded or removed stays gone, and whoever had the
  /// value from here is told.
  /// - Returns: whether there was a value.
  func erase(_ write: LoggedWrite, basis: ErasureBasis) throws -> Bool {
    guard !write.write.isWithheld, var change = try loggedChange(write.at.change),
      let index = change.openings.firstIndex(where: { $0.place == write.at.place })
    else { return false }
    (change.openings[index].basis, change.openings[index].salt) = (basis, Data())
    change.openings[index].bytes = write.write.remains
    try store(change)
    // With the secret and the header, a short value could be guessed and recognised.
    try run("UPDATE change SET secret = NULL WHERE no = ?", [change.number])
    try noteErasure(in: write.header.record)
    try noteAlteration()
    try rederive(write)
    try payReceipts(for: write)
    try lookAgain(at: [write.header.record], urgently: true)
    return true
  }

  /// Gives a write its value back where it was erased only because it was shared no longer.
  func restore(_ checked: DisclosedChange.CheckedWrite, in change: inout LoggedChange) throws
    -> Bool
  {
    guard let place = change.header.place(of: checked.id),
      let index = change.openings.firstIndex(where: { $0.place == place }),
      change.openings[index].basis == .retracted
    else { return false }
    change.openings[index].basis = nil
    change.openings[index].salt = checked.opening.salt
    change.openings[index].bytes = checked.opening.bytes
    try store(change)
    try noteAlteration()
    if let logged = try change.write(at: place) { try rederive(logged) }
    let record = change.header.record
    try lookAgain(at: [record] + (try referring(to: record)))
    return true
  }

  /// Whether anything of a record is here to be shown. Of one whose values were all erased nobody
  /// is told that it exists.
  func isShown(_ record: RecordID) throws -> Bool {
    guard let number = try number(of: record) else { return false }
    // Mostly something stands that was not erased; where nothing does, older writes may still be here.
    if try standing(inRecord: number).contains(where: { !$0.isWithheld }) { return true }
    return try loggedChanges(of: record).contains { $0.openings.contains { $0.basis == nil } }
  }

  /// Which routes stay while values are in conflict depends on what came before: the field is merged
  /// anew in the order of the log, as a rebuild does it.
  private func rederive(_ logged: LoggedWrite) throws {
    let (record, field) = (logged.header.record, logged.write.field)
    memory.forgetRoutes()
    let writes = try loggedWrites(of: record)
    for table in Self.fieldTables {
      try run("DELETE FROM \(table) WHERE record = ? AND field = ?", [record.bytes, field])
    }
    try dropStanding(field, of: record)
    for write in writes where write.write.field == field { try merge([write]) }
    // Without any value left nothing was merged that could have lifted what it sealed.
    if logged.header.recordType == Self.restrictionType { try restrict(by: record) }
  }
}
