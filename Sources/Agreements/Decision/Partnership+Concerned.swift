public import Records

extension Partnership {
  /// Whether an agency may read something only where a record's route names it, by every version of every
  /// agreement: what concerns it can then be looked up.
  public func readsByRoutesAlone(_ agency: AgencyID) -> Bool {
    (Array(lineages.values.joined()) + Array(pending.values)).allSatisfy { term in
      guard let kind = card(of: agency, in: term.agreement)?.kind else { return true }
      return term.agreement.grants.allSatisfy {
        $0.isRouted || $0.read.isEmpty || !$0.covers(agency, kind: kind)
      }
    }
  }

  /// Whether an agency is a principal of some version of an agreement.
  public func isPrincipal(_ agency: AgencyID, in lineage: String) -> Bool {
    (lineages[lineage] ?? []).contains { $0.agreement.principals.contains(agency) }
      || pending[lineage]?.agreement.principals.contains(agency) == true
  }

  /// The deeds that a member needs to judge what another member wrote: those of the author, under the
  /// agreements to which both are parties. A principal has them all.
  public func deeds(of author: AgencyID, neededBy agency: AgencyID) -> [SignedDocument] {
    lineages.keys.sorted().flatMap { lineage -> [SignedDocument] in
      guard accessions[lineage]?[agency] != nil, !isPrincipal(agency, in: lineage) else {
        return []
      }
      return deeds(of: author, in: lineage)
    }
  }

  func deeds(of agency: AgencyID, in lineage: String) -> [SignedDocument] {
    (accessions[lineage]?[agency] ?? []).map(\.membership.document)
  }
}
