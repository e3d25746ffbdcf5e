public import Records

/// What a person wants to change about one record, in the words they typed.
public struct Edit: Hashable, Sendable {
  public let type: String
  public let record: RecordID
  public let assignments: [Assignment]
  /// Who acts, where they say so.
  public let person: String?
  /// Who is signed in, where somebody is: for the audit.
  public let actor: Actor?

  /// An account and its role.
  public struct Actor: Hashable, Sendable {
    public let account: String
    public let role: String

    /// States who acts.
    public init(account: String, role: String) {
      self.account = account
      self.role = role
    }
  }

  /// One field's part of an edit.
  public enum Assignment: Hashable, Sendable {
    /// A new value; a set's only element; a log's next entry.
    case set(field: String, text: String)
    case add(field: String, text: String)
    case remove(field: String, text: String)
    case clear(field: String)

    /// The field that is assigned to.
    public var field: String {
      switch self {
      case .set(let field, _), .add(let field, _), .remove(let field, _), .clear(let field): field
      }
    }
  }

  /// Describes an edit.
  public init(
    type: String, record: RecordID, assignments: [Assignment], person: String? = nil,
    actor: Actor? = nil
  ) {
    self.type = type
    self.record = record
    self.assignments = assignments
    self.person = person
    self.actor = actor
  }
}

/// What has to hold where a program writes, looked at in the transaction that writes: nobody looks at the screen
/// between what it read and what it writes.
public struct WriteConditions: Hashable, Sendable {
  /// Under which key it asks: asked for once more, nothing is written again.
  public var request: ProgramRequest?
  /// The writes that it looked at, where it says so: what else stands is not written over.
  public var seen: Set<WriteID>?

  /// Only that no conflict is settled by it.
  public init() {}
}

/// What came of a program's edits.
public enum ProgramWrite: Hashable, Sendable {
  /// They were written: the changes' ids, fewer where an edit changes nothing.
  case now([ChangeID])
  /// They were written when it asked for them before, in this record.
  case before(RecordID)
}

/// Who signs, and when: what an edit needs from outside the pure rooms.
public struct Signer<Generator: RandomNumberGenerator> {
  public let key: SigningKey
  public let now: Instant
  public var generator: Generator

  /// States who signs and when.
  public init(key: SigningKey, now: Instant, generator: Generator) {
    self.key = key
    self.now = now
    self.generator = generator
  }
}
