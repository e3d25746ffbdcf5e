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
    guard bytes.withUnsafeBytes({ scan.walk($0, message) }) else {
      throw MessageError("more than \(Limits.Link.messageFields) fields")
    }
  }

  /// - Returns: whether there are not too many.
  private mutating func walk(_ bytes: UnsafeRawBufferPointer, _ shape: Shape) -> Bool {
    var place = 0
    while let key = Self.varint(bytes, &place) {
      count += 1
      guard count <= Limits.Link.messageFields else { return false }
      switch key & 7 {
      case 0: if Self.varint(bytes, &place) == nil { return true }
      case 1: place = min(place + 8, bytes.count)
      case 2:
        guard let length = Self.varint(bytes, &place), length <= UInt64(bytes.count - place)
        else { return true }
        let part = UnsafeRawBufferPointer(rebasing: bytes[place..<(place + Int(length))])
        place += Int(length)
        if let inner = shape[key >> 3], !walk(part, inner) { return false }
      case 5: place = min(place + 4, bytes.count)
      // Groups, which nothing here has: their fields count one by one.
      default: break
      }
    }
    return true
  }

  private static func varint(_ bytes: UnsafeRawBufferPointer, _ place: inout Int) -> UInt64? {
    var (value, shift) = (UInt64(0), UInt64(0))
    while shift < 64, place < bytes.count {
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
