import Agreements
public import Records
import Synchronization

/// What one look at the log came to, for all links at once: whom its new part may concern, and what the next
/// look goes on from. It may name too many, never too few: each link decides for itself what goes.
public struct LogLook: Sendable {
  /// Up to where the log was looked at.
  public let position: Int64
  /// Whether there was no more of it.
  public let isComplete: Bool
  /// What stood agreed: where that changes, it concerns everybody.
  let basis: LookBasis
  let concerned: Concerned

  enum Concerned {
    case everybody
    case some(agencies: Set<AgencyID>, nodes: Set<NodeName>)
  }

  /// Whether a peer's link has to look for something to send.
  public func concerns(_ peer: NodeName) -> Bool {
    switch concerned {
    case .everybody: true
    case .some(let agencies, let nodes): agencies.contains(peer.agency) || nodes.contains(peer)
    }
  }
}

/// What peers may have changes with this, whatever is written.
struct LookBasis: Hashable {
  let documents: Int64
  /// Versions in force and lapses, by time alone.
  let standing: [Digest]
  let isRelearning: Bool
}

/// Who reads a record type wherever it is routed, kept while nothing else is agreed: asked with every change.
final class KnownReaders: Sendable {
  private let known = Mutex<(documents: Int64, readers: [String: Set<AgencyID>])>((-1, [:]))

  func readers(
    of type: String, at documents: Int64, _ find: () -> Set<AgencyID>
  ) -> Set<AgencyID> {
    if let found = known.withLock({ $0.documents == documents ? $0.readers[type] : nil }) {
      return found
    }
    let found = find()
    known.withLock { known in
      if known.documents != documents { known = (documents, [:]) }
      known.readers[type] = found
    }
    return found
  }
}
