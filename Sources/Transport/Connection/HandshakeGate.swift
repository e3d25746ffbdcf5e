import Records
import Synchronization

/// Limits the handshakes under way, in all and from one address, so that connections that say
/// nothing cost those from elsewhere nothing.
final class HandshakeGate: Sendable {
  private let underWay = Mutex<[AddressBlock: Int]>([:])

  /// Counts one more handshake.
  /// - Throws: `TransportError` where it is one too many; it is not counted then.
  func enter(_ block: AddressBlock) throws(TransportError) {
    let refusal: TransportError? = underWay.withLock { counts in
      guard counts.values.reduce(0, +) < Limits.Link.handshakes else { return .tooManyHandshakes }
      guard counts[block, default: 0] < Limits.Link.handshakesOfAddress else {
        return .tooManyFromAddress
      }
      counts[block, default: 0] += 1
      return nil
    }
    if let refusal { throw refusal }
  }

  /// A handshake has come to its end.
  func leave(_ block: AddressBlock) {
    underWay.withLock { counts in
      let left = counts[block, default: 0] - 1
      counts[block] = left > 0 ? left : nil
    }
  }
}
