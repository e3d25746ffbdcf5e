/// Why bytes are no valid change. Names the part that is wrong, never a value.
public enum ChangeError: Error, Hashable, Sendable {
  case malformedHeader(String)
  case malformedProof(String)
  case malformedWrite(String)
  /// The key that should have signed did not.
  case badSignature
  /// An opening that no commitment of the header stands for.
  case uncommitted(field: String)
  /// Two openings of one slot under one header: proof that the author signed two versions.
  case equivocation(field: String, first: WriteID, second: WriteID)
  /// No write was disclosed, or none was given to be written.
  case empty
}

extension ChangeError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .malformedHeader(let part): "the header is malformed: \(part)"
    case .malformedProof(let part): "the proof is malformed: \(part)"
    case .malformedWrite(let part): "a write is malformed: \(part)"
    case .badSignature: "the signature is not the author's"
    case .uncommitted(let field): "the header has no commitment for the write of \(field)"
    case .equivocation(let field, _, _): "two writes of \(field) stand under one header"
    case .empty: "the change has no writes"
    }
  }

  /// A word for logs, refusals and vectors that does not change between versions.
  public var code: String {
    switch self {
    case .malformedHeader: "malformed-header"
    case .malformedProof: "malformed-proof"
    case .malformedWrite: "malformed-write"
    case .badSignature: "bad-signature"
    case .uncommitted: "uncommitted"
    case .equivocation: "equivocation"
    case .empty: "empty"
    }
  }
}
