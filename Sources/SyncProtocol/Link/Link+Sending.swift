import Records

/// This node's stream on one connection.
struct OutgoingStream: Sendable {
  /// What the peer is willing to have under way.
  var window: UInt64 = 0
  /// Sent and not acknowledged, oldest first.
  var underWay: [(position: StreamPosition, cost: Int)] = []
  var acknowledged: StreamPosition?
  var isPreparing = false
  /// Whether something may have to be sent that no preparation has looked at.
  var mayHaveMore = false

  var bytesUnderWay: Int { underWay.reduce(0) { $0 + $1.cost } }
}

extension Link {
  /// Starts the next preparation, where there may be something to send and room for it.
  mutating func pump() -> [LinkEffect] {
    guard phase == .established, !outgoing.isPreparing else { return [] }
    let window = min(outgoing.window, limits.windowBytes)
    if outgoing.mayHaveMore, outgoing.bytesUnderWay < window {
      outgoing.isPreparing = true
      outgoing.mayHaveMore = false
      return [.prepare(bytes: limits.batchBytes)]
    }
    return settle()
  }

  mutating func prepared(_ prepared: PreparedBatch?) throws -> [LinkEffect] {
    outgoing.isPreparing = false
    guard let prepared else { return pump() }
    let signature = try identity.key.sign(identity.sending.sentMessage(prepared.position))
    let batch = Batch(
      epoch: prepared.position.epoch, firstSequence: prepared.firstSequence,
      entries: prepared.entries, head: prepared.position.head, signature: signature)
    outgoing.underWay.append((prepared.position, batch.cost))
    outgoing.mayHaveMore = true
    quiescence.activity += 1
    return [.send(.batch(batch))] + pump()
  }

  mutating func receive(_ ack: Ack) throws -> [LinkEffect] {
    let position = ack.position
    guard let index = outgoing.underWay.firstIndex(where: { $0.position == position }) else {
      throw LinkFailure.badAck
    }
    let message = identity.sending.acknowledgedMessage(position)
    guard identity.isPeers(ack.signature, over: message) else {
      throw LinkFailure.badSignature("an acknowledgement")
    }
    outgoing.underWay.removeFirst(index + 1)
    outgoing.acknowledged = position
    return [.acknowledged(position, refusals: ack.refusals)] + pump()
  }
}
