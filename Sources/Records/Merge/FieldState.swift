/// A field's versions that still count, and what is known to be superseded.
///
/// Applying is commutative, associative and idempotent. For that, what a version supersedes is
/// remembered apart from the version itself: a superseded version that arrives late stays gone,
/// whatever became of the version that superseded it.
public struct FieldState: Hashable, Sendable {
  /// The rule that the profile gives the field.
  public let rule: MergeRule
  /// What counts, in no particular order.
  public private(set) var versions: [Version] = []
  /// For each slot, the highest stamp of each author key that some version has seen.
  public private(set) var seen: [Slot: [KeyID: HLC]] = [:]
  /// Adds that some removal has named, whether or not they have arrived.
  public private(set) var removed: Set<WriteID> = []

  /// Where versions compete: the whole field, or one agency's judgement.
  public enum Slot: Hashable, Sendable {
    case field
    case agency(AgencyID)
  }

  /// A field without versions.
  public init(rule: MergeRule) { self.rule = rule }

  /// A field as it was stored.
  public init(
    rule: MergeRule, versions: [Version], seen: [Slot: [KeyID: HLC]], removed: Set<WriteID>
  ) {
    self.rule = rule
    self.versions = versions
    self.seen = seen
    self.removed = removed
  }

  /// Where a version by this author competes.
  public func slot(of author: AgencyID) -> Slot {
    rule == .eachAgency ? .agency(author) : .field
  }

  /// Takes in one version, whatever came before it.
  public mutating func apply(_ version: Version) {
    guard rule.allows(version.write.operation) else { return }
    switch version.write.operation {
    case .remove:
      removed.formUnion(version.write.removes)
      versions.removeAll { removed.contains($0.id) }
    case .add:
      insert(version, unless: removed.contains(version.id))
    case .set, .clear:
      supersede(by: version)
      insert(version, unless: isSuperseded(version))
      keepWinner()
    }
  }

  /// What a new write by this author should name as seen: every version that counts where it will
  /// compete, and everything those had seen before. Of more keys than a context may name, the
  /// standing versions' come first, then those of the highest stamps: whoever fills it with keys
  /// that nobody has must not keep others from writing the field. What is left out, the contexts
  /// that named it go on to supersede.
  public func context(for author: AgencyID) -> [KeyID: HLC] {
    guard rule.isRegister, rule != .latest else { return [:] }
    let slot = slot(of: author)
    var context = seen[slot] ?? [:]
    for version in versions where self.slot(of: version.author) == slot {
      context[version.key] = max(context[version.key] ?? version.time, version.time)
    }
    guard context.count > Limits.Change.contextEntries else { return context }
    let standing = Set(versions.map(\.key))
    let ranked = context.sorted { left, right in
      let (first, second) = (standing.contains(left.key), standing.contains(right.key))
      guard first == second else { return first }
      return (left.value, left.key) > (right.value, right.key)
    }
    return Dictionary(uniqueKeysWithValues: ranked.prefix(Limits.Change.contextEntries).map { $0 })
  }

  /// The adds of an element that count, for a removal to name.
  public func adds(of value: Value) -> [WriteID] {
    versions.filter { $0.write.value == value }.map(\.id).sorted()
  }

  private mutating func insert(_ version: Version, unless gone: Bool) {
    guard !gone, !versions.contains(where: { $0.id == version.id }) else { return }
    versions.append(version)
  }

  private mutating func supersede(by version: Version) {
    // `latest` needs no memory of what was seen: the order alone decides. Under `highest` only
    // those who may lower replace what they have seen; all others can but raise.
    guard rule == .review || rule == .eachAgency || (rule == .highest && version.mayLower) else {
      return
    }
    guard !version.write.context.isEmpty else { return }
    seen[slot(of: version.author), default: [:]].merge(version.write.context, uniquingKeysWith: max)
    versions.removeAll(where: isSuperseded)
  }

  private func isSuperseded(_ version: Version) -> Bool {
    guard let stamp = seen[slot(of: version.author)]?[version.key] else { return false }
    return stamp >= version.time
  }

  private mutating func keepWinner() {
    guard rule == .latest, let winner = versions.max(by: Version.precedes) else { return }
    versions = [winner]
  }
}
