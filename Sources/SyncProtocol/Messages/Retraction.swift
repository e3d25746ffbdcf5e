import FoundationEssentials
public import Records

/// "What I shared with you is shared no longer." The receiver forgets the sender's reasons for these
/// writes and erases what no other reason holds.
public struct Retraction: Hashable, Sendable {
  /// Ascending.
  public let writes: [WriteID]
  /// A word: `grant-ended`, `restricted` or `erased`. Never which restriction.
  public let reason: String

  /// Puts a retraction together.
  public init(writes: some Sequence<WriteID>, reason: String) {
    self.writes = Set(writes).sorted()
    self.reason = reason
  }
}

/// What became of writes that were retracted, as their receiver states it.
public struct Receipt: Hashable, Sendable {
  /// Ascending.
  public let writes: [WriteID]
  public let outcome: Outcome
  /// The legal basis under which they are retained; else empty.
  public let basis: String

  /// What a receiver did.
  public enum Outcome: String, Hashable, Sendable, CaseIterable {
    /// The values are gone.
    case erased
    /// The receiver may have them for another reason: it wrote them, or another agency shares them.
    case heldOtherwise = "held-otherwise"
    /// The values stay under the named legal basis.
    case retained
  }

  /// Puts a receipt together.
  public init(writes: some Sequence<WriteID>, outcome: Outcome, basis: String = "") {
    self.writes = Set(writes).sorted()
    self.outcome = outcome
    self.basis = basis
  }
}

/// Portable proof that one key signed two changes under one stamp.
public struct Equivocation: Hashable, Sendable {
  /// The one with the smaller change id.
  public let first: Side
  public let second: Side

  /// One of the two changes: no value is needed to prove that both were signed.
  public struct Side: Hashable, Sendable {
    public let header: ChangeHeader
    public let proof: Proof

    /// States a signed header.
    public init(header: ChangeHeader, proof: Proof) {
      self.header = header
      self.proof = proof
    }
  }

  /// Puts the two together; nothing where they are one change, or not one key's under one stamp.
  public init?(_ one: Side, _ other: Side) {
    guard one.header.id != other.header.id, one.header.key == other.header.key,
      one.header.time == other.header.time, one.header.author == other.header.author
    else { return nil }
    let isOrdered = one.header.id < other.header.id
    (first, second) = isOrdered ? (one, other) : (other, one)
  }

  /// Whether the key vouches for both.
  public func holds(by key: VerifyingKey) -> Bool {
    key.id == first.header.key
      && [first, second].allSatisfy { $0.proof.holds(for: $0.header, by: key) }
  }
}

extension [WriteID] {
  var joined: Data { reduce(into: Data(capacity: count * WriteID.byteCount)) { $0 += $1.bytes } }
}
