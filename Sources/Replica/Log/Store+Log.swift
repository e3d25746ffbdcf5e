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
  /// Without a value where it was erased.
  let write: Write
  /// Whether its change is one of two that one key signed under one stamp: then it counts for
  /// nothing.
  let isDisputed: Bool

  /// The version that merging sees.
  func version(mayLower: Bool) -> Version {
    Version(
      id: id, author: header.author, key: header.key, time: header.time, write: write,
      mayLower: mayLower)
  }
}

extension Store {
  static let loggedWriteColumns = """
    o.position, o.write_id, o.salt, o.bytes, o.basis, c.header,
    EXISTS (SELECT 1 FROM disputed d WHERE d.change = o.change) AS is_disputed
    """
  static let loggedWrite = """
    SELECT \(loggedWriteColumns) FROM opening o JOIN change c ON c.id = o.change
    """

  func loggedWrite(_ row: Row) throws -> LoggedWrite {
    let header = try ChangeHeader(row["header"])
    let opening = Opening(salt: row["salt"], bytes: row["bytes"])
    let isErased = row["basis"] as String? != nil
    return LoggedWrite(
      position: row["position"], id: try row.id("write_id"), opening: opening, header: header,
      write: isErased
        ? try Write(remains: opening.bytes, before: header.time)
        : try Write(opening.bytes, before: header.time),
      isDisputed: row["is_disputed"])
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
  func append(_ header: ChangeHeader, _ proof: Data, secret: ChangeSecret? = nil) throws {
    try run(
      "INSERT INTO record VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
      [header.record.bytes, header.recordType])
    if db.changesCount > 0 { fresh.note(header.record) }
    try run(
      """
      INSERT INTO change (id, record, author, key_id, hlc, header, proof, secret)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
      """,
      [
        header.id.bytes, header.record.bytes, header.author.description, header.key.bytes,
        header.time.stored, header.bytes, proof, secret?.bytes,
      ])
  }

  /// Appends checked writes of one change and merges them, unless they are here. One whose value was
  /// erased because it was shared no longer gets it back; one that was erased for good does not.
  /// - Returns: the ids of those that are new.
  func append(
    _ writes: [DisclosedChange.CheckedWrite], of header: ChangeHeader
  ) throws -> Set<WriteID> {
    var added: [LoggedWrite] = []
    var new: Set<WriteID> = []
    let isDisputed = try isDisputed(header.id)
    for checked in writes {
      try run(
        """
        INSERT INTO opening (write_id, change, salt, bytes) VALUES (?, ?, ?, ?)
        ON CONFLICT (write_id) DO NOTHING
        """,
        [checked.id.bytes, header.id.bytes, checked.opening.salt, checked.opening.bytes])
      guard db.changesCount > 0 else {
        if try restore(checked, of: header) { new.insert(checked.id) }
        continue
      }
      new.insert(checked.id)
      try noteReturn(of: checked.id)
      added.append(
        LoggedWrite(
          position: db.lastInsertedRowID, id: checked.id, opening: checked.opening,
          header: header, write: checked.write, isDisputed: isDisputed))
    }
    try merge(added)
    return new
  }

  /// Remembers why another node let this node have a write, up to a number of reasons: a route may
  /// be anything.
  /// - Returns: whether that is a new reason.
  func justify(
    _ write: WriteID, from sender: NodeName, agreement: Digest,
    _ justification: SharedChange.Justification
  ) throws -> Bool {
    try run(
      """
      INSERT INTO justification SELECT ?1, ?2, ?3, ?4, ?5
      WHERE (SELECT count(*) FROM justification WHERE write_id = ?1 AND sender = ?2) < ?6
      ON CONFLICT DO NOTHING
      """,
      [
        write.bytes, sender.description, agreement.bytes, justification.grant,
        justification.route?.bytes ?? Data(), Limits.Storage.justifications,
      ])
    return db.changesCount > 0
  }

  /// The next stamp; it is later than all that this replica holds. What a clock that ran ahead has
  /// stamped does not count: else every later change would wait at the peers until that time.
  func nextStamp(
    now: Instant, drift: Int64, using generator: inout some RandomNumberGenerator
  ) throws -> HLC {
    let latest = now.advanced(byMilliseconds: drift)
    let bound = HLC(milliseconds: latest.milliseconds, counter: .max)
    let held = try row(
      "SELECT max(hlc) AS hlc FROM change WHERE hlc BETWEEN 0 AND ?", [bound.stored])
    var last = held?.stamp("hlc") ?? HLC(rawValue: 0)
    let noted = HLC(rawValue: UInt64(bitPattern: try number("hlc")))
    if noted <= bound { last = max(last, noted) }
    var clock = HybridClock(last: last)
    let stamp = clock.next(now: now, using: &generator)
    try setNumber("hlc", to: stamp.stored)
    return stamp
  }
}
