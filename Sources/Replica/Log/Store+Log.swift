import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// One opening with its change's header, as it lies in the log.
struct LoggedWrite {
  let position: Int64
  let id: WriteID
  let opening: Opening
  let header: ChangeHeader
  let write: Write

  /// The version that merging sees.
  func version(mayLower: Bool) -> Version {
    Version(
      id: id, author: header.author, key: header.key, time: header.time, write: write,
      mayLower: mayLower)
  }
}

extension Store {
  static let loggedWrite = """
    SELECT o.position, o.write_id, o.salt, o.bytes, c.header
    FROM opening o JOIN change c ON c.id = o.change
    """

  func loggedWrite(_ row: Row) throws -> LoggedWrite {
    let header = try ChangeHeader(row["header"])
    let opening = Opening(salt: row["salt"], bytes: row["bytes"])
    return LoggedWrite(
      position: row["position"], id: try row.id("write_id"), opening: opening, header: header,
      write: try Write(opening.bytes, before: header.time))
  }

  func loggedWrites(_ condition: String, _ arguments: StatementArguments) throws -> [LoggedWrite] {
    try rows("\(Self.loggedWrite) \(condition)", arguments).map(loggedWrite)
  }

  func type(of record: RecordID) throws -> String? {
    try row("SELECT type FROM record WHERE id = ?", [record.bytes])?["type"]
  }

  func proof(of change: ChangeID) throws -> Proof? {
    guard let row = try row("SELECT proof FROM change WHERE id = ?", [change.bytes]) else {
      return nil
    }
    return try Proof(row["proof"])
  }

  /// Appends a header, unless it is here.
  func append(_ header: ChangeHeader, _ proof: Proof, secret: ChangeSecret? = nil) throws {
    try run(
      "INSERT INTO record VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
      [header.record.bytes, header.recordType])
    try run(
      """
      INSERT INTO change (id, record, author, key_id, hlc, header, proof, secret)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
      """,
      [
        header.id.bytes, header.record.bytes, header.author.description, header.key.bytes,
        header.time.stored, header.bytes, proof.encoded(), secret?.bytes,
      ])
  }

  /// Appends a checked write and merges it, unless it is here.
  /// - Returns: whether it is new.
  func append(_ checked: DisclosedChange.CheckedWrite, of header: ChangeHeader) throws -> Bool {
    try run(
      """
      INSERT INTO opening (write_id, change, salt, bytes) VALUES (?, ?, ?, ?)
      ON CONFLICT (write_id) DO NOTHING
      """,
      [checked.id.bytes, header.id.bytes, checked.opening.salt, checked.opening.bytes])
    guard db.changesCount > 0 else { return false }
    let logged = LoggedWrite(
      position: db.lastInsertedRowID, id: checked.id, opening: checked.opening, header: header,
      write: checked.write)
    try merge(logged)
    return true
  }

  /// Remembers why another node let this node have a write.
  /// - Returns: whether that is a new reason.
  func justify(
    _ write: WriteID, from sender: NodeName, agreement: Digest,
    _ justification: SharedChange.Justification
  ) throws -> Bool {
    try run(
      "INSERT INTO justification VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      [
        write.bytes, sender.description, agreement.bytes, justification.grant,
        justification.route?.bytes ?? Data(),
      ])
    return db.changesCount > 0
  }

  /// The next stamp; it is later than all that this replica holds.
  func nextStamp(now: Instant, using generator: inout some RandomNumberGenerator) throws -> HLC {
    var clock = HybridClock(last: HLC(rawValue: UInt64(bitPattern: try number("hlc"))))
    let stamp = clock.next(now: now, using: &generator)
    try setNumber("hlc", to: stamp.stored)
    return stamp
  }

  func observe(_ stamp: HLC) throws {
    if stamp.stored > (try number("hlc")) { try setNumber("hlc", to: stamp.stored) }
  }
}
