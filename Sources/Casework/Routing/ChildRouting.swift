public import Records

/// Who is told about one child, and why: the school that is open, or whoever answers for a child
/// without one. Nobody is ever dropped.
public struct Recipient: Hashable, Sendable {
  public let to: Destination
  public let reason: Reason

  /// States who is told, and why.
  public init(to destination: Destination, reason: Reason) {
    to = destination
    self.reason = reason
  }

  /// Where a notification goes.
  public enum Destination: Hashable, Sendable {
    /// To an agency.
    case agency(AgencyID)
    /// To a school that this partnership has no link with, through the force that has.
    case through(AgencyID, school: AgencyID)
    /// A person chooses between these first.
    case choice([AgencyID])
    /// A person has to find out first.
    case person
  }

  /// Why it goes there; each is said in words where it is shown.
  public enum Reason: Hashable, Sendable {
    case registered
    case chosen
    case successor(of: AgencyID)
    case severalSuccessors(of: AgencyID)
    case noSchool
    case closed(AgencyID)
    case successorUnknown(of: AgencyID)
    case unknownSchool(AgencyID)
    case schoolInConflict
    case sealedFromSchool(AgencyID)
    case nobodyElse(AgencyID)
    case outOfForce(AgencyID)
    case noLink(AgencyID)
  }
}

/// Routes children to recipients.
public struct ChildRouting: Sendable {
  private let schools: SchoolRouting?
  /// The local authority's officer for children without a school.
  private let officer: AgencyID
  /// The agencies that take part here.
  private let parties: Set<AgencyID>
  /// For schools elsewhere: the force that has a link with them.
  private let forces: @Sendable (URN) -> AgencyID?

  /// States by what to route. Without a list of schools nobody knows which have closed: the registered
  /// one is told.
  public init(
    schools: SchoolRouting?, officer: AgencyID, parties: Set<AgencyID>,
    forces: @escaping @Sendable (URN) -> AgencyID? = { _ in nil }
  ) {
    self.schools = schools
    self.officer = officer
    self.parties = parties
    self.forces = forces
  }

  /// Who is told about a child.
  /// - Parameters:
  ///   - registered: what stands as the child's school, all values where they are in conflict.
  ///   - sealedFrom: the agencies from which the child's record is sealed, as where the person who
  ///     is a danger to the child works there.
  public func recipient(
    registered: [AgencyID], sealedFrom: Set<AgencyID> = []
  ) -> Recipient {
    guard let agency = registered.first else { return told(officer, .noSchool) }
    guard registered.count == 1 else {
      return Recipient(to: .choice(registered.sorted()), reason: .schoolInConflict)
    }
    guard agency.namedKind == .school, let urn = try? URN(String(agency.local)) else {
      return told(agency, .noSchool)
    }
    switch schools?.destination(of: urn) ?? .school(urn, via: []) {
    case .school(let open, let via):
      return toSchool(open, via.isEmpty ? .registered : .successor(of: agency), sealedFrom)
    case .choice(let open, _):
      let agencies = open.compactMap(Self.agency).filter { !sealedFrom.contains($0) }
      if agencies.isEmpty { return told(officer, .sealedFromSchool(agency)) }
      return Recipient(to: .choice(agencies), reason: .severalSuccessors(of: agency))
    case .none(.unknown): return Recipient(to: .person, reason: .unknownSchool(agency))
    case .none(.successorUnknown): return told(officer, .successorUnknown(of: agency))
    case .none: return told(officer, .closed(agency))
    }
  }

  private func toSchool(
    _ urn: URN, _ reason: Recipient.Reason, _ sealedFrom: Set<AgencyID>
  ) -> Recipient {
    guard let school = Self.agency(urn) else { return told(officer, .noSchool) }
    if sealedFrom.contains(school) { return told(officer, .sealedFromSchool(school)) }
    if parties.contains(school) { return told(school, reason) }
    if let force = forces(urn) {
      return Recipient(to: .through(force, school: school), reason: .outOfForce(school))
    }
    return told(officer, .noLink(school))
  }

  private func told(_ agency: AgencyID, _ reason: Recipient.Reason) -> Recipient {
    Recipient(to: .agency(agency), reason: reason)
  }

  private static func agency(_ urn: URN) -> AgencyID? {
    AgencyID("\(AgencyKind.school.rawValue).\(urn)")
  }
}

extension Recipient.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .registered: "the child is registered there"
    case .chosen: "a person chose it"
    case .successor(let closed): "\(closed) has closed; this is the school that follows it"
    case .severalSuccessors(let closed):
      "\(closed) has closed and several schools follow it: choose one"
    case .noSchool: "no school is known; the local authority's officer is told"
    case .closed(let school):
      "\(school) has closed and none follows it; the local authority's officer is told"
    case .successorUnknown(let school):
      "\(school) has closed and what follows it is newer than the list of schools; the local "
        + "authority's officer is told meanwhile"
    case .unknownSchool(let school): "\(school) is in no list of schools: check the URN"
    case .schoolInConflict: "two agencies say different schools: resolve that first"
    case .sealedFromSchool(let school):
      "the record is sealed from \(school); the local authority's officer is told"
    case .nobodyElse(let school):
      "\(school) has named nobody else who may open it; the local authority's officer is told"
    case .outOfForce(let school): "\(school) is linked with another force, which passes it on"
    case .noLink(let school):
      "no force here has a link with \(school); the local authority's officer is told"
    }
  }
}
