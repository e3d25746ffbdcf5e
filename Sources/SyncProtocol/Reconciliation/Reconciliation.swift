import FoundationEssentials
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
  private var held: ReconciliationSet
  private var replying: Replying?
  /// The parts whose items are awaited.
  private var wanted: [Int] = []

  /// What comes next.
  enum Step {
    case ask(Reconcile)
    /// These items of this side have to be listed.
    case list([StampSpan])
    case done
  }

  /// Starts one over this side's items.
  public init(_ held: ReconciliationSet, session: Epoch, isOfMine: Bool) {
    self.held = held
    self.session = session
    self.isOfMine = isOfMine
  }

  /// How many items this side has.
  public var count: Int { held.count }

  /// Whether this side's items are awaited, to be told by `take`.
  var awaitsItems: Bool { replying != nil }

  /// Everything there is, as one range.
  mutating func opening() -> Reconcile {
    asking([held.whole])
  }

  /// Takes an answer.
  /// - Throws: `LinkFailure.malformed` where the peer leads nowhere.
  mutating func take(_ answer: Reconcile, limits: LinkLimits) throws(LinkFailure) -> Step {
    roundTrips += 1
    bytes += LinkMessage.reconcile(answer).encoded().count
    guard roundTrips <= limits.reconcileRounds else {
      throw .malformed("a reconciliation without end")
    }
    replying = Replying(to: answer.ranges, limit: limits.reconcileBytes, isAsking: true)
    return try goOn(limits: limits)
  }

  /// Takes this side's items that were asked for, in the order of the spans.
  mutating func take(
    _ items: [[ReconciliationItem]], limits: LinkLimits
  ) throws(LinkFailure) -> Step {
    for (part, items) in zip(wanted, items) { held.list(part, items) }
    return try goOn(limits: limits)
  }

  private mutating func goOn(limits: LinkLimits) throws(LinkFailure) -> Step {
    guard var replying else { return .done }
    wanted = replying.goOn(with: held)
    guard wanted.isEmpty else {
      self.replying = replying
      return .list(wanted.map(held.span))
    }
    self.replying = nil
    held.forgetItems()
    missingThere.formUnion(replying.missingThere)
    missingHere.formUnion(replying.missingHere)
    guard missingHere.count <= limits.reconcileItems else {
      throw .malformed("more items in a reconciliation than this node takes")
    }
    return replying.ranges.isEmpty ? .done : .ask(asking(replying.ranges))
  }

  private mutating func asking(_ ranges: [Reconcile.Range]) -> Reconcile {
    let question = Reconcile(
      session: session, isOfAsker: isOfMine, isAnswer: false, ranges: ranges)
    bytes += LinkMessage.reconcile(question).encoded().count
    return question
  }
}

extension ReconciliationSet {
  /// Everything there is, as one range.
  fileprivate var whole: Reconcile.Range {
    Reconcile.Range(upper: Data(), content: .fingerprint(fingerprint(start..<end)))
  }

  /// The answer to a question; it needs no memory of earlier ones.
  /// - Parameter items: lists this side's items of a span, where they have to be known.
  public func answer(
    _ question: Reconcile, limits: LinkLimits, items: (StampSpan) throws -> [ReconciliationItem]
  ) rethrows -> Reconcile {
    var (set, replying) = (
      self, Replying(to: question.ranges, limit: limits.reconcileBytes, isAsking: false)
    )
    while true {
      let wanted = replying.goOn(with: set)
      if wanted.isEmpty { break }
      for part in wanted { set.list(part, try items(set.span(part))) }
    }
    return Reconcile(
      session: question.session, isOfAsker: question.isOfAsker, isAnswer: true,
      ranges: replying.ranges)
  }

  /// The answer where all items are listed.
  public func answer(_ question: Reconcile, limits: LinkLimits) -> Reconcile {
    answer(question, limits: limits) { _ in [] }
  }
}
