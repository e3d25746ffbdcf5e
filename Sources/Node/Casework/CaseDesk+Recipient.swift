import Agreements
public import Casework
public import Records
import Replica

/// To whom a notification goes.
extension CaseDesk {
  /// Who is told about a child.
  /// - Parameter lists: the lists of schools, where they were read already.
  /// - Throws: `ReplicaError`, or `NodeError` where no council takes part here.
  public func recipient(of child: RecordID, by lists: CaseFiles.Lists? = nil) throws -> Recipient {
    let registered = try caseRecord(child, type: "child").agencies("school")
    return try routing(by: lists)
      .recipient(registered: registered, sealedFrom: try keptFrom(child))
  }

  /// Who is told, of the school that a person chose or of the child's own; and where some roles there
  /// must not be told, the school as long as it has named somebody else.
  /// - Throws: `NodeError` where the chosen school cannot be told, or as for a child's own.
  func recipient(of request: NotifyRequest, by lists: CaseFiles.Lists?) throws -> Recipient {
    let recipient =
      try request.school.map { try chosen($0, for: request.child, lists) }
      ?? recipient(of: request.child, by: lists)
    guard !request.notFor.isEmpty, case .agency(let school) = recipient.to,
      school.namedKind == .school
    else { return recipient }
    let readiness = try readiness(of: school)
    let others = Set(KeyAdultRole.allCases).subtracting(request.notFor)
    guard !others.contains(where: readiness.covers) else { return recipient }
    let officer = Self.officer(among: try replica.partnership().parties)
    return officer.map { Recipient(to: .agency($0), reason: .nobodyElse(school)) } ?? recipient
  }

  /// To whom a notification is addressed, and whose deadline counts.
  func decided(_ recipient: Recipient) throws -> (told: AgencyID, school: AgencyID) {
    switch recipient.to {
    case .agency(let agency): return (agency, agency)
    case .through(let force, let school):
      guard try replica.partnership().parties.contains(force) else {
        throw NodeError(
          "\(school): \(recipient.reason). \(force) takes no part in an agreement here: hand it over"
        )
      }
      return (force, school)
    case .choice(let agencies):
      let list = agencies.map(\.description).joined(separator: ", ")
      throw NodeError("\(recipient.reason): --school with one of \(list)")
    case .person: throw NodeError("\(recipient.reason)")
    }
  }

  /// Whom a person chose, held to the same rules as the child's own school.
  private func chosen(
    _ school: AgencyID, for child: RecordID, _ lists: CaseFiles.Lists?
  ) throws -> Recipient {
    _ = try caseRecord(child, type: "child")
    do {
      return try routing(by: lists).chosen(school, sealedFrom: try keptFrom(child))
    } catch {
      throw NodeError("school: \(error)")
    }
  }

  func routing(by lists: CaseFiles.Lists?) throws -> ChildRouting {
    let parties = try replica.partnership().parties
    guard let officer = Self.officer(among: parties) else {
      throw NodeError("no council takes part here, to be told of children without a school")
    }
    let lists = try lists ?? caseFiles.lists()
    let (schools, register, me) = (lists.schools, lists.forces, agency)
    return ChildRouting(schools: schools, officer: officer, parties: Set(parties)) { urn in
      let force = schools?.directory.school(urn).flatMap { register?.force(of: $0) }
      return force == me ? nil : force
    }
  }

  /// The local authority's, for whom no school is told of.
  private static func officer(among parties: [AgencyID]) -> AgencyID? {
    parties.first { $0.namedKind == .care }
  }

  /// The agencies that a restriction keeps from a record, or from the name that it goes by; those too
  /// that take no part here. What a restriction says counts whoever looks.
  func keptFrom(_ record: RecordID) throws -> Set<AgencyID> {
    let partnership = try replica.partnership()
    guard partnership.recordType("restriction") != nil else { return [] }
    let found = try replica.records(ofType: "restriction", referringTo: record)
      .map(CaseRecord.init)
      .filter { restriction in
        let fields = restriction.entries("fields").compactMap(\.value.words)
        return restriction.references("record").contains(record)
          && (fields.isEmpty || fields.contains("name"))
      }
    return Set(found.flatMap { $0.agencies("kept_from") })
  }
}
