import FoundationEssentials

/// Ranges that are put together for one message, settled neighbours as one, within a size.
private struct Ranges {
  private(set) var ranges: [Reconcile.Range] = []
  private let limit: Int
  private var bytes = 0

  init(limit: Int) { self.limit = limit }

  var isFull: Bool { bytes >= limit }

  mutating func add(_ content: Reconcile.Content, upTo upper: Data) {
    if content == .settled, ranges.last?.content == .settled {
      ranges.removeLast()
    }
    ranges.append(Reconcile.Range(upper: upper, content: content))
    bytes += upper.count + 8
    switch content {
    case .settled: break
    case .fingerprint(let fingerprint): bytes += fingerprint.count
    case .items(let items): bytes += items.count * ReconciliationItem.byteCount
    }
  }

  /// Without the settled end, which goes without saying.
  var trimmed: [Reconcile.Range] {
    ranges.last?.content == .settled ? Array(ranges.dropLast()) : ranges
  }
}

extension ReconciliationSet {
  /// Ranges with this many items or fewer are listed, larger ones are split.
  private static let listed = 8
  private static let parts = 8

  /// Everything there is, as one range.
  var opening: [Reconcile.Range] {
    [Reconcile.Range(upper: Data(), content: .fingerprint(fingerprint(all)))]
  }

  /// What this side has to say to what the other said about its ranges.
  /// - Parameters:
  ///   - limit: bytes after which the rest is summed up in one fingerprint, to be asked about again.
  ///   - isAsking: whether this side keeps what is found; one that answers lists its items instead.
  ///   - found: takes both sides' items of a range that is known on both.
  func reply(
    to ranges: [Reconcile.Range], limit: Int, isAsking: Bool,
    found: (_ here: ArraySlice<ReconciliationItem>, _ there: [ReconciliationItem]) -> Void
  ) -> [Reconcile.Range] {
    var reply = Ranges(limit: limit)
    var lower = 0
    for range in ranges {
      // A peer whose bounds run backwards gets empty ranges, not a crash.
      let upper = max(lower, index(of: range.upper))
      guard !reply.isFull else {
        reply.add(.fingerprint(fingerprint(lower..<count)), upTo: Data())
        return reply.trimmed
      }
      switch range.content {
      case .settled: reply.add(.settled, upTo: range.upper)
      case .fingerprint(let theirs) where theirs == fingerprint(lower..<upper):
        reply.add(.settled, upTo: range.upper)
      case .fingerprint: split(lower..<upper, upTo: range.upper, into: &reply)
      case .items(let theirs):
        if isAsking {
          found(self[lower..<upper], theirs)
          reply.add(.settled, upTo: range.upper)
        } else {
          list(lower..<upper, upTo: range.upper, unless: theirs, into: &reply)
        }
      }
      lower = upper
    }
    return reply.trimmed
  }

  private func split(_ range: Range<Int>, upTo upper: Data, into reply: inout Ranges) {
    guard range.count > Self.listed else {
      return reply.add(.items(Array(self[range])), upTo: upper)
    }
    var start = range.lowerBound
    for part in 1...Self.parts {
      let end = range.lowerBound + range.count * part / Self.parts
      let bound = part == Self.parts ? upper : bound(at: end)
      reply.add(.fingerprint(fingerprint(start..<end)), upTo: bound)
      start = end
    }
  }

  /// Lists a range's items in pieces; what does not fit is summed up and asked about again.
  private func list(
    _ range: Range<Int>, upTo upper: Data, unless theirs: [ReconciliationItem],
    into reply: inout Ranges
  ) {
    guard theirs != Array(self[range]) else { return reply.add(.settled, upTo: upper) }
    let fitting = 1_024
    guard range.count > fitting else {
      return reply.add(.items(Array(self[range])), upTo: upper)
    }
    let end = range.lowerBound + fitting
    reply.add(.items(Array(self[range.lowerBound..<end])), upTo: bound(at: end))
    reply.add(.fingerprint(fingerprint(end..<range.upperBound)), upTo: upper)
  }
}
