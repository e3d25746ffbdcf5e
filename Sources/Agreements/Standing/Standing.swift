public import FoundationEssentials
public import Records

/// Whether one agency takes part in one agreement, over time: what its suspensions, exits and returns
/// amount to. A function of the set of documents, in whatever order they came.
public struct Standing: Hashable, Sendable {
  /// Suspensions and reinstatements that count, lowest serial first.
  public internal(set) var suspensions: [Suspension] = []
  /// Exits that count, earliest first.
  public internal(set) var exits: [Exit] = []
  /// When deeds, and versions that name the agency as a principal, admit it.
  var admissions: Set<Admission> = []

  /// That an agency is admitted from some time on.
  struct Admission: Hashable, Sendable {
    let from: Instant
    /// The version that names it; nothing for a deed.
    let version: Int?

    /// Whether it ends an exit: at the same instant the exit counts.
    func ends(_ exit: Exit) -> Bool {
      from > exit.cutoff.effective && version.map { $0 > exit.version } ?? true
    }
  }

  /// That an agency takes no part, since when, and how long its earlier writes may still come in.
  public struct Lapse: Hashable, Sendable {
    public let kind: Kind
    public let since: Instant
    public let acceptUntil: Instant

    /// Why it takes no part.
    public enum Kind: String, Hashable, Sendable { case suspended, left }
  }

  /// Whether the agency takes no part at this time; where it is suspended and has left as well, both
  /// limits are the earlier ones.
  public func lapse(at time: Instant) -> Lapse? {
    switch (departure(at: time), suspension(at: time)) {
    case (let left?, let suspended?):
      return Lapse(
        kind: .left, since: min(left.since, suspended.since),
        acceptUntil: min(left.acceptUntil, suspended.acceptUntil))
    case (let left, let suspended): return left ?? suspended
    }
  }

  /// The periods up to this time in which the agency took no part, oldest first; the last one has no
  /// end where it goes on.
  public func lapses(until time: Instant) -> [(since: Instant, end: Instant?)] {
    var periods: [(since: Instant, end: Instant?)] = []
    for point in turns where point <= time {
      let isOut = lapse(at: point) != nil
      if let last = periods.last, last.end == nil {
        if !isOut { periods[periods.count - 1].end = point }
      } else if isOut {
        periods.append((point, nil))
      }
    }
    return periods
  }

  /// Which documents have taken effect by this time, and whether the time for what came before is
  /// over: where this stays the same, what the agency may send and have stays the same.
  public func summary(at time: Instant) -> Data {
    var summary = Data()
    for document in suspensions.filter({ $0.cutoff.effective <= time }).map(\.document)
      + exits.filter({ $0.cutoff.effective <= time }).map(\.document)
    {
      summary.append(document.id.bytes)
    }
    if let lapse = lapse(at: time) { summary.append(time > lapse.acceptUntil ? 2 : 1) }
    return summary
  }

  /// Serial of the next suspension or reinstatement.
  public var nextSerial: Int { (suspensions.last?.serial ?? 0) + 1 }

  /// Every instant at which something may change, in order.
  private var turns: [Instant] {
    Set(suspensions.map(\.cutoff.effective) + exits.map(\.cutoff.effective))
      .union(admissions.map(\.from)).sorted()
  }

  private func departure(at time: Instant) -> Lapse? {
    let admitted = admissions.filter { $0.from <= time }
    let standing = exits.filter { exit in
      exit.cutoff.effective <= time && !admitted.contains { $0.ends(exit) }
    }.map(\.cutoff)
    guard let since = standing.map(\.effective).min(),
      let acceptUntil = standing.map(\.acceptUntil).min()
    else { return nil }
    return Lapse(kind: .left, since: since, acceptUntil: acceptUntil)
  }

  private func suspension(at time: Instant) -> Lapse? {
    guard let deciding = deciding(at: time), deciding.state == .suspended else { return nil }
    var since = deciding.cutoff.effective
    // A suspension that follows another prolongs it: the agency has been out since the first.
    for point in turns.reversed() where point <= time {
      guard let before = self.deciding(at: point), before.state == .suspended else { break }
      since = min(since, point)
    }
    return Lapse(kind: .suspended, since: since, acceptUntil: deciding.cutoff.acceptUntil)
  }

  /// Of the documents that have taken effect, the highest serial; of one serial's, the most careful.
  private func deciding(at time: Instant) -> Suspension? {
    suspensions.last { $0.cutoff.effective <= time }
  }

  /// Puts suspensions in the order in which the last one counts.
  static func isBefore(_ left: Suspension, _ right: Suspension) -> Bool {
    if left.serial != right.serial { return left.serial < right.serial }
    if left.state != right.state { return left.state == .reinstated }
    let (one, other) = (left.cutoff, right.cutoff)
    if one.acceptUntil != other.acceptUntil { return one.acceptUntil > other.acceptUntil }
    if one.effective != other.effective {
      return (one.effective > other.effective) == (left.state == .suspended)
    }
    return left.document.id < right.document.id
  }
}
