public import Records

/// What people have said of records that may mean one child. Records are never merged: both stay, with
/// all that is in them, and what was said can be taken back.
public struct SameChildren: Hashable, Sendable {
  private var verdicts: [Pair: Verdict] = [:]

  /// What stands about two records.
  public enum Verdict: Hashable, Sendable {
    case same
    case different
    /// Agencies say different things: until they agree, the two count as two.
    case disputed
  }

  private struct Pair: Hashable {
    let first: RecordID
    let second: RecordID

    init(_ one: RecordID, _ other: RecordID) {
      (first, second) = one < other ? (one, other) : (other, one)
    }
  }

  /// Reads what was said.
  /// - Parameter judgements: records of type `same_child`; one that names other than two children says
  ///   nothing.
  public init(_ judgements: [CaseRecord]) {
    for record in judgements {
      let children = record.references("children")
      let said = Set(record.entries("verdict").compactMap(\.value.words))
      guard children.count == 2, let first = said.first else { continue }
      let verdict: Verdict = said.count > 1 ? .disputed : first == "same" ? .same : .different
      verdicts[Pair(children[0], children[1])] = verdict
    }
  }

  /// What stands about two records; nothing where nobody has said anything.
  public func verdict(_ one: RecordID, _ other: RecordID) -> Verdict? {
    verdicts[Pair(one, other)]
  }

  /// All records that mean the same child as one, itself first: what was said of two pairs that share a
  /// record holds for all three, unless somebody said otherwise of the third pair.
  public func all(of child: RecordID) -> [RecordID] {
    var (found, waiting): ([RecordID], [RecordID]) = ([child], [child])
    while let next = waiting.popLast() {
      let others = verdicts.filter { $0.value == .same }.keys.compactMap { pair -> RecordID? in
        pair.first == next ? pair.second : pair.second == next ? pair.first : nil
      }
      for other in others.sorted() where !found.contains(other) {
        guard found.allSatisfy({ ![.different, .disputed].contains(verdict($0, other)) }) else {
          continue
        }
        found.append(other)
        waiting.append(other)
      }
    }
    return [child] + found.dropFirst().sorted()
  }

  /// Pairs that may mean one child and of which nobody has said anything, the likeliest first.
  public func proposals(among children: [ChildIdentity]) -> [Proposal] {
    var proposals: [Proposal] = []
    var known = ChildBlocks()
    for one in children {
      defer { known.add(one) }
      for other in known.candidates(for: one) where verdict(one.record, other.record) == nil {
        switch ChildMatching.compare(one, other) {
        case .same: proposals.append(Proposal(one, other, weight: nil))
        case .likely(let weight): proposals.append(Proposal(one, other, weight: weight))
        case .different: break
        }
      }
    }
    return proposals.sorted { one, other in
      guard one.sharesNumber == other.sharesNumber else { return one.sharesNumber }
      let (here, there) = (one.weight ?? .infinity, other.weight ?? .infinity)
      return here == there ? (one.first, one.second) < (other.first, other.second) : here > there
    }
  }

  /// Two records that a person should compare.
  public struct Proposal: Hashable, Sendable {
    public let first: RecordID
    public let second: RecordID
    /// How much else speaks for it (log2); nothing where they share a number and nothing speaks against
    /// it.
    public let weight: Double?
    /// Whether they share a number that only one child has. Such pairs come first, also where all else
    /// differs: one of the two has somebody else's number.
    public let sharesNumber: Bool

    init(_ one: ChildIdentity, _ other: ChildIdentity, weight: Double?) {
      let (here, there) = (one.record, other.record)
      (first, second) = here < there ? (here, there) : (there, here)
      self.weight = weight
      sharesNumber = one.sharesNumber(with: other)
    }
  }
}
