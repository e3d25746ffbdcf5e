public import FoundationEssentials
import SwiftProtobuf

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

  private init(
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

extension Write {
  /// Reads a write from its bytes.
  /// - Parameter before: the header's stamp; a context can only speak of earlier ones.
  /// - Throws: `ChangeError.malformedWrite` that names the part.
  public init(_ bytes: Data, before time: HLC) throws(ChangeError) {
    try self.init(bytes, before: time, isWithheld: false)
  }

  /// Reads what `remains` left of a write.
  /// - Throws: `ChangeError.malformedWrite` that names the part.
  public init(remains bytes: Data, before time: HLC) throws(ChangeError) {
    try self.init(bytes, before: time, isWithheld: true)
  }

  private init(_ bytes: Data, before time: HLC, isWithheld: Bool) throws(ChangeError) {
    guard bytes.count <= Limits.Change.writeBytes else {
      throw .malformedWrite("more than \(Limits.Change.writeBytes) bytes")
    }
    guard let wire = try? Concord_V1_Write(serializedBytes: bytes) else {
      throw .malformedWrite("not a protobuf Write")
    }
    guard Name.isValid(wire.field) else { throw .malformedWrite("field") }
    let operation = try Self.operation(wire.operation)
    var value: Value?
    if wire.hasValue {
      guard let read = Value(wire.value) else { throw .malformedWrite("value") }
      value = read
    }
    let context = try Self.context(wire.context, before: time)
    let removes = try Self.removes(wire.removes)
    let hasNone = operation == .clear || isWithheld
    guard (value == nil) == hasNone else { throw .malformedWrite("value") }
    let isRegister = operation == .set || operation == .clear
    guard isRegister || context.isEmpty else { throw .malformedWrite("context of an element") }
    guard (operation == .remove) == !removes.isEmpty else { throw .malformedWrite("removes") }
    self.init(
      wire.field, operation, value, context: context, removes: removes, isWithheld: isWithheld)
  }

  /// The write without its value: what is kept of it once the value is erased.
  public var remains: Data {
    Write(field, operation, nil, context: context, removes: removes, isWithheld: true).encoded()
  }

  /// The bytes that are salted, committed to and sent.
  func encoded() -> Data {
    var wire = Concord_V1_Write()
    wire.field = field
    wire.operation =
      switch operation {
      case .set: .set
      case .clear: .clear
      case .add: .add
      case .remove: .remove
      }
    if let value { wire.value = value.wire }
    wire.context = context.sorted { $0.key < $1.key }.map { key, time in
      var seen = Concord_V1_Seen()
      seen.keyID = key.bytes
      seen.hlc = time.rawValue
      return seen
    }
    wire.removes = removes.map(\.bytes)
    // In-memory encoding of a proto3 message without required fields cannot fail.
    return (try? wire.serializedData()) ?? Data()
  }

  private static func operation(_ wire: Concord_V1_Operation) throws(ChangeError) -> Operation {
    switch wire {
    case .set: .set
    case .clear: .clear
    case .add: .add
    case .remove: .remove
    case .unspecified, .UNRECOGNIZED: throw .malformedWrite("operation")
    }
  }

  private static func context(
    _ wire: [Concord_V1_Seen], before time: HLC
  ) throws(ChangeError) -> [KeyID: HLC] {
    guard wire.count <= Limits.Change.contextEntries else { throw .malformedWrite("context size") }
    var context: [KeyID: HLC] = [:]
    var last: KeyID?
    for seen in wire {
      guard let key = KeyID(seen.keyID) else { throw .malformedWrite("context key") }
      if let last, !(last < key) { throw .malformedWrite("context order") }
      let stamp = HLC(rawValue: seen.hlc)
      guard stamp < time else { throw .malformedWrite("context from the write's own future") }
      context[key] = stamp
      last = key
    }
    return context
  }

  private static func removes(_ wire: [Data]) throws(ChangeError) -> [WriteID] {
    guard wire.count <= Limits.Change.removes else { throw .malformedWrite("removes size") }
    var removes: [WriteID] = []
    for bytes in wire {
      guard let id = WriteID(bytes) else { throw .malformedWrite("removes") }
      if let last = removes.last, !(last < id) { throw .malformedWrite("removes order") }
      removes.append(id)
    }
    return removes
  }
}
