import FoundationEssentials
import GRDB
public import Records

/// What was done that has to be answered for (Data Protection Act 2018 s.62): collection, alteration,
/// consultation, disclosure, combination and erasure, by a person or by the node itself.
public struct AuditEntry: Hashable, Sendable {
  public let at: Instant
  /// The account's name; at the command line what `--as` says; a program's name and its token's number, as
  /// `crime-system:3`; `node` where no person acted or none was named.
  public let account: String
  /// The account's role; `command` at the command line, `node` for the node itself.
  public let role: String
  /// What was done: `viewed`, `searched`, `found`, `overrode`, `wrote`, `combined`, `received`,
  /// `disclosed`, `erased`, ...
  public let action: String
  public let record: RecordID?
  /// Ids and counts; never a field's value. A reason stands where one was asked for.
  public let detail: String
  /// The digest of the changes that the entry is about, where it is about any.
  public let changes: Digest?

  /// States an entry.
  public init(
    at: Instant, account: String, role: String, action: String, record: RecordID? = nil,
    detail: String = "", changes: Digest? = nil
  ) {
    self.at = at
    self.account = account
    self.role = role
    self.action = action
    self.record = record
    self.detail = detail
    self.changes = changes
  }

  /// What stands for whoever is not named, and for the node itself.
  public static let node = "node"
  /// What stands for whoever reads at the command line and says no name.
  public static let unnamed = "unnamed"
  /// The role of whoever works at the command line.
  public static let command = "command"
  /// The role of a program that has none.
  public static let program = "program"

  /// The digest that chains this entry to the one before. An entry without changes is hashed as before
  /// there were any.
  public func head(after previous: Digest?) -> Digest {
    func data(_ text: String) -> Data { Data(text.utf8) }
    let (tag, before, id) = ("concord/v1/audit", previous?.bytes ?? Data(), record?.bytes ?? Data())
    guard let changes else {
      return TaggedHash.digest(
        tag, before, data("\(at)"), data(account), data(role), data(action), id, data(detail))
    }
    return TaggedHash.digest(
      tag, before, data("\(at)"), data(account), data(role), data(action), id, data(detail),
      changes.bytes)
  }
}

/// An entry as it stands in the chain.
public struct ChainedEntry: Hashable, Sendable {
  /// Its number, dense from 1.
  public let sequence: Int64
  public let entry: AuditEntry
  /// What the chain came to with it, as it is stored.
  public let head: Digest

  /// States an entry in its place.
  public init(sequence: Int64, entry: AuditEntry, head: Digest) {
    self.sequence = sequence
    self.entry = entry
    self.head = head
  }
}

/// Writes of one change that an audit entry is about.
struct AuditedChange: Hashable {
  /// The change's number in this replica.
  let number: Int64
  let id: ChangeID
  let places: Places
}

extension [AuditedChange] {
  /// What the chain binds: which changes and which of their writes, by names that hold everywhere.
  var digest: Digest {
    var parts = Data()
    for change in self {
      parts += TaggedHash.message(
        "concord/v1/audit/change", change.id.bytes, change.places.bytes)
    }
    return TaggedHash.digest("concord/v1/audit/changes", parts)
  }

  /// As a column holds them: by number, since the ids stand in the headers.
  var packed: Data {
    var writer = PackedWriter(capacity: 6 * count)
    for change in self {
      writer.number(change.number)
      writer.counted(change.places.bytes)
    }
    return writer.bytes
  }
}

extension Store {
  /// The changes that a column names, as the log has them now; nothing for one that is gone.
  func auditedChanges(_ packed: Data) throws -> [(number: Int64, change: AuditedChange?)] {
    var reader = PackedReader(packed)
    var found: [(Int64, AuditedChange?)] = []
    while !reader.isAtEnd {
      let (number, places) = (try reader.number(), Places(try reader.counted()))
      // A change that cannot be read any more is as lost as one that is gone.
      let header = (try? loggedChange(number))?.header
      found.append(
        (number, header.map { AuditedChange(number: number, id: $0.id, places: places) }))
    }
    return found
  }
}
