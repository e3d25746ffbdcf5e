public import Agreements
public import Records

/// A record as this node sees it.
public struct RecordSnapshot: Hashable, Sendable {
  public let id: RecordID
  public let type: String
  /// The fields that have something to show, in the profile's order.
  public let fields: [FieldSnapshot]

  /// The field of that name, where it has something to show.
  public func field(_ name: String) -> FieldSnapshot? { fields.first { $0.field.name == name } }

  /// The part of it that somebody may see.
  public func showing(_ fields: [FieldSnapshot]) -> RecordSnapshot {
    RecordSnapshot(id: id, type: type, fields: fields)
  }
}

/// One field of a record as this node sees it.
public struct FieldSnapshot: Hashable, Sendable {
  public let field: Field
  public let isConflict: Bool
  public let values: [ValueSnapshot]
  /// How many values stood here and were erased.
  public let withheld: Int

  /// The part of it that somebody may see.
  public func showing(_ values: [ValueSnapshot]) -> FieldSnapshot {
    FieldSnapshot(field: field, isConflict: isConflict, values: values, withheld: withheld)
  }
}

/// One value that stands, and who put it there when.
public struct ValueSnapshot: Hashable, Sendable {
  public let value: Value
  public let by: AgencyID
  public let at: Instant
  public let write: WriteID
}

/// One change in a record's history.
public struct HistoryEntry: Hashable, Sendable {
  public let change: ChangeID
  public let by: AgencyID
  /// Which of the author's devices signed it; nothing where its own node did.
  public let device: String?
  public let at: Instant
  /// Who acted, where this node may know.
  public let person: String?
  public let writes: [HistoryWrite]

  /// The part of it that somebody may see.
  /// - Parameter showsPerson: whether they may see who acted.
  public func showing(_ writes: [HistoryWrite], person showsPerson: Bool = true) -> HistoryEntry {
    HistoryEntry(
      change: change, by: by, device: device, at: at, person: showsPerson ? person : nil,
      writes: writes)
  }
}

/// One write in a record's history.
public struct HistoryWrite: Hashable, Sendable {
  public let field: String
  public let operation: Operation
  public let value: Value?
  public let write: WriteID
}

/// A field whose values a person must choose between.
public struct ConflictSnapshot: Hashable, Sendable {
  public let record: RecordID
  public let type: String
  public let field: FieldSnapshot

  /// The part of it that somebody may see.
  public func showing(_ values: [ValueSnapshot]) -> ConflictSnapshot {
    ConflictSnapshot(record: record, type: type, field: field.showing(values))
  }
}

/// Whether an agency gets a field of a record from this node, and why.
public struct Explanation: Sendable {
  public let decision: Decision
  /// Whether anything is here to be shared.
  public let hasValue: Bool
}
