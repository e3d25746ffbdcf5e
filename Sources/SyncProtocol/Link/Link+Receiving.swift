import Records

/// The peer's stream on one connection.
struct IncomingStream: Sendable {
  /// Up to where the peer's stream is durable here.
  var durable: StreamPosition?
  /// Up to where its chain has been checked.
  var checked: StreamPosition?
  /// Checked batches that wait for the one before.
  var waiting: [CheckedBatch] = []
  /// Batches that came before the positions were matched.
  var early: [Batch] = []
  /// What the peer has signed on this connection.
  var trail = StreamTrail()
  var isApplying = false

  var bytesWaiting: Int {
    waiting.reduce(0) { $0 + $1.batch.cost } + early.reduce(0) { $0 + $1.cost }
  }
}

extension Link {
  mutating func receive(_ batch: Batch) throws -> [LinkEffect] {
    let bytes = incoming.bytesWaiting
    guard bytes <= limits.windowBytes else { throw LinkFailure.overWindow(bytes: bytes) }
    guard phase == .established else {
      incoming.early.append(batch)
      return []
    }
    incoming.waiting.append(try check(batch))
    quiescence.activity += 1
    return applyNextWaiting()
  }

  /// Takes up what came before the positions were matched, then what waits.
  mutating func applyNext() -> [LinkEffect] {
    let early = incoming.early
    incoming.early = []
    do {
      for batch in early { incoming.waiting.append(try check(batch)) }
    } catch {
      // Reported through the same path as any other failure, on the next turn.
      incoming.waiting = []
      return handle(.close(error), at: .zero)
    }
    return applyNextWaiting()
  }

  mutating func applied(
    _ position: StreamPosition, _ refusals: [Refusal]
  ) throws -> [LinkEffect] {
    incoming.isApplying = false
    incoming.durable = position
    let signature = try identity.key.sign(identity.receiving.acknowledgedMessage(position))
    let ack = Ack(position: position, signature: signature, refusals: refusals)
    // What was applied may have to go on to others, or back as something now visible.
    outgoing.mayHaveMore = true
    return [.send(.ack(ack))] + applyNextWaiting() + pump()
  }

  private mutating func applyNextWaiting() -> [LinkEffect] {
    guard !incoming.isApplying, !incoming.waiting.isEmpty else { return [] }
    incoming.isApplying = true
    return [.apply(incoming.waiting.removeFirst())]
  }

  /// Follows the chain through the batch and checks the signature over its head.
  private mutating func check(_ batch: Batch) throws(LinkFailure) -> CheckedBatch {
    let stream = identity.receiving
    var position = incoming.checked ?? stream.start(of: batch.epoch)
    if position.epoch != batch.epoch {
      position = incoming.trail.last(of: batch.epoch) ?? stream.start(of: batch.epoch)
    }
    guard batch.entries.count <= limits.batchEntries else { throw .malformed("too many entries") }
    guard batch.firstSequence == position.sequence + 1 else {
      if let fork = fork(by: batch, after: position) { throw .forkedStream(fork) }
      throw .sequenceGap(expected: position.sequence + 1, got: batch.firstSequence)
    }
    let positions = try positions(of: batch, after: position)
    incoming.checked = positions.last ?? position
    incoming.trail.append(batch, positions)
    return CheckedBatch(batch: batch, positions: positions)
  }

  /// The position after each entry, where the chain leads to a head that the peer has signed.
  private func positions(
    of batch: Batch, after position: StreamPosition
  ) throws(LinkFailure) -> [StreamPosition] {
    let stream = identity.receiving
    var position = position
    var positions: [StreamPosition] = []
    positions.reserveCapacity(batch.entries.count)
    for entry in batch.entries {
      position = stream.position(after: position, entry: entry.digest)
      positions.append(position)
    }
    guard position.head == batch.head else { throw .brokenChain }
    guard identity.isPeers(batch.signature, over: stream.sentMessage(position)) else {
      throw .badSignature("a batch")
    }
    return positions
  }

  /// What a batch proves that goes over numbers which the peer has signed already.
  private func fork(by batch: Batch, after checked: StreamPosition) -> StreamFork? {
    let stream = identity.receiving
    guard batch.firstSequence <= checked.sequence,
      let start = incoming.trail.position(before: batch.firstSequence, in: stream, batch.epoch),
      let positions = try? positions(of: batch, after: start)
    else { return nil }
    return incoming.trail.fork(of: stream, by: batch, positions)
  }
}
