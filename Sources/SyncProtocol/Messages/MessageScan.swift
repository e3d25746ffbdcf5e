import FoundationEssentials
import Records

/// Counts a message's fields, those of its parts included, before anything is built from its bytes:
/// an empty part takes two bytes on the wire and a hundred in memory.
struct MessageScan {
  /// Which fields are parts that have fields of their own.
  private indirect enum Shape {
    case parts([UInt64: Shape])

    subscript(field: UInt64) -> Shape? {
      switch self {
      case .parts(let parts): parts[field]
      }
    }
  }

  private static let leaves = Shape.parts([:])
  private static let entry = Shape.parts([
    1: .parts([3: leaves]), 2: .parts([3: leaves]), 4: leaves, 5: leaves, 6: leaves,
  ])
  private static let message = Shape.parts([
    1: .parts([8: leaves, 9: leaves]), 2: .parts([3: entry]), 3: .parts([5: leaves]),
    9: .parts([4: leaves]), 10: leaves, 11: .parts([1: leaves, 2: leaves]),
  ])

  private var count = 0

  /// - Throws: `MessageError` where there are too many. What is malformed is left to whoever builds
  ///   from it.
  static func check(_ bytes: Data) throws(MessageError) {
    var scan = MessageScan()
    // Not every slice starts at 0.
    try scan.walk([UInt8](bytes)[...], message)
  }

  private mutating func walk(_ bytes: ArraySlice<UInt8>, _ shape: Shape) throws(MessageError) {
    var rest = bytes
    while let key = Self.varint(&rest) {
      count += 1
      guard count <= Limits.Link.messageFields else {
        throw MessageError("more than \(Limits.Link.messageFields) fields")
      }
      switch key & 7 {
      case 0: if Self.varint(&rest) == nil { return }
      case 1: rest = rest.dropFirst(8)
      case 2:
        guard let length = Self.varint(&rest), length <= UInt64(rest.count) else { return }
        let part = rest.prefix(Int(length))
        rest = rest.dropFirst(Int(length))
        if let inner = shape[key >> 3] { try walk(part, inner) }
      case 5: rest = rest.dropFirst(4)
      // Groups, which nothing here has: their fields count one by one.
      default: break
      }
    }
  }

  private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var (value, shift) = (UInt64(0), UInt64(0))
    while shift < 64, let byte = bytes.popFirst() {
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
