import Agreements
import FoundationEssentials
import GRDB
import Records
import SyncProtocol

/// What one transaction has looked up, or made, and need not look up again.
final class TransactionMemory {
  /// Records by number; nothing for one that was not there.
  var records: [RecordID: (number: Int64, type: String)] = [:]
  var signers: [Author: Int64] = [:]
  var reasons: [Reason: Int64] = [:]
  var fields: FieldNames?
  /// What was decided by what is agreed now.
  var decisions = DecisionMemory()
  var disputed: Set<ChangeID>?
  /// Why writes of the change that was asked about last are held: asked for each of its writes.
  var held: (change: Int64, parts: [Store.HeldPart])?
  var peers: [NodeName]?
  /// Whether any writes that were lost here are asked back from peers.
  var isAskedBack: Bool?
  /// Whether anything is set aside.
  var isAside: Bool?
  /// Whether anything is given back to a peer.
  var givesBack: [NodeName: Bool] = [:]
  /// By which record a record concerns an agency, and whether anything at all is kept from an agency: asked for
  /// each write, and the same for all of a record's.
  private var routes: [RouteKey: RecordID?] = [:]
  private var isAnythingKept: [AgencyID: Bool] = [:]
  /// Batches of changes that are signed together, by number and the other way round, and the parts of their
  /// trees: each of a batch's changes asks for nearly the same.
  var batches: [Int64: Batch] = [:]
  var batchNumbers: [Batch: Int64] = [:]
  var parts: [BatchPartKey: BatchPart] = [:]
  /// Parts that this transaction has added to and not yet written.
  var changedParts: Set<BatchPartKey> = []
  /// What headers have in common, by number and the other way round.
  var forms: [Int64: HeaderForm] = [:]
  var formNumbers: [HeaderForm: Int64] = [:]
  /// The change that was looked for last and is not here: an intake asks several times.
  var absent: ChangeID?
  /// The latest stamp among the log's changes, as it is stored.
  var latestHeld: Int64?
  /// Whether any two changes are known to be in dispute.
  var isAnyEquivocation: Bool?
  /// Changes of which nothing went to a peer yet, as this transaction has found.
  var undisclosed: [NodeName: Set<Int64>] = [:]
  /// The last change of which anything went to a peer.
  var lastDisclosed: [NodeName: Int64] = [:]
  /// The last position of the log.
  var position: Int64?
  /// The latest stamp that this transaction gave.
  var stamp: HLC?

  struct RouteKey: Hashable {
    let record: RecordID
    let agency: AgencyID
    let isThroughSealed: Bool
  }

  /// What was looked up, or what is looked up now.
  func route(_ key: RouteKey, _ find: () throws -> RecordID?) rethrows -> RecordID? {
    if let known = routes[key] { return known }
    let found = try find()
    routes[key] = .some(found)
    return found
  }

  func isAnythingKept(from agency: AgencyID, _ find: () throws -> Bool) rethrows -> Bool {
    if let known = isAnythingKept[agency] { return known }
    let found = try find()
    isAnythingKept[agency] = found
    return found
  }

  /// Routes, references or seals change.
  func forgetRoutes() {
    if !routes.isEmpty { routes = [:] }
    if !isAnythingKept.isEmpty { isAnythingKept = [:] }
  }

  struct Batch: Hashable {
    let depth: Int
    let signature: Data
  }

  struct Author: Hashable {
    let agency: AgencyID
    let key: KeyID
  }

  /// Why somebody let somebody have a write: no sender where this node was the one.
  struct Reason: Hashable {
    let sender: NodeName?
    let agreement: Digest
    let grant: String
  }
}

/// The numbers under which fields' names are stored.
struct FieldNames {
  var numbers: [String: Int64] = [:]
  var names: [Int64: String] = [:]

  mutating func note(_ name: String, _ number: Int64) {
    numbers[name] = number
    names[number] = name
  }
}

extension Store {
  /// A record's number and type; nothing where it is not here.
  func place(of record: RecordID) throws -> (number: Int64, type: String)? {
    if let known = memory.records[record] { return known }
    guard !fresh.isUntouched(record) else { return nil }
    // What is absent stays so for the transaction, unless it is begun here. A rebuild's store spans several, and looks
    // only for records of the log.
    guard let row = try row("SELECT no, type FROM record WHERE id = ?", [record.bytes]) else {
      fresh.note(record)
      return nil
    }
    let found: (number: Int64, type: String) = (row[0], row[1])
    memory.records[record] = found
    return found
  }

  func number(of record: RecordID) throws -> Int64? { try place(of: record)?.number }

  func type(of record: RecordID) throws -> String? { try place(of: record)?.type }

  /// The number of a record, which begins with it where it is not here.
  func begin(_ record: RecordID, type: String) throws -> Int64 {
    if let known = try number(of: record) { return known }
    let key = ring == nil ? nil : try freshDataKey()
    try run("INSERT INTO record (id, type, key) VALUES (?, ?, ?)", [record.bytes, type, key])
    let number = db.lastInsertedRowID
    sealing.dataKeys[number] = key
    memory.records[record] = (number, type)
    return number
  }

  func signer(of header: ChangeHeader) throws -> Int64 {
    let author = TransactionMemory.Author(agency: header.author, key: header.key)
    if let known = memory.signers[author] { return known }
    let arguments: StatementArguments = [author.agency.description, author.key.bytes]
    try run("INSERT OR IGNORE INTO signer (author, key_id) VALUES (?, ?)", arguments)
    let number: Int64 =
      try row("SELECT no FROM signer WHERE author = ? AND key_id = ?", arguments)?["no"] ?? 0
    memory.signers[author] = number
    return number
  }

  /// The number of a reason to hold a write, or to have shared one.
  func number(of reason: TransactionMemory.Reason) throws -> Int64 {
    if let known = memory.reasons[reason] { return known }
    let arguments: StatementArguments = [
      reason.sender?.description ?? "", reason.agreement.bytes, reason.grant,
    ]
    try run(
      "INSERT OR IGNORE INTO reason (sender, agreement, grant_id) VALUES (?, ?, ?)", arguments)
    let number: Int64 =
      try row(
        "SELECT no FROM reason WHERE sender = ? AND agreement = ? AND grant_id = ?", arguments)?[
        "no"]
      ?? 0
    memory.reasons[reason] = number
    return number
  }

  private func fieldNames() throws -> FieldNames {
    if let known = memory.fields { return known }
    var found = FieldNames()
    for row in try rows("SELECT no, name FROM field_name") { found.note(row["name"], row["no"]) }
    memory.fields = found
    return found
  }

  /// The name that stands under a number.
  func fieldName(_ number: Int64) throws -> String {
    guard let name = try fieldNames().names[number] else {
      throw ReplicaError.storage("a field has no name")
    }
    return name
  }

  /// The number of a field's name; nothing where no field of that name was ever stored.
  func knownNumber(ofField name: String) throws -> Int64? { try fieldNames().numbers[name] }

  /// The number of a field's name, which begins with it where there is none.
  func number(ofField name: String) throws -> Int64 {
    if let known = try knownNumber(ofField: name) { return known }
    try run("INSERT INTO field_name (name) VALUES (?)", [name])
    let number = db.lastInsertedRowID
    memory.fields?.note(name, number)
    return number
  }
}
