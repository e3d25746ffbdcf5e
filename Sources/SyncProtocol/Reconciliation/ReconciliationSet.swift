import FoundationEssentials
import Records

/// One side's items of a stream, with which any range can be fingerprinted at once.
///
/// After Meyer, "Range-Based Set Reconciliation" (2022): the fingerprint of a range is a digest of
/// the sum of its items' keyed hashes, so that prefix sums answer for every range.
public struct ReconciliationSet: Sendable {
  static let fingerprintBytes = 16
  private let items: [ReconciliationItem]
  private let sums: [SIMD4<UInt64>]
  private let key: Digest

  /// Takes a snapshot of items for one reconciliation of one stream.
  public init(_ items: some Sequence<ReconciliationItem>, of stream: StreamName, session: Epoch) {
    let key = TaggedHash.digest(
      "concord/v1/reconcile", Data(stream.sender.description.utf8),
      Data(stream.receiver.description.utf8), session.bytes)
    self.key = key
    self.items = Set(items).sorted()
    var sum = SIMD4<UInt64>.zero
    sums =
      [sum]
      + self.items.map { item in
        sum &+= Self.lanes(TaggedHash.digest("concord/v1/reconcile/item", key.bytes, item.bytes))
        return sum
      }
  }

  /// How many items there are.
  public var count: Int { items.count }
  var all: Range<Int> { 0..<items.count }

  subscript(_ range: Range<Int>) -> ArraySlice<ReconciliationItem> { items[range] }

  func fingerprint(_ range: Range<Int>) -> Data {
    let sum = sums[range.upperBound] &- sums[range.lowerBound]
    var bytes = Data()
    for lane in 0..<4 { bytes.append(bigEndian: sum[lane]) }
    bytes.append(bigEndian: UInt64(range.count))
    return TaggedHash.digest("concord/v1/reconcile/range", key.bytes, bytes).bytes
      .prefix(Self.fingerprintBytes)
  }

  /// The index of the first item that is not before a bound; an empty bound lies behind all.
  func index(of bound: Data) -> Int {
    guard !bound.isEmpty else { return items.count }
    var (low, high) = (0, items.count)
    while low < high {
      let middle = (low + high) / 2
      if items[middle].bytes.lexicographicallyPrecedes(bound) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  /// The shortest bytes between an item and the one before it.
  func bound(at index: Int) -> Data {
    guard index < items.count else { return Data() }
    let bytes = items[index].bytes
    guard index > 0 else { return bytes }
    let shared = zip(bytes, items[index - 1].bytes).prefix { $0 == $1 }.count
    return Data(bytes.prefix(shared + 1))
  }

  private static func lanes(_ digest: Digest) -> SIMD4<UInt64> {
    var lanes = SIMD4<UInt64>.zero
    for (index, byte) in digest.bytes.enumerated() {
      lanes[index / 8] = lanes[index / 8] << 8 | UInt64(byte)
    }
    return lanes
  }
}
