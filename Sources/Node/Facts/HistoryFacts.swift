import Agreements
import Records
public import Replica

/// A field whose values a person has to choose between.
public struct ConflictFacts: Encodable, Sendable {
  public let record: String
  public let type: String
  public let field: String
  public let values: [ValueFacts]

  /// Facts of a conflict.
  public init(_ conflict: ConflictSnapshot) {
    record = conflict.record.description
    type = conflict.type
    field = conflict.field.field.name
    values = conflict.field.values.map(ValueFacts.init)
  }
}

/// One change in a record's history.
public struct HistoryFacts: Encodable, Sendable {
  /// One of its writes.
  public struct WriteFacts: Encodable, Sendable {
    public let field: String
    public let operation: String
    public let value: JSONValue?
    public let write: String
  }

  public let change: String
  public let by: String
  /// Which of the author's devices signed it; absent where its own node did.
  public let device: String?
  public let at: String
  public let person: String?
  public let writes: [WriteFacts]

  /// Facts of a change.
  public init(_ entry: HistoryEntry) {
    change = entry.change.description
    by = entry.by.description
    device = entry.device
    at = entry.at.description
    person = entry.person
    writes = entry.writes.map {
      WriteFacts(
        field: $0.field, operation: $0.operation.rawValue,
        value: $0.value.map(JSONValue.init(value:)), write: $0.write.description)
    }
  }
}
