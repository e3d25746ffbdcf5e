import FoundationEssentials
import GRDB
import Records

/// Which writes stand in a record's fields. It derives from the log.
extension Store {
  /// All that stand in a record, by the record's number.
  func standing(inRecord number: Int64) throws -> [StandingWrite] {
    guard let row = try row("SELECT writes FROM standing WHERE record = ?", [number]) else {
      return []
    }
    return try [StandingWrite](packed: row[0])
  }

  func store(_ standing: [StandingWrite], inRecord number: Int64, isFirst: Bool) throws {
    if standing.isEmpty {
      try run("DELETE FROM standing WHERE record = ?", [number])
    } else if isFirst {
      try run("INSERT INTO standing VALUES (?, ?)", [number, standing.packed])
    } else {
      try run(
        """
        INSERT INTO standing VALUES (?, ?)
        ON CONFLICT (record) DO UPDATE SET writes = excluded.writes
        """, [number, standing.packed])
    }
  }

  /// Forgets what stands in a field: it is derived anew.
  func dropStanding(_ field: String, of record: RecordID) throws {
    guard let number = try number(of: record), let name = try knownNumber(ofField: field) else {
      return
    }
    let rest = try standing(inRecord: number).filter { $0.field != name }
    try store(rest, inRecord: number, isFirst: false)
  }

  /// The names of a record's fields in which a value stands.
  func fieldsWithValues(of record: RecordID) throws -> [String] {
    guard let number = try number(of: record) else { return [] }
    let fields = try standing(inRecord: number).filter { !$0.isWithheld }.map(\.field)
    return try Set(fields).sorted().map(fieldName)
  }

  /// The writes that stand, each with what the log has of it.
  func logged(_ standing: [StandingWrite]) throws -> [LoggedWrite] {
    var changes: [Int64: LoggedChange] = [:]
    return try standing.sorted().compactMap { write in
      let number = write.at.change
      if changes[number] == nil { changes[number] = try loggedChange(number) }
      return try changes[number]?.write(at: write.at.place)
    }
  }

  /// The writes that stand in one field of a record.
  func loggedStanding(_ field: String, of record: RecordID) throws -> [LoggedWrite] {
    guard let number = try number(of: record), let name = try knownNumber(ofField: field) else {
      return []
    }
    return try logged(try standing(inRecord: number).filter { $0.field == name })
  }
}
