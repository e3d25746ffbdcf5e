public import Records

extension Partnership {
  /// Whether an agency may read something only where a record's route names it, by every version of every
  /// agreement: what concerns it can then be looked up.
  public func readsByRoutesAlone(_ agency: AgencyID) -> Bool { !unroutedReaders.contains(agency) }

  /// Notes whom a version lets read without a route. Members are read after all agreements.
  mutating func noteUnroutedReaders(of agreement: Agreement) {
    for grant in agreement.grants where !grant.isRouted && !grant.read.isEmpty {
      unroutedRecipients.insert(grant.recipient)
    }
    for (agency, card) in agreement.cards { noteReader(agency, card.kind) }
  }

  mutating func noteReader(_ agency: AgencyID, _ kind: AgencyKind) {
    let recipients = unroutedRecipients
    if recipients.contains(.kind(kind)) || recipients.contains(.agency(agency)) {
      unroutedReaders.insert(agency)
    }
  }

  /// Whether an agency is a principal of some version of an agreement.
  public func isPrincipal(_ agency: AgencyID, in lineage: String) -> Bool {
    (lineages[lineage] ?? []).contains { $0.agreement.principals.contains(agency) }
      || pending[lineage]?.agreement.principals.contains(agency) == true
  }

  /// The deeds that a member needs to judge what another member wrote: those of the author, under the
  /// agreements to which both are parties, and its rotations. A principal has them all.
  public func deeds(of author: AgencyID, neededBy agency: AgencyID) -> [SignedDocument] {
    lineages.keys.sorted().flatMap { lineage -> [SignedDocument] in
      guard accessions[lineage]?[agency] != nil, !isPrincipal(agency, in: lineage) else {
        return []
      }
      return deeds(of: author, in: lineage) + rotationDocuments(of: [author])
    }
  }

  func deeds(of agency: AgencyID, in lineage: String) -> [SignedDocument] {
    (accessions[lineage]?[agency] ?? []).map(\.membership.document)
  }
}
