/// What a write does to its field.
public enum Operation: String, Hashable, Sendable {
  case set, clear, add, remove
}

/// One field's edit, as its author made it.
public struct Write: Hashable, Sendable {
  public let field: String
  public let operation: Operation
  public let value: Value?
  /// Registers: for each author key seen, the highest stamp of its versions seen.
  public let context: [KeyID: HLC]
  /// A removal: the adds that go.
  public let removes: [WriteID]
  /// Whether the value was erased here: what the write superseded or removed stays gone.
  public let isWithheld: Bool

  init(
    _ field: String, _ operation: Operation, _ value: Value?, context: [KeyID: HLC] = [:],
    removes: [WriteID] = [], isWithheld: Bool = false
  ) {
    self.field = field
    self.operation = operation
    self.value = value
    self.context = context
    self.removes = removes
    self.isWithheld = isWithheld
  }

  /// A register's new value, replacing what the context names.
  public static func set(_ field: String, to value: Value, over context: [KeyID: HLC]) -> Write {
    Write(field, .set, value, context: context)
  }

  /// A register without a value from now on.
  public static func clear(_ field: String, over context: [KeyID: HLC]) -> Write {
    Write(field, .clear, nil, context: context)
  }

  /// A set's element or a log's entry.
  public static func add(_ value: Value, to field: String) -> Write { Write(field, .add, value) }

  /// Takes an element from a set, by the adds that put it there.
  public static func remove(_ value: Value, from field: String, adds: [WriteID]) -> Write {
    Write(field, .remove, value, removes: adds.sorted())
  }

  /// The writes as they go into changes, mostly one: a removal of more adds than it may name goes
  /// on in a further change, since one change writes an element once.
  public static func inChanges(_ writes: [Write]) -> [[Write]] {
    let limit = Limits.Change.removes
    let rest = writes.filter { $0.removes.count > limit }.map { write in
      Write(
        write.field, write.operation, write.value, removes: Array(write.removes.dropFirst(limit)))
    }
    guard !rest.isEmpty else { return [writes] }
    let first = writes.map { write in
      Write(
        write.field, write.operation, write.value, context: write.context,
        removes: Array(write.removes.prefix(limit)))
    }
    return [first] + inChanges(rest)
  }

  /// What may be written once only in a change: the field, or the element of a set or log.
  var slot: Slot {
    switch operation {
    case .set, .clear: Slot(field: field, element: nil)
    case .add, .remove: Slot(field: field, element: value)
    }
  }

  struct Slot: Hashable {
    let field: String
    let element: Value?
  }
}
