import Records

/// Reconciliations on one connection: at most one that this side asked for at a time.
struct Reconciling: Sendable {
  /// Which streams are still to be compared: this node's own, or the peer's.
  var wanted: [Bool] = []
  /// The one under way.
  var current: Reconciliation?
  /// Whether the one under way is being prepared or its findings are being taken in.
  var isBusy = false
  /// The peer's questions that are being answered.
  var answering = 0
  /// The peer's last question's session, and how many there were.
  var session: Epoch?
  var sessions = 0

  var isIdle: Bool { wanted.isEmpty && current == nil && !isBusy && answering == 0 }
}

extension Link {
  /// Compares this node's stream or the peer's, once those that were asked for before are done.
  mutating func compare(isOfMine: Bool) -> [LinkEffect] {
    if !reconciling.wanted.contains(isOfMine) { reconciling.wanted.append(isOfMine) }
    return nextReconciliation()
  }

  mutating func nextReconciliation() -> [LinkEffect] {
    guard phase == .established, reconciling.current == nil, !reconciling.isBusy,
      !reconciling.wanted.isEmpty
    else { return [] }
    reconciling.isBusy = true
    return [.reconcile(isOfMine: reconciling.wanted.removeFirst())]
  }

  mutating func begin(_ reconciliation: Reconciliation) -> [LinkEffect] {
    reconciling.isBusy = false
    var reconciliation = reconciliation
    let opening = reconciliation.opening()
    reconciling.current = reconciliation
    return [.send(.reconcile(opening))]
  }

  mutating func receive(_ message: Reconcile) throws -> [LinkEffect] {
    guard message.isAnswer else {
      if reconciling.session != message.session {
        reconciling.session = message.session
        reconciling.sessions += 1
      }
      guard reconciling.sessions <= Limits.Link.reconcileSessions else {
        throw LinkFailure.malformed("more reconciliations than one connection has")
      }
      reconciling.answering += 1
      return [.answer(message)]
    }
    guard var current = reconciling.current, current.session == message.session,
      !current.awaitsItems
    else { throw LinkFailure.unexpected("an answer to no question") }
    let step = try current.take(message, limits: limits)
    return goOn(with: current, by: step)
  }

  /// Takes this side's items that a reconciliation has to know.
  mutating func listed(_ items: [[ReconciliationItem]]) throws -> [LinkEffect] {
    guard var current = reconciling.current, current.awaitsItems else { return [] }
    let step = try current.take(items, limits: limits)
    return goOn(with: current, by: step)
  }

  private mutating func goOn(
    with current: Reconciliation, by step: Reconciliation.Step
  ) -> [LinkEffect] {
    reconciling.current = current
    switch step {
    case .ask(let next): return [.send(.reconcile(next))]
    case .list(let spans): return [.list(spans, isOfMine: current.isOfMine)]
    case .done:
      reconciling.current = nil
      reconciling.isBusy = true
      return [.reconciled(current)]
    }
  }

  mutating func answered(_ answer: Reconcile) -> [LinkEffect] {
    reconciling.answering -= 1
    return [.send(.reconcile(answer))] + pump()
  }

  mutating func reconciled(_ wants: [Want]) -> [LinkEffect] {
    reconciling.isBusy = false
    outgoing.mayHaveMore = true
    quiescence.activity += 1
    return wants.map { .send(.want($0)) } + nextReconciliation() + pump()
  }
}
