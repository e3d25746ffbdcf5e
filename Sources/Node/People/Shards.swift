public import Records

/// What is known of many records, in parts: who still holds an older state of it shares all parts but those
/// that were written since, so that a write does not copy everything while a page is being made.
public struct Shards<Value: Sendable>: Sendable {
  private var parts: [[RecordID: Value]]
  /// How many records there are.
  public private(set) var count = 0

  /// Nothing yet.
  public init() { parts = Array(repeating: [:], count: 256) }

  /// What is known of a record.
  public subscript(id: RecordID) -> Value? {
    get { parts[Self.part(of: id)][id] }
    set {
      let part = Self.part(of: id)
      let before = parts[part].count
      parts[part][id] = newValue
      count += parts[part].count - before
    }
  }

  /// Looks at all, in no order.
  public func forEach(_ look: (RecordID, Value) -> Void) {
    for part in parts { for (id, value) in part { look(id, value) } }
  }

  /// The ids of those that pass, in no order.
  public func ids(where passes: (RecordID, Value) -> Bool) -> [RecordID] {
    parts.flatMap { $0.compactMap { passes($0.key, $0.value) ? $0.key : nil } }
  }

  /// Ids are random, or digests: any byte tells them apart as well as another.
  private static func part(of id: RecordID) -> Int { Int(id.bytes.last ?? 0) }
}
