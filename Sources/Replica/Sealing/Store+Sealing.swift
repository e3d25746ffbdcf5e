import Crypto
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// Values as they lie in the file: in one box for each change, sealed with the data key of its record. A box says
/// which key it takes, so that what was written before a node sealed anything stays readable.
///
/// Order of an erasure: in one transaction what remains of the record is sealed with a fresh key, which was durable
/// before, and the old key is noted as spent; once that is durable the key is destroyed, then the note goes. Nothing
/// goes to a peer while a note stands: a receipt never tells of an erasure that a copy could undo. Killed in between,
/// the next transaction that finds the note goes on from there.
extension Store {
  /// No opening begins with these: a place is written in as few bytes as it takes.
  private static let mark = Data([0x80, 0x00])
  /// The first number that was given to no record yet.
  static let nextDataKey = "next data key"

  /// How many of the ring's destructions this replica has made or heard of.
  static let destructions = "destroyed data keys"

  /// Whether bytes of the file are a box.
  static func isSealed(_ column: Data) -> Bool { column.prefix(2) == mark }

  /// The openings of a change as its row is to hold them.
  func boxed(_ openings: [PackedOpening], of header: ChangeHeader) throws -> Data {
    guard ring != nil, let record = try place(of: header.record) else { return openings.packed }
    return try box(openings.packed, with: try dataKey(ofRecord: record.number), Self.owner(header))
  }

  /// The openings of a change's row. Where its key was destroyed, nothing is held: the file is older than an
  /// erasure, as after a restore, and what the record may still have comes from the peers.
  func openings(_ column: Data, of header: ChangeHeader) throws -> [PackedOpening] {
    try [PackedOpening](packed: try unboxed(column, Self.owner(header)) ?? Data())
  }

  /// What stands in a box, or is not sealed; nothing where the key was destroyed.
  func unboxed(_ column: Data, _ owner: Data) throws -> Data? {
    guard Self.isSealed(column) else { return column }
    guard let ring else {
      throw ReplicaError.keyRing(
        "the values of this replica are sealed, and its key ring is not open")
    }
    var reader = PackedReader(column.dropFirst(2))
    let number = try reader.number()
    guard let key = try ring.dataKey(number) else { return nil }
    guard let box = try? AES.GCM.SealedBox(combined: try reader.rest()),
      let content = try? AES.GCM.open(box, using: key, authenticating: Self.bound(owner, number))
    else { throw ReplicaError.storage("a sealed value was altered, or belongs elsewhere") }
    return content
  }

  /// Seals bytes with the key of a number.
  func box(_ content: Data, with number: Int64, _ owner: Data) throws -> Data {
    guard let key = try ring?.dataKey(number),
      let box = try AES.GCM.seal(content, using: key, authenticating: Self.bound(owner, number))
        .combined
    else { throw ReplicaError.storage("a value could not be sealed") }
    var writer = PackedWriter(capacity: box.count + 12)
    writer.raw(Self.mark)
    writer.number(number)
    writer.raw(box)
    return writer.bytes
  }

  /// The number of the key in a box; nothing where it is none.
  static func keyNumber(_ column: Data) throws -> Int64? {
    guard isSealed(column) else { return nil }
    var reader = PackedReader(column.dropFirst(2))
    return try reader.number()
  }

  /// A number that no record has, with its key durable in the ring.
  func freshDataKey() throws -> Int64 {
    guard let ring else { throw ReplicaError.storage("there is no key ring") }
    var next = try sealing.nextDataKey ?? max(1, number(Self.nextDataKey))
    try ring.extend(through: next)
    // Where the replica is older than its ring, some were destroyed since.
    while try ring.dataKey(next) == nil {
      next += 1
      try ring.extend(through: next)
    }
    sealing.nextDataKey = next + 1
    return next
  }

