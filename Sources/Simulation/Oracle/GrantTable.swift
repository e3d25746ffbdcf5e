import Agreements
import FoundationEssentials
import Records

/// What the agreement's versions let whom read and write, worked out anew from their texts: the
/// simulator does not ask the code that it tests.
struct GrantTable: Sendable {
  /// One version, as its text says it.
  struct Version: Sendable {
    let agreement: Agreement
    let profile: Profile
  }

  private let kinds: [AgencyID: AgencyKind]
  /// The parties to each agreement: principals, and members from the beginning.
  private let parties: [String: Set<AgencyID>]

  init(_ cast: Cast) {
    kinds = Dictionary(
      cast.players.map { ($0.id, $0.kind) }, uniquingKeysWith: { first, _ in first })
    parties = Dictionary(
      cast.circles.map { circle in
        (circle.agreement.lineage, Set(circle.parties.map { cast.players[$0].id }))
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether an agency is a party to an agreement.
  func isParty(_ agency: AgencyID, to lineage: String) -> Bool {
    parties[lineage]?.contains(agency) ?? false
  }

  /// Whether an agency may read something only where a route leads to it.
  func readsByRoutesAlone(_ agency: AgencyID, in agreements: [Agreement]) -> Bool {
    guard let kind = kinds[agency] else { return true }
    return agreements.allSatisfy { agreement in
      agreement.grants.allSatisfy { grant in
        grant.isRouted || grant.read.isEmpty || !Self.isFor(grant, agency, kind)
      }
    }
  }

  /// The grants that let an agency read a field.
  func reading(_ agency: AgencyID, _ field: Field, of type: String, under version: Version)
    -> [Grant]
  {
    grants(for: agency, under: version).filter { grant in
      grant.read.contains { Self.covers($0, field, of: type) }
    }
  }

  /// Whether an agency may write a field: routing fields only where they are named themselves.
  func mayWrite(
    _ agency: AgencyID, _ field: Field, of type: String, under version: Version
  ) -> Bool {
    if field.name == "_person" { return true }
    return grants(for: agency, under: version).contains { grant in
      grant.write.contains { pattern in
        if field.isRouting { return pattern == .field(type: type, name: field.name) }
        return Self.covers(pattern, field, of: type)
      }
    }
  }

  private func grants(for agency: AgencyID, under version: Version) -> [Grant] {
    guard let kind = kinds[agency] else { return [] }
    return version.agreement.grants.filter { Self.isFor($0, agency, kind) }
  }

  private static func isFor(_ grant: Grant, _ agency: AgencyID, _ kind: AgencyKind) -> Bool {
    switch grant.recipient {
    case .kind(let granted): granted == kind
    case .agency(let granted): granted == agency
    }
  }

  private static func covers(_ pattern: FieldPattern, _ field: Field, of type: String) -> Bool {
    switch pattern {
    case .field(let named, let name): named == type && name == field.name
    case .type(let named): named == type && field.label != "internal"
    case .label(let label): label == field.label
    }
  }
}
