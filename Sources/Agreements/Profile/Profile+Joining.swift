extension Profile {
  /// What the profiles of several agreements amount to for a node that is party to all of them: every
  /// record type, field and term of each, so that an overlay which one agreement adopts is not hidden
  /// by another agreement that does without it (domain rule 11).
  ///
  /// A field's type and merge rule never change under one name, so the join is sound. It follows from
  /// the agreements' names and texts, never from the order in which they came.
  /// - Parameter profiles: by agreement, in the order of the agreements' names.
  /// - Returns: nothing where there are no profiles; and what they do not say alike.
  static func joining(
    _ profiles: [(lineage: String, profile: Profile)]
  ) -> (profile: Profile, clashes: [ProfileClash])? {
    guard let first = profiles.first else { return nil }
    var joined = first.profile
    var clashes: [ProfileClash] = []
    for other in profiles.dropFirst() where other.profile != joined {
      let clashing = joined.join(other.profile)
      clashes += clashing.map { ProfileClash(name: $0, lineage: other.lineage) }
    }
    return (joined, clashes)
  }

  /// - Returns: the names of what the other says in another way.
  private mutating func join(_ other: Profile) -> [String] {
    parts += other.parts.filter { !parts.contains($0) }
    var clashing: [String] = []
    for (name, type) in other.recordTypes.sorted(by: { $0.key < $1.key }) {
      clashing += join(type).map { "\(name).\($0)" }
    }
    for (name, vocabulary) in other.vocabularies.sorted(by: { $0.key < $1.key }) {
      guard let known = vocabularies[name] else {
        vocabularies[name] = vocabulary
        continue
      }
      let (joined, isClear) = known.joined(with: vocabulary)
      vocabularies[name] = joined
      if !isClear { clashing.append(name) }
    }
    return clashing
  }

  private mutating func join(_ type: RecordType) -> [String] {
    guard var known = recordTypes[type.name] else {
      recordTypes[type.name] = type
      return []
    }
    var clashing: [String] = []
    for field in type.fields {
      guard let same = known.fields.first(where: { $0.name == field.name }) else {
        known.fields.append(field)
        continue
      }
      if !same.means(field) { clashing.append(field.name) }
    }
    recordTypes[type.name] = known
    return clashing
  }
}

/// What two agreements do not say alike, though a node is party to both.
struct ProfileClash: Hashable, Sendable {
  /// A field with its record type, or a vocabulary.
  let name: String
  /// The later of the two by name, whose word counts only for what is written under it.
  let lineage: String
}

extension Field {
  /// Whether another definition has the same consequences; what people call it may differ.
  fileprivate func means(_ other: Field) -> Bool {
    type == other.type && rule == other.rule && label == other.label
      && isRouting == other.isRouting && isOnce == other.isOnce
  }
}

extension Vocabulary {
  /// All terms of both. Of two orders the one that contains the other stands; where neither does, the
  /// first's stands with the other's terms after it, and that is a matter for people.
  fileprivate func joined(with other: Vocabulary) -> (vocabulary: Vocabulary, isClear: Bool) {
    if other.terms == terms, other.isOrdered == isOrdered { return (self, true) }
    let isAlike = other.isOrdered == isOrdered
    if isOrdered, other.contains(inOrder: terms) { return (other, isAlike) }
    let added = other.terms.filter { !terms.contains($0) }
    let isWhole = !isOrdered || contains(inOrder: other.terms)
    let vocabulary = Vocabulary(
      name: name, terms: terms + added, isOrdered: isOrdered, origin: origin)
    return (vocabulary, isAlike && isWhole)
  }

  private func contains(inOrder others: [String]) -> Bool {
    let known = Set(others)
    return terms.filter(known.contains) == others
  }
}
