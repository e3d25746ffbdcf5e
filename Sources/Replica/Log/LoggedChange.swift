import FoundationEssentials
import GRDB
import Records

/// One opening with its change's header, as it lies in the log.
struct LoggedWrite {
  let position: Int64
  let at: WritePlace
  let opening: Opening
  let header: ChangeHeader
  /// Without a value where it was erased.
  let write: Write
  /// Whether its change is one of two that one key signed under one stamp: then it counts for
  /// nothing.
  let isDisputed: Bool

  /// The commitment that the header has for it.
  var id: WriteID { header.commitments[at.place] }

  /// The version that merging sees.
  func version(mayLower: Bool) -> Version {
    Version(
      id: id, author: header.author, key: header.key, time: header.time, write: write,
      mayLower: mayLower)
  }
}

/// A change as the log holds it.
struct LoggedChange {
  /// Its number: the position at which it came.
  let number: Int64
  let header: ChangeHeader
  var openings: [PackedOpening]
  let isDisputed: Bool

  /// What is held of its writes, in the order in which they came.
  func writes() throws -> [LoggedWrite] { try openings.map(logged) }

  /// One of its writes; nothing where that is not held.
  func write(at place: Int) throws -> LoggedWrite? {
    try openings.first { $0.place == place }.map(logged)
  }

  private func logged(_ packed: PackedOpening) throws -> LoggedWrite {
    guard header.commitments.indices.contains(packed.place) else {
      throw ReplicaError.storage("an opening has no commitment")
    }
    return LoggedWrite(
      position: packed.arrived == 0 ? number : packed.arrived,
      at: WritePlace(change: number, place: packed.place), opening: packed.opening,
      header: header,
      write: packed.basis == nil
        ? try Write(packed.bytes, before: header.time)
        : try Write(remains: packed.bytes, before: header.time),
      isDisputed: isDisputed)
  }
}

extension Store {
  /// What `loggedChange(_:)` reads; they stand last in a row.
  static let changeColumns = "c.no, c.openings, \(headerColumns)"

  func loggedChange(_ row: Row) throws -> LoggedChange {
    let header = try header(row)
    return LoggedChange(
      number: row[row.count - 6], header: header,
      openings: try openings(row[row.count - 5], of: header),
      isDisputed: try disputed().contains(header.id))
  }

  /// Changes by a condition on `change c`.
  func loggedChanges(
    _ condition: String, _ arguments: StatementArguments
  ) throws -> [LoggedChange] {
    try rows("SELECT \(Self.changeColumns) FROM change c \(condition)", arguments)
      .map(loggedChange)
  }

  func loggedChange(_ number: Int64) throws -> LoggedChange? {
    try loggedChanges("WHERE c.no = ?", [number]).first
  }

  /// All changes of a record, in the order in which they came.
  func loggedChanges(of record: RecordID) throws -> [LoggedChange] {
    guard let number = try number(of: record) else { return [] }
    return try loggedChanges("WHERE c.record = ? ORDER BY c.no", [number])
  }

  /// All writes of a record, in the order in which they came.
  func loggedWrites(of record: RecordID) throws -> [LoggedWrite] {
    let writes = try loggedChanges(of: record).flatMap { try $0.writes() }
    // What came of a change later lies behind others.
    guard writes.contains(where: { $0.position != $0.at.change }) else { return writes }
    return writes.enumerated().sorted {
      ($0.element.position, $0.offset) < ($1.element.position, $1.offset)
    }.map(\.element)
  }

  /// The log after a position, up to a number of changes: each with what of it came at that position.
  func log(
    after position: Int64, through end: Int64 = .max, atMost limit: Int
  ) throws -> [(position: Int64, change: LoggedChange)] {
    try rows(
      """
      SELECT l.position, \(Self.changeColumns) FROM (
        SELECT no AS position, no AS change FROM change WHERE no > ?1 AND no <= ?2
        UNION ALL SELECT position, change FROM arrival WHERE position > ?1 AND position <= ?2
        ORDER BY 1 LIMIT ?3) l
      JOIN change c ON c.no = l.change ORDER BY l.position
      """, [position, end, limit]
    ).map { (position: $0[0], change: try loggedChange($0)) }
  }

  /// The last position of the log.
  func lastPosition() throws -> Int64 {
    try row(
      """
      SELECT max(coalesce((SELECT max(no) FROM change), 0),
      coalesce((SELECT max(position) FROM arrival), 0)) AS last
      """)?["last"] ?? 0
  }

  /// The change with a header's key and stamp; there is at most one.
  func change(like header: ChangeHeader) throws -> LoggedChange? {
    if memory.absent == header.id { return nil }
    guard try header.time.stored <= latestHeld() else {
      memory.absent = header.id
      return nil
    }
    let found = try loggedChanges(
      """
      WHERE c.hlc = ? AND c.signer IN (SELECT no FROM signer WHERE key_id = ?)
      """, [header.time.stored, header.key.bytes]
    ).first
    if found == nil { memory.absent = header.id }
    return found
  }

  /// The latest stamp of any change that is here: mostly what comes is later, and need not be looked for.
  private func latestHeld() throws -> Int64 {
    if let known = memory.latestHeld { return known }
    let found: Int64 = try row("SELECT max(hlc) FROM change")?[0] ?? .min
    memory.latestHeld = found
    return found
  }

  /// Exactly this change, where something of it is here.
  func change(of header: ChangeHeader) throws -> LoggedChange? {
    try change(like: header).flatMap { $0.header.id == header.id ? $0 : nil }
  }

  /// The changes that count for nothing: few, if any.
  func disputed() throws -> Set<ChangeID> {
    if let known = memory.disputed { return known }
    let found = Set(try rows("SELECT change FROM disputed").map { try $0.id("change") as ChangeID })
    memory.disputed = found
    return found
  }
}
