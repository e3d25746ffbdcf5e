import FoundationEssentials

/// A write that stands in a field of a record.
struct StandingWrite: Hashable, Comparable {
  /// The number of the field's name.
  let field: Int64
  let at: WritePlace
  /// Whether its value was erased.
  let isWithheld: Bool

  static func < (left: Self, right: Self) -> Bool {
    (left.field, left.at) < (right.field, right.at)
  }
}

extension [StandingWrite] {
  /// Reads a column of writes that stand in a record.
  init(packed: Data) throws {
    self = []
    var reader = PackedReader(packed)
    while !reader.isAtEnd {
      let field = try reader.number()
      let change = try reader.number()
      let place = try reader.count()
      append(
        StandingWrite(
          field: field, at: WritePlace(change: change, place: place >> 1),
          isWithheld: place & 1 == 1))
    }
  }

  /// The same writes give the same bytes.
  var packed: Data {
    var writer = PackedWriter()
    for write in sorted() {
      writer.number(write.field)
      writer.number(write.at.change)
      writer.number(Int64(write.at.place << 1 | (write.isWithheld ? 1 : 0)))
    }
    return writer.bytes
  }
}
