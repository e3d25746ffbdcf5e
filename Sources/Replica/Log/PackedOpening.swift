import FoundationEssentials
import Records

/// One opening as its change's row holds it.
struct PackedOpening {
  /// The place of its commitment in the header.
  let place: Int
  /// The position of the log at which it came; 0 where it came with its change.
  let arrived: Int64
  /// Why the value is gone; nothing while it is here.
  var basis: ErasureBasis?
  /// Nothing once it was erased.
  var salt: Data
  /// What remains of the write once it was erased.
  var bytes: Data

  var opening: Opening { Opening(salt: salt, bytes: bytes) }
}

extension [PackedOpening] {
  /// Reads a column of openings, in the order in which they came.
  init(packed: Data) throws {
    self = []
    var reader = PackedReader(packed)
    while !reader.isAtEnd {
      let place = try reader.count()
      let flag = try reader.count()
      let arrived = try reader.number()
      let basis = flag == 0 ? nil : ErasureBasis(rawValue: flag)
      guard flag == 0 || basis != nil else { throw ReplicaError.storage("an unknown erasure") }
      let salt = basis == nil ? try reader.raw(Opening.saltBytes) : Data()
      append(
        PackedOpening(
          place: place, arrived: arrived, basis: basis, salt: salt, bytes: try reader.counted()))
    }
  }

  var packed: Data {
    var writer = PackedWriter(capacity: reduce(0) { $0 + $1.bytes.count + 24 })
    for opening in self {
      writer.number(Int64(opening.place))
      writer.number(Int64(opening.basis?.rawValue ?? 0))
      writer.number(opening.arrived)
      writer.raw(opening.salt)
      writer.counted(opening.bytes)
    }
    return writer.bytes
  }
}
