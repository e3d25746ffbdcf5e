import Agreements
public import Casework
import Foundation
import Records
import Replica

extension LocalNode {
  /// Admits a member under the agreement that lets this agency do so.
  /// - Returns: the file that the member joins with: deed, agreement and profiles.
  /// - Throws: `NodeError` where this agency may not admit such a member.
  public func admit(cardText text: String, source: String) throws -> String {
    let (document, card) = try CardFiles.read(text, source: source)
    let desk = try admissionDesk(comparingWith: nil, takesUnlisted: true)
    let agreement = try desk.agreement(admitting: card.kind)
    let deed = try desk.deed(of: card, document, under: agreement)
    try replica.adopt([deed], now: desk.now)
    return DocumentFile([deed] + (try enclosures(for: agreement, desk.partnership))).text
  }

  /// Checks all that are to be admitted; writes nothing.
  /// - Parameters:
  ///   - schools: the list with which schools are compared; nothing where there is none.
  ///   - takesUnlisted: whether a school may be admitted that the list does not have as open.
  /// - Throws: `NodeError` where this node may admit nobody.
  public func planAdmissions(
    of candidates: [AdmissionCandidate], comparingWith schools: SchoolDirectory?,
    takesUnlisted: Bool
  ) throws -> AdmissionPlan {
    let desk = try admissionDesk(comparingWith: schools, takesUnlisted: takesUnlisted)
    var places: [AgencyID: String] = [:]
    var rows: [AdmissionPlan.Row] = []
    for candidate in candidates {
      let row = desk.row(for: candidate, places)
      if let agency = row.agency, row.deed != nil { places[agency] = row.place }
      rows.append(row)
    }
    var enclosed: [String: String] = [:]
    for lineage in Set(rows.compactMap(\.lineage)) {
      guard let agreement = desk.partnership.term(of: lineage, at: desk.now)?.agreement else {
        continue
      }
      enclosed[lineage] = DocumentFile(try enclosures(for: agreement, desk.partnership)).text
    }
    return AdmissionPlan(rows: rows, isCompared: schools != nil, enclosures: enclosed)
  }

  /// Admits all whom a plan admits, in one transaction: all of them or none.
  /// - Throws: `ReplicaError` where something was agreed meanwhile by which one of them may not be admitted.
  public func carryOut(_ plan: AdmissionPlan) throws {
    let deeds = plan.deeds
    if !deeds.isEmpty { try replica.adopt(deeds, now: clock.now()) }
  }

  private func admissionDesk(
    comparingWith schools: SchoolDirectory?, takesUnlisted: Bool
  ) throws -> AdmissionDesk {
    _ = try authority()
    try checkKeys()
    return AdmissionDesk(
      agency: agency, federation: configuration.federation, key: keys.signing,
      partnership: try replica.partnership(), now: clock.now(), schools: schools,
      takesUnlisted: takesUnlisted)
  }

  /// What a member needs beside its deed: the agreement, the profiles that it pins, and what the principals' keys
  /// were passed on by.
  private func enclosures(
    for agreement: Agreement, _ partnership: Partnership
  ) throws -> [SignedDocument] {
    let profiles = try replica.documents().filter { document in
      document.kind == .profile && agreement.profiles.contains { $0.digest == document.id }
    }
    let rotations = agreement.principals.flatMap { partnership.rotations(of: $0).map(\.document) }
    return [agreement.document] + profiles + rotations
  }
}
