import FoundationEssentials
import Records

extension Agreement {
  /// Makes the text that principals sign: the template as it was written, then the exact profiles
  /// and the principals' cards.
  /// - Parameters:
  ///   - cards: one signed card for each principal.
  ///   - profiles: the base, then the overlays, as the template names them.
  ///   - previous: the version before, for all but the first.
  /// - Throws: `DocumentError` where something is missing, superfluous or does not fit.
  public static func draft(
    template text: String, source: String, cards: [SignedDocument], profiles: [ProfileFile],
    previous: Agreement?
  ) throws(DocumentError) -> SignedDocument {
    let template = try Agreement(template: text, source: source)
    try check(template, follows: previous, source: source)
    var body = text.hasPrefix("---\n") ? String(text.dropFirst(4)) : text
    while body.hasSuffix("\n") || body.hasSuffix(" ") { body.removeLast() }
    body += "\n"
    if let previous { body += "previous: \(previous.digest)\n" }
    body += "profiles:\n"
    for profile in profiles {
      body += "  - name: \(profile.name)\n    version: \(profile.version)\n"
      body += "    sha256: \(profile.document.id)\n"
    }
    body += "cards:\n"
    for card in try ordered(cards, for: template, source: source) {
      let lines = DocumentFile([card]).text.split(separator: "\n")
      body += "  - |\n" + lines.map { "    \($0)\n" }.joined()
    }
    let document = SignedDocument(kind: .agreement, body: Data(body.utf8))
    let agreement = try Agreement(document, source: source)
    let profile = try agreement.mergedProfile(from: profiles)
    try agreement.check(against: profile, source: source)
    try agreement.checkLower(against: profile, source: source)
    return document
  }

  /// The one profile that this version's files merge into.
  /// - Throws: `DocumentError` where a pinned file is not among those given, or where they clash.
  public func mergedProfile(from files: [ProfileFile]) throws(DocumentError) -> Profile {
    var pinned: [ProfileFile] = []
    for reference in profiles {
      guard let file = files.first(where: { $0.reference == reference }) else {
        throw DocumentError(
          source: lineage,
          problem: "profile \(reference.name) \(reference.version) with the agreed text is missing")
      }
      pinned.append(file)
    }
    guard let base = pinned.first else {
      throw DocumentError(source: lineage, problem: "no profile is agreed")
    }
    return try Profile(base: base, overlays: Array(pinned.dropFirst()))
  }

  /// Checks that every grant speaks of fields that there are: a misspelt one would withhold, or
  /// let in, silently.
  /// - Throws: `DocumentError` that names grant and pattern.
  public func check(against profile: Profile, source: String) throws(DocumentError) {
    let fields = profile.recordTypes.values.flatMap { type in
      (type.fields + [.person]).map { (type.name, $0) }
    }
    for grant in grants {
      for pattern in grant.read + grant.write + grant.lower
      where !fields.contains(where: { pattern.covers($0.1, of: $0.0) }) {
        throw DocumentError(
          source: source,
          problem: "grant \(grant.id): \(pattern) covers no field of profile \(profile.name)")
      }
    }
  }

  /// Checks that what may be lowered merges by rank: of other fields nobody needs leave to lower
  /// them, and whoever reads the grant would think so.
  private func checkLower(against profile: Profile, source: String) throws(DocumentError) {
    let fields = profile.recordTypes.values.flatMap { type in type.fields.map { (type.name, $0) } }
    for grant in grants {
      for pattern in grant.lower
      where !fields.contains(where: { pattern.covers($0.1, of: $0.0) && $0.1.rule == .highest }) {
        throw DocumentError(
          source: source,
          problem: "grant \(grant.id): lower: \(pattern) covers no field that merges by highest")
      }
    }
  }

  private static func check(
    _ template: Agreement, follows previous: Agreement?, source: String
  ) throws(DocumentError) {
    guard let previous else {
      guard template.version == 1 else {
        throw DocumentError(
          source: source, problem: "version \(template.version) needs --previous FILE")
      }
      return
    }
    guard template.lineage == previous.lineage, template.version == previous.version + 1 else {
      throw DocumentError(
        source: source,
        problem: "expected version \(previous.version + 1) of \(previous.lineage)")
    }
    guard template.starts > previous.starts else {
      throw DocumentError(
        source: source, problem: "starts: expected a day after \(previous.starts)")
    }
  }

  private static func ordered(
    _ cards: [SignedDocument], for template: Agreement, source: String
  ) throws(DocumentError) -> [SignedDocument] {
    var byAgency: [AgencyID: SignedDocument] = [:]
    for document in cards {
      let card = try Card(document, source: source)
      guard template.principals.contains(card.agency) else {
        throw DocumentError(source: source, problem: "the card of \(card.agency) is no principal's")
      }
      guard byAgency.updateValue(document, forKey: card.agency) == nil else {
        throw DocumentError(
          source: source, problem: "there are two cards of \(card.agency): give one")
      }
    }
    let missing = template.principals.filter { byAgency[$0] == nil }
    guard missing.isEmpty else {
      let names = missing.map(\.description).joined(separator: ", ")
      throw DocumentError(source: source, problem: "the card of \(names) is missing (--card FILE)")
    }
    return template.principals.compactMap { byAgency[$0] }
  }
}
