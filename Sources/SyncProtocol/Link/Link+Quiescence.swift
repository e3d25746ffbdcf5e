/// Finding out when neither side has anything more for the other.
///
/// A side asks once it is quiet itself; the other answers once it is quiet too. Only if nothing
/// moved between question and answer are both quiet at one time; else it asks again.
struct Quiescence: Sendable {
  /// Asks on the link's own behalf: once both sides are quiet, the peer has told this node, which
  /// was restored from a backup, all that it knew.
  static let relearning = UInt64.max
  /// The peer's questions that wait for an answer.
  var asked: [UInt64] = []
  /// Who here wants to know.
  var wanted: [UInt64] = []
  /// Counts batches sent and received.
  var activity: UInt64 = 0
  /// The question under way, and the count when it was asked.
  var question: (id: UInt64, activity: UInt64, answers: [UInt64])?
  private var last: UInt64 = 0

  mutating func next() -> UInt64 {
    last += 1
    return last
  }
}

extension Link {
  /// Whether this side has nothing to prepare, nothing under way and nothing to apply.
  private var isQuiet: Bool {
    phase == .established && !outgoing.isPreparing && !outgoing.mayHaveMore
      && outgoing.underWay.isEmpty && !incoming.isApplying && incoming.waiting.isEmpty
      && reconciling.isIdle
  }

  mutating func probe(_ id: UInt64) -> [LinkEffect] {
    quiescence.wanted.append(id)
    outgoing.mayHaveMore = true
    return pump()
  }

  /// Answers and asks what waits for this side to be quiet.
  mutating func settle() -> [LinkEffect] {
    guard isQuiet else { return [] }
    var effects: [LinkEffect] = quiescence.asked.map { .send(.probeReply($0)) }
    quiescence.asked = []
    if quiescence.question == nil, !quiescence.wanted.isEmpty {
      let id = quiescence.next()
      quiescence.question = (id, quiescence.activity, quiescence.wanted)
      quiescence.wanted = []
      effects.append(.send(.probe(id)))
    }
    return effects
  }

  mutating func replied(to id: UInt64) -> [LinkEffect] {
    guard let question = quiescence.question, question.id == id else { return [] }
    quiescence.question = nil
    if question.activity == quiescence.activity, isQuiet {
      return question.answers.map { $0 == Quiescence.relearning ? .relearned : .quiet($0) } + pump()
    }
    quiescence.wanted += question.answers
    outgoing.mayHaveMore = true
    return pump()
  }
}
