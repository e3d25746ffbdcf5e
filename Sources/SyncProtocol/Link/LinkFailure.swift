import Records

/// Why a link closes. Says what happened, never a field's value.
public enum LinkFailure: Error, Hashable, Sendable {
  case helloTimeout
  case silence
  case unexpected(String)
  case malformed(String)
  case wrongFederation
  case wrongVersion(theirs: UInt32, ours: UInt32)
  /// The name in the Hello is not the one in the certificate.
  case wrongIdentity
  case sequenceGap(expected: UInt64, got: UInt64)
  /// The peer signed another stream under the same numbers: the proof.
  case forkedStream(StreamFork)
  /// The chained head does not follow from the entries.
  case brokenChain
  case badSignature(String)
  case overWindow(bytes: Int)
  case badAck
  case storage(String)
  /// The other side said goodbye.
  case peerClosed(String)
  /// This side has no more use for the connection.
  case superseded
  case stopping
  /// This node's clock was set: what was refused for the time that it showed may be right now.
  case clockSet
  /// This node has begun or ended learning what it lost: what it may send is another question now.
  case beginsAnew
}

extension LinkFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .helloTimeout: "no hello arrived in time"
    case .silence: "the peer has been silent for too long"
    case .unexpected(let message): "\(message) is not expected now"
    case .malformed(let part): part
    case .wrongFederation: "the peer belongs to another federation"
    case .wrongVersion(let theirs, let ours):
      "the peer speaks protocol \(theirs), this node \(ours)"
    case .wrongIdentity: "the peer's hello names another node than its certificate"
    case .sequenceGap(let expected, let got): "expected entry \(expected), got \(got)"
    case .forkedStream(let fork):
      "the peer signed two streams that differ at entry \(fork.first.sequence)"
    case .brokenChain: "the head of the stream does not follow from its entries"
    case .badSignature(let what): "the peer's signature of \(what) is wrong"
    case .overWindow(let bytes): "\(bytes) unacknowledged bytes are more than was offered"
    case .badAck: "the peer acknowledged what was never sent"
    case .storage(let problem): "this node could not store or read: \(problem)"
    case .peerClosed(let reason): "the peer closed: \(reason)"
    case .superseded: "another connection to the same peer is kept"
    case .stopping: "this node is stopping"
    case .clockSet: "this node's clock was set"
    case .beginsAnew:
      "this node has begun or ended learning what it lost before a restore: the link begins anew"
    }
  }
}
