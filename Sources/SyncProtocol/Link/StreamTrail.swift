import FoundationEssentials
import Records

/// What is remembered of a peer's stream on one connection, to prove it where the peer signs another
/// under the same numbers: the last heads, and which of them it signed.
struct StreamTrail: Sendable {
  private struct Step {
    let entry: Digest
    let position: StreamPosition
  }

  private struct Signed {
    let position: StreamPosition
    let signature: Data
  }

  private var steps: [Step] = []
  private var signed: [Signed] = []

  /// Goes on from a position that was received on an earlier connection, with its signature.
  mutating func resume(at position: StreamPosition?, signature: Data?) {
    guard let position, let signature else { return }
    signed = [Signed(position: position, signature: signature)]
  }

  mutating func append(_ batch: Batch, _ positions: [StreamPosition]) {
    for (entry, position) in zip(batch.entries, positions) {
      steps.append(Step(entry: entry.digest, position: position))
    }
    if let last = positions.last {
      signed.append(Signed(position: last, signature: batch.signature))
    }
    steps.removeFirst(max(0, steps.count - Limits.Link.trailEntries))
    signed.removeFirst(max(0, signed.count - Limits.Link.trailEntries))
  }

  /// How far an epoch has come: nobody who is honest goes back to one.
  func last(of epoch: Epoch) -> StreamPosition? {
    (steps.last { $0.position.epoch == epoch }?.position)
      ?? (signed.last { $0.position.epoch == epoch }?.position)
  }

  /// The position before a sequence number that has been seen.
  func position(before sequence: UInt64, in stream: StreamName, _ epoch: Epoch) -> StreamPosition? {
    if sequence == 1 { return stream.start(of: epoch) }
    let positions = steps.map(\.position) + signed.map(\.position)
    return positions.first { $0.epoch == epoch && $0.sequence == sequence - 1 }
  }

  /// The proof that a batch over numbers already seen stands in another stream; nothing where it is
  /// the same one again.
  /// - Parameter positions: the position after each of the batch's entries.
  func fork(of stream: StreamName, by batch: Batch, _ positions: [StreamPosition]) -> StreamFork? {
    guard let last = positions.last else { return nil }
    for known in signed
    where known.position.epoch == batch.epoch
      && known.position.sequence >= batch.firstSequence
    {
      if known.position.sequence <= last.sequence {
        let place = Int(known.position.sequence - batch.firstSequence)
        guard positions[place].head != known.position.head else { continue }
        return StreamFork(
          stream, first: known.position, signature: known.signature,
          second: positions[place].head,
          entries: batch.entries[(place + 1)...].map(\.digest), secondSignature: batch.signature)
      }
      guard
        let place = steps.firstIndex(where: {
          $0.position.epoch == batch.epoch && $0.position.sequence == last.sequence
        })
      else { return nil }
      // The batch ends before the next head that was signed: that one's chain is the longer.
      let between = steps[(place + 1)...].prefix {
        $0.position.epoch == batch.epoch && $0.position.sequence <= known.position.sequence
      }
      return StreamFork(
        stream, first: last, signature: batch.signature, second: steps[place].position.head,
        entries: between.map(\.entry), secondSignature: known.signature)
    }
    return nil
  }
}
