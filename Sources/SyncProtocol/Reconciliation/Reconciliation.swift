import Records

/// The asking side of a reconciliation: it finds what each side lacks of one stream.
public struct Reconciliation: Sendable {
  public let session: Epoch
  /// Whether this node's own stream is compared, else the peer's.
  public let isOfMine: Bool
  /// Items that only this side has.
  public private(set) var missingThere: Set<ReconciliationItem> = []
  /// Items that only the other side has.
  public private(set) var missingHere: Set<ReconciliationItem> = []
  /// Questions asked and answered.
  public private(set) var roundTrips = 0
  /// Bytes of all messages, both ways, before framing.
  public private(set) var bytes = 0
  private let held: ReconciliationSet

  /// Starts one over a snapshot of this side's items.
  public init(_ held: ReconciliationSet, session: Epoch, isOfMine: Bool) {
    self.held = held
    self.session = session
    self.isOfMine = isOfMine
  }

  /// How many items this side has.
  public var count: Int { held.count }

  mutating func opening() -> Reconcile { asking(held.opening) }

  /// Takes an answer.
  /// - Returns: the next question; nothing once all is settled.
  /// - Throws: `LinkFailure.malformed` where the peer leads nowhere.
  mutating func take(
    _ answer: Reconcile, limits: LinkLimits
  ) throws(LinkFailure) -> Reconcile? {
    roundTrips += 1
    bytes += LinkMessage.reconcile(answer).encoded().count
    guard roundTrips <= limits.reconcileRounds else {
      throw .malformed("a reconciliation without end")
    }
    let ranges = held.reply(to: answer.ranges, limit: limits.reconcileBytes, isAsking: true) {
      let (mine, theirs) = (Set($0), Set($1))
      missingThere.formUnion(mine.subtracting(theirs))
      missingHere.formUnion(theirs.subtracting(mine))
    }
    guard missingHere.count <= limits.reconcileItems else {
      throw .malformed("more items in a reconciliation than this node takes")
    }
    return ranges.isEmpty ? nil : asking(ranges)
  }

  private mutating func asking(_ ranges: [Reconcile.Range]) -> Reconcile {
    let question = Reconcile(
      session: session, isOfAsker: isOfMine, isAnswer: false, ranges: ranges)
    bytes += LinkMessage.reconcile(question).encoded().count
    return question
  }
}

extension ReconciliationSet {
  /// The answer to a question; it needs no memory of earlier ones.
  public func answer(_ question: Reconcile, limits: LinkLimits) -> Reconcile {
    Reconcile(
      session: question.session, isOfAsker: question.isOfAsker, isAnswer: true,
      ranges: reply(to: question.ranges, limit: limits.reconcileBytes, isAsking: false) { _, _ in })
  }
}
