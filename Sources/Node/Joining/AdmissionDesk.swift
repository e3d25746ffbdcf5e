import Agreements
import Casework
import Foundation
import Records

/// Judges one candidate after another, by what is agreed here at one moment.
struct AdmissionDesk {
  let agency: AgencyID
  let federation: String
  let key: SigningKey
  let partnership: Partnership
  let now: Instant
  /// The list with which schools are compared, where there is one.
  let schools: SchoolDirectory?
  /// Whether a school may be admitted that the list does not have as open.
  let takesUnlisted: Bool

  /// The agreement in force that lets this agency admit a kind.
  func agreement(admitting kind: AgencyKind) throws(NodeError) -> Agreement {
    let term = partnership.terms(at: now).first {
      $0.agreement.admits[kind]?.contains(agency) == true && now < $0.agreement.endsAt
    }
    guard let agreement = term?.agreement else {
      throw NodeError(
        "no agreement in force here lets \(agency) admit an agency of kind \(kind.rawValue)")
    }
    return agreement
  }

  /// A new deed. Only one of a later day than its exit brings an agency in again.
  func deed(
    of card: Card, _ document: SignedDocument, under agreement: Agreement
  ) throws -> SignedDocument {
    let exits = partnership.standing(of: card.agency, in: agreement.lineage).exits
    let day = exits.map { $0.cutoff.effective.utcDate.advanced(byDays: 1) }.max()
    return try Membership.document(
      of: agreement.lineage, admitting: document, by: agency,
      on: max(now.utcDate, day ?? now.utcDate), key: key)
  }

  /// What becomes of a candidate.
  /// - Parameter earlier: where an agency stood before in the same list.
  func row(
    for candidate: AdmissionCandidate, _ earlier: [AgencyID: String]
  ) -> AdmissionPlan.Row {
    var agency = candidate.agency
    var listed: School?
    do {
      let (document, card) = try candidate.card()
      agency = card.agency
      listed = school(card.agency)
      try check(card, candidate, earlier)
      let agreement = try agreement(admitting: card.kind)
      let known = try member(card, under: agreement)
      if known == nil { try checkListed(card, listed) }
      return AdmissionPlan.Row(
        place: candidate.place, agency: agency, name: listed?.name ?? card.name,
        outcome: known == nil ? .admitted : .member, note: note(on: card, listed, agreement),
        deed: try known ?? deed(of: card, document, under: agreement), lineage: agreement.lineage)
    } catch {
      return AdmissionPlan.Row(
        place: candidate.place, agency: agency, name: listed?.name, outcome: .refused("\(error)"),
        note: nil, deed: nil, lineage: nil)
    }
  }

  private func check(
    _ card: Card, _ candidate: AdmissionCandidate, _ earlier: [AgencyID: String]
  ) throws(NodeError) {
    if let expected = candidate.agency, expected != card.agency {
      throw NodeError("the list says \(expected), and the card is that of \(card.agency)")
    }
    if let place = earlier[card.agency] {
      throw NodeError("\(card.agency) stands at \(place) already")
    }
    guard card.federation == federation else {
      throw NodeError(
        "\(card.agency) is of the federation \(card.federation), and this node of \(federation)")
    }
  }

  /// The deed of a member that takes part, or is suspended; nothing where it is to be admitted.
  private func member(
    _ card: Card, under agreement: Agreement
  ) throws(NodeError) -> SignedDocument? {
    guard !agreement.principals.contains(card.agency) else {
      throw NodeError("\(card.agency) is a principal of \(agreement.lineage)")
    }
    guard let member = partnership.members[agreement.lineage]?[card.agency] else { return nil }
    // A deed with other keys would have no effect anywhere.
    guard partnership.succeeds(card, member.card) else {
      throw NodeError(
        "\(card.agency) is a member already, with other keys: it passes them on with "
          + "`concord keys rotate`, or its card is somebody else's")
    }
    let lapse = partnership.standing(of: card.agency, in: agreement.lineage).lapse(at: now)
    return lapse?.kind == .left ? nil : member.document
  }

  private func school(_ agency: AgencyID) -> School? {
    let prefix = "\(AgencyKind.school.rawValue)."
    guard agency.description.hasPrefix(prefix),
      let urn = try? URN(String(agency.description.dropFirst(prefix.count)))
    else { return nil }
    return schools?.school(urn)
  }

  private func checkListed(_ card: Card, _ listed: School?) throws(NodeError) {
    guard card.kind == .school, schools != nil, !takesUnlisted else { return }
    guard let listed else {
      throw NodeError("the list of schools has no \(card.agency): is the URN right?")
    }
    guard listed.isOpen else {
      throw NodeError("the list of schools has \(card.agency) as \(listed.status)")
    }
  }

  private func note(on card: Card, _ listed: School?, _ agreement: Agreement) -> String? {
    let lapse = partnership.standing(of: card.agency, in: agreement.lineage).lapse(at: now)
    if lapse?.kind == .suspended { return "it is suspended: concord reinstate" }
    guard let listed, SearchWords.phrase(listed.name) != SearchWords.phrase(card.name) else {
      return nil
    }
    return "its card says \(PrintableText.shown(card.name))"
  }
}
