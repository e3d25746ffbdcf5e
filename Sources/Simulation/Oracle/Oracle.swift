import Agreements
import FoundationEssentials
import Records
import Replica

/// Says which agency may be sent which write, by SPEC.md section 6.2 and nothing else.
struct Oracle {
  let table: GrantTable
  let profile: Profile

  init(_ cast: Cast, profile: Profile) {
    table = GrantTable(cast)
    self.profile = profile
  }

  /// One node's view when it sends.
  struct Sender {
    let agency: AgencyID
    let knowledge: Knowledge
    /// The versions that it knows, oldest first, of one agreement after another.
    let lineages: [[KnownVersion]]
    let now: Instant
    /// The grants under which it holds a write of another agency.
    let reasons: (WriteID) throws -> [HeldReason]
  }

  /// A version as a node knows it.
  struct KnownVersion {
    let agreement: Agreement
    /// Whether all principals' signatures are there.
    let isComplete: Bool
  }

  /// Whether an agency may be sent a write, and why not.
  enum Verdict: Hashable {
    case allowed
    /// No grant covers it any more: what was sent before is taken back.
    case noGrant
    /// The record is sealed from the agency: what was sent before is taken back.
    case sealed
    /// Nothing new may go; what was sent before may stay.
    case withheld

    var isTakenBack: Bool { self == .noGrant || self == .sealed }
  }

  /// Whether an agency may be sent a write.
  func permits(
    _ fact: Knowledge.Fact, to agency: AgencyID, from sender: Sender
  ) throws -> Bool {
    try verdict(fact, to: agency, from: sender) == .allowed
  }

  /// Whether an agency may be sent a write, and why not.
  func verdict(
    _ fact: Knowledge.Fact, to agency: AgencyID, from sender: Sender
  ) throws -> Verdict {
    if fact.author == agency { return .allowed }
    guard let field = sender.knowledge.definition(fact.write.field, of: fact.type) else {
      return .withheld
    }
    let verdict = mayRead(agency, field, of: fact.record, fact.type, sender)
    guard verdict == .allowed else { return verdict }
    if fact.author != sender.agency {
      let isOnward = try sender.reasons(fact.id).contains { reason in
        if reason.sender.agency == agency { return true }
        let version = sender.lineages.joined().first { $0.agreement.digest == reason.agreement }
        return version?.agreement.grants.contains { $0.id == reason.grant && $0.isOnward } ?? false
      }
      guard isOnward else { return .withheld }
    }
    guard case .reference(let target) = fact.write.value else { return .allowed }
    if maySeeSomething(of: target, agency, sender) { return .allowed }
    return sender.knowledge.isSealed(of: target, from: agency) ? .sealed : .withheld
  }

  private func maySeeSomething(
    of target: RecordID, _ agency: AgencyID, _ sender: Sender
  ) -> Bool {
    guard let type = sender.knowledge.type(of: target) else { return false }
    return sender.knowledge.fieldNames(of: target).contains { name in
      guard let field = sender.knowledge.definition(name, of: type),
        sender.knowledge.standing(name, of: target).contains(where: { !$0.write.isWithheld })
      else { return false }
      return mayRead(agency, field, of: target, type, sender) == .allowed
    }
  }

  private func mayRead(
    _ agency: AgencyID, _ field: Field, of record: RecordID, _ type: String, _ sender: Sender
  ) -> Verdict {
    // Any agreement will do to which both are parties.
    var refusal: Verdict?
    for versions in sender.lineages {
      guard let lineage = versions.first?.agreement.lineage, table.isParty(agency, to: lineage),
        table.isParty(sender.agency, to: lineage)
      else { continue }
      let verdict = mayRead(agency, field, of: record, type, sender, under: versions)
      if verdict == .allowed { return .allowed }
      refusal = refusal ?? verdict
    }
    return refusal ?? .noGrant
  }

  private func mayRead(
    _ agency: AgencyID, _ field: Field, of record: RecordID, _ type: String, _ sender: Sender,
    under versions: [KnownVersion]
  ) -> Verdict {
    let complete = versions.filter(\.isComplete).map(\.agreement)
    guard let current = complete.last(where: { $0.startsAt <= sender.now }) ?? complete.first,
      sender.now >= current.startsAt
    else { return .withheld }
    let verdict = mayRead(agency, field, of: record, type, sender, under: current)
    guard verdict == .allowed, let pending = versions.first(where: { !$0.isComplete })
    else { return verdict }
    // While a next version lacks signatures, both have to allow it.
    let later = mayRead(agency, field, of: record, type, sender, under: pending.agreement)
    return later == .allowed ? .allowed : .withheld
  }

  private func mayRead(
    _ agency: AgencyID, _ field: Field, of record: RecordID, _ type: String, _ sender: Sender,
    under agreement: Agreement
  ) -> Verdict {
    guard sender.now < agreement.endsAt else { return .withheld }
    let version = GrantTable.Version(agreement: agreement, profile: profile)
    let grants = table.reading(agency, field, of: type, under: version)
    guard !grants.isEmpty else { return .noGrant }
    let knowledge = sender.knowledge
    if knowledge.isSealed(field.name, of: record, from: agency) { return .sealed }
    let isConcerned = knowledge.concerns(record, agency, throughSealed: false)
    // What concerns an agency only through a record that is sealed from it is sealed with it.
    if !isConcerned, knowledge.concerns(record, agency, throughSealed: true) { return .sealed }
    return isConcerned || grants.contains { !$0.isRouted } ? .allowed : .withheld
  }
}
