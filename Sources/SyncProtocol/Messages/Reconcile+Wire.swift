import FoundationEssentials
import Records

extension Reconcile {
  init(_ wire: Concord_V1_Reconcile) throws(MessageError) {
    guard let session = Epoch(wire.session) else { throw MessageError("reconcile.session") }
    var ranges: [Range] = []
    ranges.reserveCapacity(wire.ranges.count)
    for range in wire.ranges {
      if let last = ranges.last {
        let isAscending =
          !last.upper.isEmpty
          && (range.upper.isEmpty || last.upper.lexicographicallyPrecedes(range.upper))
        guard isAscending else { throw MessageError("reconcile.ranges") }
      }
      ranges.append(try Range(range))
    }
    self.init(
      session: session, isOfAsker: wire.ofAsker, isAnswer: wire.isAnswer, ranges: ranges)
  }

  var wire: Concord_V1_Reconcile {
    var wire = Concord_V1_Reconcile()
    wire.session = session.bytes
    wire.ofAsker = isOfAsker
    wire.isAnswer = isAnswer
    wire.ranges = ranges.map(\.wire)
    return wire
  }
}

extension Reconcile.Range {
  fileprivate init(_ wire: Concord_V1_Range) throws(MessageError) {
    guard wire.upper.count <= ReconciliationItem.byteCount else {
      throw MessageError("reconcile.ranges.upper")
    }
    self.init(upper: wire.upper, content: try Self.content(wire))
  }

  private static func content(
    _ wire: Concord_V1_Range
  ) throws(MessageError) -> Reconcile.Content {
    switch wire.content {
    case .settled: return .settled
    case .fingerprint(let bytes):
      guard bytes.count == ReconciliationSet.fingerprintBytes else {
        throw MessageError("reconcile.ranges.fingerprint")
      }
      return .fingerprint(bytes)
    case .items(let bytes): return .items(try items(bytes))
    case nil: throw MessageError("reconcile.ranges")
    }
  }

  private static func items(_ bytes: Data) throws(MessageError) -> [ReconciliationItem] {
    let size = ReconciliationItem.byteCount
    guard bytes.count.isMultiple(of: size) else { throw MessageError("reconcile.ranges.items") }
    var items: [ReconciliationItem] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      guard let item = ReconciliationItem(Data(bytes.dropFirst(start).prefix(size))),
        items.last.map({ $0 < item }) ?? true
      else { throw MessageError("reconcile.ranges.items") }
      items.append(item)
    }
    return items
  }

  fileprivate var wire: Concord_V1_Range {
    var wire = Concord_V1_Range()
    wire.upper = upper
    switch content {
    case .settled: wire.settled = true
    case .fingerprint(let bytes): wire.fingerprint = bytes
    case .items(let items): wire.items = items.reduce(into: Data()) { $0 += $1.bytes }
    }
    return wire
  }
}

extension Want {
  init(_ wire: Concord_V1_Want) throws(MessageError) {
    self.init(
      writes: try [WriteID](
        ascending: wire.writeIds, limit: Limits.Link.idsInMessage, "want.write_ids"))
  }

  var wire: Concord_V1_Want {
    var wire = Concord_V1_Want()
    wire.writeIds = writes.map(\.bytes)
    return wire
  }
}
