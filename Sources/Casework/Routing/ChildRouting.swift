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

  /// Who is told where a person chose: held to the same rules, so that a slip of the pen tells nobody
  /// who must not be told (domain rules 9 and 19).
  /// - Throws: `ChoiceRefusal` that says why it cannot be told.
  public func chosen(
    _ agency: AgencyID, sealedFrom: Set<AgencyID> = []
  ) throws(ChoiceRefusal) -> Recipient {
    if agency.namedKind == .care, parties.contains(agency), !sealedFrom.contains(agency) {
      return told(agency, .chosen)
    }
    guard agency.namedKind == .school, let urn = try? URN(String(agency.local)) else {
      throw .noSchool(agency)
    }
    switch schools?.destination(of: urn) ?? .school(urn, via: []) {
    case .school(let open, let via):
      let found = toSchool(open, via.isEmpty ? .chosen : .successor(of: agency), sealedFrom)
      switch found.reason {
      case .sealedFromSchool(let school): throw .sealed(school)
      case .noLink(let school): throw .noLink(school)
      default: return found
      }
    case .choice(let open, _):
      let agencies = open.compactMap(Self.agency).filter { !sealedFrom.contains($0) }
      guard !agencies.isEmpty else { throw .sealed(agency) }
      return Recipient(to: .choice(agencies), reason: .severalSuccessors(of: agency))
    case .none(.unknown):
      // Whoever was admitted here is there, however old the list of schools is.
      guard parties.contains(agency) else { throw .unknown(agency) }
      if sealedFrom.contains(agency) { throw .sealed(agency) }
      return told(agency, .chosen)
    case .none: throw .closed(agency)
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

/// Why a school that a person chose is not told.
public enum ChoiceRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  case noSchool(AgencyID)
  case unknown(AgencyID)
  case closed(AgencyID)
  case sealed(AgencyID)
  case noLink(AgencyID)

  public var description: String {
    switch self {
    case .noSchool(let agency):
      "\(agency) is neither a school nor a council that takes part here; expected a school's id"
    case .unknown(let agency): "\(agency) is in no list of schools: check the URN"
    case .closed(let agency): "\(agency) has closed, and no school that is open follows it"
    case .sealed(let agency): "the child's record is sealed from \(agency)"
    case .noLink(let agency):
      "no force here has a link with \(agency); without --school the local authority's officer is told"
    }
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