  private func dataKey(ofRecord record: Int64) throws -> Int64 {
    if let known = sealing.dataKeys[record] { return known }
    if let known: Int64 = try row("SELECT key FROM record WHERE no = ?", [record])?[0] {
      // Destroyed where the file is older than an erasure: what comes now gets another.
      if try ring?.dataKey(known) != nil {
        sealing.dataKeys[record] = known
        return known
      }
    }
    return try giveFreshKey(toRecord: record)
  }

  @discardableResult
  private func giveFreshKey(toRecord record: Int64) throws -> Int64 {
    let fresh = try freshDataKey()
    try run("UPDATE record SET key = ? WHERE no = ?", [fresh, record])
    sealing.dataKeys[record] = fresh
    return fresh
  }

  /// Notes that something of a record was erased.
  func noteErasure(in record: RecordID) throws {
    guard ring != nil, let number = try number(of: record) else { return }
    sealing.erasedIn.insert(number)
  }

  /// What a transaction has still to write: what remains of records in which something was erased, under keys of
  /// their own, and up to where keys are given out.
  func finishSealing() throws {
    for record in sealing.erasedIn.sorted() { try sealAnew(record) }
    sealing.erasedIn = []
    if let next = sealing.nextDataKey { try setNumber(Self.nextDataKey, to: next) }
  }

  /// Seals all of a record with a fresh key, and notes those that it had as spent.
  func sealAnew(_ record: Int64) throws {
    var spent: Set<Int64> = []
    let fresh = try giveFreshKey(toRecord: record)
    for row in try rows(
      "SELECT \(Self.changeColumns) FROM change c WHERE c.record = ?", [record])
    {
      if let number = try Self.keyNumber(row["openings"]) { spent.insert(number) }
      let change = try loggedChange(row)
      try run(
        "UPDATE change SET openings = ?, secret = NULL WHERE no = ?",
        [
          try box(change.openings.packed, with: fresh, Self.owner(change.header)), change.number,
        ])
    }
    for number in spent where number != fresh {
      try run("INSERT INTO spent_key VALUES (?) ON CONFLICT DO NOTHING", [number])
    }
  }

  /// The keys that nothing needs any more and that are still there.
  func spentKeys() throws -> [Int64] {
    try rows("SELECT number FROM spent_key").map { $0["number"] }
  }

  /// Destroys what was noted as spent in an earlier transaction.
  func destroySpentKeys() throws {
    guard let ring else { return }
    let spent = try spentKeys()
    guard !spent.isEmpty else { return }
    try ring.destroy(spent)
    for number in spent { try run("DELETE FROM spent_key WHERE number = ?", [number]) }
    try setNumber(Self.destructions, to: try ring.destructions())
  }

  /// What a change's box is bound to, beside its key.
  private static func owner(_ header: ChangeHeader) -> Data {
    header.record.bytes + header.key.bytes
      + withUnsafeBytes(of: header.time.rawValue.bigEndian) { Data($0) }
  }

  private static func bound(_ owner: Data, _ number: Int64) -> Data {
    TaggedHash.message(
      "concord/v1/sealed", owner, withUnsafeBytes(of: number.bigEndian) { Data($0) })
  }
}

/// A held entry of the quarantine has a key of its own; the triggers of `quarantine` note it as spent.
extension Store {
  /// An entry as its row is to hold it, and the number of its key.
  func sealedEntry(_ entry: Data, of change: ChangeID) throws -> (entry: Data, key: Int64?) {
    guard ring != nil else { return (entry, nil) }
    let number = try freshDataKey()
    return (try box(entry, with: number, change.bytes), number)
  }

  /// The entry of a row; nothing where it cannot be read any more.
  func heldEntry(_ row: Row) throws -> Entry? {
    let change: ChangeID = try row.id("change")
    return try unboxed(row["entry"], change.bytes).flatMap { try? Entry(encoded: $0) }
  }
}

/// What one transaction knows of data keys; documents that come meanwhile leave it as it is.
final class SealingMemory {
  /// By the record's number.
  var dataKeys: [Int64: Int64] = [:]
  var nextDataKey: Int64?
  /// Records in which something was erased and that are to be sealed anew.
  var erasedIn: Set<Int64> = []
}
