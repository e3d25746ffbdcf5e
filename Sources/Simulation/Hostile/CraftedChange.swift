import FoundationEssentials
import Records

/// Protocol buffers written by hand: what honest code refuses to make can be made here.
struct CraftedBytes {
  private(set) var bytes = Data()

  mutating func number(_ field: UInt64, _ value: UInt64) {
    varint(field << 3)
    varint(value)
  }

  mutating func fixed(_ field: UInt64, _ value: UInt64) {
    varint(field << 3 | 1)
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }

  mutating func data(_ field: UInt64, _ value: Data) {
    varint(field << 3 | 2)
    varint(UInt64(value.count))
    bytes.append(value)
  }

  mutating func text(_ field: UInt64, _ value: String) { data(field, Data(value.utf8)) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest & 0x7F | 0x80))
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}

/// A write as a hostile agency makes it.
struct CraftedWrite {
  var field: String
  /// 1 sets, 3 adds, 4 removes.
  var operation: UInt64
  /// The value's field in the message and its text.
  var value: (kind: UInt64, text: String)
  var context: [(key: Data, time: UInt64)] = []
  var removes: [Data] = []

  static let text: UInt64 = 1
  static let term: UInt64 = 6

  var bytes: Data {
    var write = CraftedBytes()
    write.text(1, field)
    write.number(2, operation)
    var inner = CraftedBytes()
    inner.text(value.kind, value.text)
    write.data(3, inner.bytes)
    for seen in context {
      var entry = CraftedBytes()
      entry.data(1, seen.key)
      entry.fixed(2, seen.time)
      write.data(4, entry.bytes)
    }
    for id in removes { write.data(5, id) }
    return write.bytes
  }
}

/// A change as a hostile agency makes it: well-formed outside, whatever is inside.
struct CraftedChange {
  var lineage: String
  var agreement: Digest
  var type: String
  var record: RecordID
  var author: AgencyID
  /// The key that the header names.
  var key: KeyID
  var time: HLC
  var write: CraftedWrite
  /// A second write of the same change.
  var second: CraftedWrite?
  /// Whether the header commits to what is sent.
  var isCommitted = true

  /// The signed change, committed to as it should be.
  func signed(
    by signer: SigningKey, using generator: inout SeededGenerator
  ) throws -> DisclosedChange {
    let openings = ([write] + [second].compactMap { $0 }).map {
      Opening(salt: .random(count: 16, using: &generator), bytes: $0.bytes)
    }
    let ids =
      isCommitted
      ? openings.map { $0.writeID(record: record, key: key, time: time).bytes } : []
    let decoys = (ids.count..<8).map { _ in Data.random(count: 32, using: &generator) }
    let commitments = (decoys + ids).sorted { $0.lexicographicallyPrecedes($1) }
    var header = CraftedBytes()
    header.number(1, 1)
    header.text(2, lineage)
    header.data(3, agreement.bytes)
    header.text(4, type)
    header.data(5, record.bytes)
    header.text(6, author.description)
    header.data(7, key.bytes)
    header.fixed(8, time.rawValue)
    header.data(9, commitments.reduce(into: Data()) { $0.append($1) })
    let read = try ChangeHeader(header.bytes)
    let signature = try signer.sign(
      TaggedHash.message("concord/v1/proof/direct", read.id.bytes))
    return DisclosedChange(
      header: read, proof: .direct(signature: signature), openings: openings)
  }
}
