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
    /// The versions that it knows, oldest first.
    let versions: [KnownVersion]
    let now: Instant
    /// The grants under which it holds a write of another agency.
    let reasons: (WriteID) throws -> [(grant: String, agreement: Digest)]
  }

  /// A version as a node knows it.
  struct KnownVersion {
    let agreement: Agreement
    /// Whether all principals' signatures are there.
    let isComplete: Bool
  }

  /// Whether an agency may be sent a write.
  func permits(
    _ fact: Knowledge.Fact, to agency: AgencyID, from sender: Sender
  ) throws -> Bool {
    if fact.author == agency { return true }
    guard let field = sender.knowledge.definition(fact.write.field, of: fact.type) else {
      return false
    }
    guard mayRead(agency, field, of: fact.record, fact.type, sender) else { return false }
    if fact.author != sender.agency {
      let isOnward = try sender.reasons(fact.id).contains { reason in
        let version = sender.versions.first { $0.agreement.digest == reason.agreement }
        return version?.agreement.grants.contains { $0.id == reason.grant && $0.isOnward } ?? false
      }
      guard isOnward else { return false }
    }
    guard case .reference(let target) = fact.write.value else { return true }
    return maySeeSomething(of: target, agency, sender)
  }

  private func maySeeSomething(
    of target: RecordID, _ agency: AgencyID, _ sender: Sender
  ) -> Bool {
    guard let type = sender.knowledge.type(of: target) else { return false }
    return sender.knowledge.fieldNames(of: target).contains { name in
      guard let field = sender.knowledge.definition(name, of: type),
        !sender.knowledge.standing(name, of: target).isEmpty
      else { return false }
      return mayRead(agency, field, of: target, type, sender)
    }
  }

  private func mayRead(
    _ agency: AgencyID, _ field: Field, of record: RecordID, _ type: String, _ sender: Sender
  ) -> Bool {
    let complete = sender.versions.filter(\.isComplete).map(\.agreement)
    guard let current = complete.last(where: { $0.startsAt <= sender.now }) ?? complete.first,
      sender.now >= current.startsAt
    else { return false }
    // While a next version lacks signatures, both have to allow it.
    let pending = sender.versions.first { !$0.isComplete }?.agreement
    return ([current] + [pending].compactMap { $0 }).allSatisfy { agreement in
      guard sender.now < agreement.endsAt else { return false }
      let version = GrantTable.Version(agreement: agreement, profile: profile)
      let grants = table.reading(agency, field, of: type, under: version)
      guard !grants.isEmpty, !sender.knowledge.isSealed(record, from: agency) else { return false }
      return grants.contains { !$0.isRouted } || sender.knowledge.concerns(record, agency)
    }
  }
}
