import Records

extension Profile {
  /// Merges overlays into their base.
  /// - Throws: `DocumentError` where a name that one of them defines is defined by another, which
  ///   it names, or where a vocabulary, a target or a base is missing.
  public init(
    base: ProfileFile, overlays: [ProfileFile] = []
  ) throws(DocumentError) {
    guard base.extends == nil else {
      throw DocumentError(source: base.name, problem: "is an overlay and cannot stand alone")
    }
    self.init(
      name: base.name, version: base.version, parts: [], recordTypes: [:], vocabularies: [:])
    try merge(base)
    for overlay in overlays {
      guard overlay.extends == base.name else {
        throw DocumentError(
          source: overlay.name, problem: "does not extend \(base.name)")
      }
      try merge(overlay)
    }
    try checkNames()
  }

  private mutating func merge(_ file: ProfileFile) throws(DocumentError) {
    parts.append(file.reference)
    for vocabulary in file.vocabularies {
      if let other = vocabularies[vocabulary.name] {
        throw clash(file, "vocabulary \(vocabulary.name)", with: other.origin)
      }
      vocabularies[vocabulary.name] = vocabulary
    }
    for (name, terms) in file.addedTerms.sorted(by: { $0.key < $1.key }) {
      guard var vocabulary = vocabularies[name], !vocabulary.isOrdered else {
        throw DocumentError(
          source: file.name, problem: "cannot add terms to \(name): it is ordered or unknown")
      }
      for term in terms {
        guard !vocabulary.terms.contains(term) else {
          throw clash(file, "term \(term) of \(name)", with: vocabulary.origin(of: term))
        }
        vocabulary.add(term, by: file.name)
      }
      guard vocabulary.terms.count <= Limits.Profile.terms else {
        throw DocumentError(
          source: file.name,
          problem: "\(name) has more than \(Limits.Profile.terms) terms with those of others")
      }
      vocabularies[name] = vocabulary
    }
    for type in file.recordTypes { try merge(type, of: file) }
  }

  private mutating func merge(_ type: RecordType, of file: ProfileFile) throws(DocumentError) {
    guard var known = recordTypes[type.name] else {
      recordTypes[type.name] = type
      return
    }
    for field in type.fields {
      if let other = known.fields.first(where: { $0.name == field.name }) {
        throw clash(file, "field \(type.name).\(field.name)", with: other.origin)
      }
      known.fields.append(field)
    }
    guard known.fields.count <= Limits.Profile.fields else {
      throw DocumentError(
        source: file.name,
        problem: "\(type.name) has more than \(Limits.Profile.fields) fields with those of others")
    }
    recordTypes[type.name] = known
  }

  private func clash(_ file: ProfileFile, _ what: String, with origin: String) -> DocumentError {
    DocumentError(
      source: file.name, problem: "\(what) is defined by \(file.name) and by \(origin)")
  }

  private func checkNames() throws(DocumentError) {
    for type in recordTypes.values.sorted(by: { $0.name < $1.name }) {
      for field in type.fields { try check(field, of: type) }
    }
  }

  private func check(_ field: Field, of type: RecordType) throws(DocumentError) {
    func fail(_ problem: String) -> DocumentError {
      DocumentError(source: field.origin, problem: "\(type.name).\(field.name): \(problem)")
    }
    switch field.type {
    case .vocabulary(let name):
      guard let vocabulary = vocabularies[name] else { throw fail("no vocabulary \(name)") }
      guard field.rule != .highest || vocabulary.isOrdered else {
        throw fail("highest needs an ordered vocabulary, \(name) is not")
      }
    case .reference(let target):
      // `any` is a reference to a record of whatever type.
      guard target == Self.anyTarget || recordTypes[target] != nil else {
        throw fail("no record type \(target)")
      }
    default: break
    }
  }

  /// The target of references that may name a record of any type.
  public static let anyTarget = "any"
}
