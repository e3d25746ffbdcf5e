public import Records

extension Partnership {
  /// The agencies that may read something of a record type whomever the record concerns, by any version of any
  /// agreement here. It may name too many, never too few: what one of them may have is decided when it is sent.
  public func unroutedReaders(of type: String) -> Set<AgencyID> {
    var readers: Set<AgencyID> = []
    for agreement in (Array(lineages.values.joined()) + Array(pending.values)).map(\.agreement) {
      let grants = agreement.grants.filter { grant in
        !grant.isRouted && grant.read.contains { $0.mayCover(type) }
      }
      guard !grants.isEmpty else { continue }
      let members = members[agreement.lineage] ?? [:]
      for party in agreement.principals + Array(members.keys) {
        guard let kind = card(of: party, in: agreement)?.kind else { continue }
        if grants.contains(where: { $0.covers(party, kind: kind) }) { readers.insert(party) }
      }
    }
    return readers
  }
}

extension FieldPattern {
  /// Whether some field of a type may be covered; a label may be on any.
  fileprivate func mayCover(_ type: String) -> Bool {
    switch self {
    case .field(let named, _), .type(let named): named == type
    case .label: true
    }
  }
}
