import Records

/// A deed whose signature holds, and the key on the admitting principal's card by which it does: a key to which that
/// one was passed on signs for it.
struct Accession: Hashable, Sendable {
  let membership: Membership
  let key: VerifyingKey

  /// Whether it admits its agency under an agreement version: that one must still let the admitting
  /// principal do so, or else one that was dropped could go on admitting with old dates.
  func counts(in agreement: Agreement) -> Bool {
    agreement.admits[membership.card.kind]?.contains(membership.admittedBy) == true
      && agreement.cards[membership.admittedBy]?.signingKey == key
      && agreement.cards[membership.card.agency] == nil
  }

  /// Deeds in their order: by day, then by digest.
  static func isBefore(_ left: Accession, _ right: Accession) -> Bool {
    let (one, other) = (left.membership, right.membership)
    return one.admittedOn == other.admittedOn
      ? one.document.id < other.document.id : one.admittedOn < other.admittedOn
  }
}

extension Partnership {
  /// Takes in a deed. Of several for one agency the earliest decides its keys, whatever the order in
  /// which they came; those with other keys have no effect.
  mutating func addMember(_ document: SignedDocument) throws(DocumentError) {
    let accession = try accession(document)
    let (lineage, agency) = (accession.membership.lineage, accession.membership.card.agency)
    var all = deeds[lineage]?[agency] ?? []
    guard !all.contains(where: { $0.membership.document.id == document.id }) else { return }
    all = (all + [accession]).sorted(by: Accession.isBefore)
    let first = all[0]
    let counting = all.filter { succeeds($0.membership.card, first.membership.card) }
    accessions[lineage, default: [:]][agency] = counting
    members[lineage, default: [:]][agency] = counting.last?.membership
    deeds[lineage, default: [:]][agency] = all
    noteReader(agency, first.membership.card.kind)
    for deed in all {
      let isOther = !counting.contains(deed)
      ineffective[deed.membership.document.id] =
        isOther
        ? "membership of \(agency): the agency is a member already, with other keys" : nil
    }
  }

  private func accession(_ document: SignedDocument) throws(DocumentError) -> Accession {
    let membership = try readings.membership(document)
    let (card, admitter) = (membership.card, membership.admittedBy)
    func fail(_ problem: String) -> DocumentError {
      DocumentError(source: "membership of \(card.agency)", problem: problem)
    }
    let versions = (lineages[membership.lineage] ?? []).map(\.agreement)
    guard !versions.isEmpty else {
      throw fail("the agreement \(membership.lineage) is not adopted here")
    }
    let admitting = versions.filter { $0.admits[card.kind]?.contains(admitter) == true }
    guard !admitting.isEmpty else {
      throw fail("\(admitter) may not admit a \(card.kind.rawValue) under \(membership.lineage)")
    }
    let cards = admitting.compactMap { $0.cards[admitter] }
    guard let key = cards.first(where: { isSigned(document, by: $0) })?.signingKey else {
      throw fail("it is not signed by \(admitter)")
    }
    guard admitting[0].cards[admitter]?.federation == card.federation else {
      throw fail("another federation")
    }
    let accession = Accession(membership: membership, key: key)
    guard versions.contains(where: accession.counts) else { throw fail("already a principal") }
    return accession
  }
}
