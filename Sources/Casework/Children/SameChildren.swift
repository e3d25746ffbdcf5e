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
        case .same: proposals.append(Proposal(one.record, other.record, weight: nil))
        case .likely(let weight):
          proposals.append(Proposal(one.record, other.record, weight: weight))
        case .different: break
        }
      }
    }
    return proposals.sorted {
      ($1.weight ?? .infinity, $0.first, $0.second) < ($0.weight ?? .infinity, $1.first, $1.second)
    }
  }

  /// Two records that a person should compare.
  public struct Proposal: Hashable, Sendable {
    public let first: RecordID
    public let second: RecordID
    /// How much speaks for it (log2); nothing where they share a number that only one child has.
    public let weight: Double?

    init(_ one: RecordID, _ other: RecordID, weight: Double?) {
      (first, second) = one < other ? (one, other) : (other, one)
      self.weight = weight
    }
  }
}
