import FoundationEssentials
import Records

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

/// What one side has to say to what the other said about its ranges, as far as it has come: where items have to
/// be known that are only summed up, it waits until they are listed.
struct Replying: Sendable {
  typealias Cut = ReconciliationSet.Cut
  /// Ranges with this many items or fewer are listed, larger ones are split.
  private static let few = 8
  private static let parts = 8
  /// Items that one range lists at once; the rest of it is summed up.
  private static let listed = 1_024

  private var waiting: ArraySlice<Reconcile.Range>
  private var lower = Cut(part: 0, offset: 0)
  private var reply: Ranges
  private let isAsking: Bool
  /// Items that only this side has, or only the other, of ranges that are known on both.
  private(set) var missingThere: Set<ReconciliationItem> = []
  private(set) var missingHere: Set<ReconciliationItem> = []

  /// - Parameters:
  ///   - limit: bytes after which the rest is summed up in one fingerprint, to be asked about again.
  ///   - isAsking: whether this side keeps what is found; one that answers lists its items instead.
  init(to ranges: [Reconcile.Range], limit: Int, isAsking: Bool) {
    waiting = ranges[...]
    reply = Ranges(limit: limit)
    self.isAsking = isAsking
  }

  var ranges: [Reconcile.Range] { reply.trimmed }

  /// Goes on with the next ranges.
  /// - Returns: the parts that have to be listed before it can go on; none once the reply is whole.
  mutating func goOn(with set: ReconciliationSet) -> [Int] {
    while let range = waiting.first {
      if reply.isFull { return sumUpTheRest(of: set) }
      let found = set.place(of: range.upper)
      var wanted: [Int] = []
      // A peer whose bounds run backwards gets empty ranges, not a crash.
      let upper = found.cut.map { max(lower, $0) } ?? lower
      if found.cut == nil, found.part >= lower.part {
        wanted = [found.part]
      } else {
        wanted = take(range, lower..<upper, of: set)
      }
      guard wanted.isEmpty else {
        // No message has more parts listed than this, whatever it asks about.
        let isMuch = set.listed >= Limits.Link.partsListed && !reply.ranges.isEmpty
        return isMuch ? sumUpTheRest(of: set) : wanted
      }
      lower = upper
      waiting.removeFirst()
    }
    return []
  }

  private mutating func sumUpTheRest(of set: ReconciliationSet) -> [Int] {
    reply.add(.fingerprint(set.fingerprint(lower..<set.end)), upTo: Data())
    waiting = []
    return []
  }

  /// - Returns: the parts that have to be listed first; then nothing was said yet.
  private mutating func take(
    _ range: Reconcile.Range, _ here: Range<Cut>, of set: ReconciliationSet
  ) -> [Int] {
    switch range.content {
    case .settled: reply.add(.settled, upTo: range.upper)
    case .fingerprint(let theirs) where theirs == set.fingerprint(here):
      reply.add(.settled, upTo: range.upper)
    case .fingerprint: return split(here, upTo: range.upper, of: set)
    case .items(let theirs):
      guard isAsking else { return list(here, upTo: range.upper, unless: theirs, of: set) }
      let wanted = set.unlisted(here)
      guard wanted.isEmpty else { return wanted }
      let (mine, other) = (Set(set.items(here)), Set(theirs))
      missingThere.formUnion(mine.subtracting(other))
      missingHere.formUnion(other.subtracting(mine))
      reply.add(.settled, upTo: range.upper)
    }
    return []
  }

  private mutating func split(
    _ range: Range<Cut>, upTo upper: Data, of set: ReconciliationSet
  ) -> [Int] {
    let (count, wanted) = (set.count(range), set.unlisted(range))
    guard count > Self.few else {
      if wanted.isEmpty { reply.add(.items(set.items(range)), upTo: upper) }
      return wanted
    }
    var cuts: [Cut] = []
    if wanted.isEmpty {
      cuts = (1..<Self.parts).map { set.cut(count * $0 / Self.parts, after: range.lowerBound) }
    } else {
      let beginnings = set.beginnings(in: range)
      guard let first = beginnings.first else { return wanted }
      let goals = (1..<Self.parts).map { count * $0 / Self.parts }
      cuts = goals.compactMap { goal in
        beginnings.first { set.count(range.lowerBound..<$0) >= goal }
      }
      if cuts.isEmpty { cuts = [first] }
    }
    var start = range.lowerBound
    for cut in cuts where cut > start {
      reply.add(.fingerprint(set.fingerprint(start..<cut)), upTo: set.bound(at: cut))
      start = cut
    }
    reply.add(.fingerprint(set.fingerprint(start..<range.upperBound)), upTo: upper)
    return []
  }

  /// Lists a range's items in pieces; what does not fit is summed up and asked about again.
  private mutating func list(
    _ range: Range<Cut>, upTo upper: Data, unless theirs: [ReconciliationItem],
    of set: ReconciliationSet
  ) -> [Int] {
    let count = set.count(range)
    let needed = max(Self.listed, theirs.count)
    // Part by part, until as many are known as are compared or listed.
    var known = 0
    for part in set.unlisted(range) {
      known = set.count(range.lowerBound..<max(range.lowerBound, Cut(part: part, offset: 0)))
      if known <= needed { return [part] }
      break
    }
    let isWhole = set.unlisted(range).isEmpty
    if isWhole, theirs.count == count, theirs == set.items(range) {
      reply.add(.settled, upTo: upper)
      return []
    }
    guard count > Self.listed else {
      reply.add(.items(set.items(range)), upTo: upper)
      return []
    }
    let end = set.cut(Self.listed, after: range.lowerBound)
    reply.add(.items(set.items(range.lowerBound..<end)), upTo: set.bound(at: end))
    reply.add(.fingerprint(set.fingerprint(end..<range.upperBound)), upTo: upper)
    return []
  }
}
