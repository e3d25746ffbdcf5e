public import FoundationEssentials
import Records

/// How many items there are, and the sum of their numbers: all that a fingerprint is made of. Sums of ranges add
/// up, so that they can be kept, and only what changed is counted again.
public struct RangeSum: Hashable, Sendable {
  /// Bytes of a sum as it is stored.
  static let byteCount = 40
  /// How many items there are.
  public private(set) var count = 0
  private(set) var numbers = SIMD4<UInt64>.zero

  /// Of no items.
  public init() {}

  init(numbers: SIMD4<UInt64>) {
    count = 1
    self.numbers = numbers
  }

  /// Reads a sum as `bytes` has it.
  public init?(_ bytes: Data) {
    guard bytes.count == Self.byteCount else { return nil }
    let words = bytes.withUnsafeBytes { buffer in
      (0..<5).map {
        UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
      }
    }
    guard let count = Int(exactly: words[4]) else { return nil }
    self.count = count
    for lane in 0..<4 { numbers[lane] = words[lane] }
  }

  /// The numbers' sum, then how many there are: what is stored, and what is fingerprinted.
  public var bytes: Data {
    var bytes = Data(capacity: Self.byteCount)
    for lane in 0..<4 { bytes.append(bigEndian: numbers[lane]) }
    bytes.append(bigEndian: UInt64(count))
    return bytes
  }

  /// The sum of both.
  public static func + (left: Self, right: Self) -> Self {
    var sum = left
    sum += right
    return sum
  }

  /// Adds items that are not in it yet.
  public static func += (left: inout Self, right: Self) {
    left.count += right.count
    left.numbers &+= right.numbers
  }

  static func - (left: Self, right: Self) -> Self {
    var rest = left
    rest.count -= right.count
    rest.numbers &-= right.numbers
    return rest
  }
}

/// What keys the numbers of one stream's items, so that nobody who writes them can have them cancel out: only
/// the stream's two ends know its session.
public struct ReconciliationKey: Sendable {
  private let key: Digest

  /// The key of a stream in a session.
  public init(of stream: StreamName, session: Epoch) {
    key = TaggedHash.digest(
      "concord/v1/reconcile", Data(stream.sender.description.utf8),
      Data(stream.receiver.description.utf8), session.bytes)
  }

  /// The sum of one item.
  public func sum(of item: ReconciliationItem) -> RangeSum {
    let digest = TaggedHash.digest("concord/v1/reconcile/item", key.bytes, item.bytes)
    var numbers = SIMD4<UInt64>.zero
    digest.bytes.withUnsafeBytes { buffer in
      for lane in 0..<4 {
        numbers[lane] = UInt64(
          bigEndian: buffer.loadUnaligned(fromByteOffset: lane * 8, as: UInt64.self))
      }
    }
    return RangeSum(numbers: numbers)
  }

  func fingerprint(_ sum: RangeSum) -> Data {
    TaggedHash.digest("concord/v1/reconcile/range", key.bytes, sum.bytes).bytes
      .prefix(ReconciliationSet.fingerprintBytes)
  }
}
