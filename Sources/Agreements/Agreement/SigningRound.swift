import FoundationEssentials
public import Records

/// Where the signing of an agreement's version stands: who has signed, who has not, whose signature does not hold.
public struct SigningRound: Hashable, Sendable {
  /// What a signature comes to.
  public enum State: String, Hashable, Sendable {
    /// There, and it holds for this text by the key of the card in it.
    case signed
    case missing
    /// There, and it does not hold: the text was altered, or another key signed.
    case invalid
  }

  /// A principal, with the card that the text pins for it.
  public struct Party: Hashable, Sendable {
    public let card: Card
    public let state: State

    public var agency: AgencyID { card.agency }
  }

  /// What somebody has to do next, so that the version comes into force.
  public enum Step: Hashable, Sendable {
    /// A signature does not hold: the file is to be had again.
    case renew([AgencyID])
    /// The reader is no principal.
    case none
    /// The card in the text is not the reader's: it is to be drafted anew.
    case draftAnew
    /// The reader compares the others' words, and signs.
    case sign
    /// The others sign.
    case collect([AgencyID])
    /// All have signed: each puts it into force at its node.
    case adopt
    /// It is in force at the reader's node, or comes into force there on a day.
    case done(LocalDate)
  }

  public let agreement: Agreement
  /// In the text's order.
  public let parties: [Party]
  /// Who signed and is no principal; such signatures count for nothing.
  public let strangers: [AgencyID]

  /// Looks at the signatures under a version.
  public init(_ agreement: Agreement) {
    self.agreement = agreement
    let document = agreement.document
    let there = Set(document.signatures.map(\.agency))
    parties = agreement.principals.compactMap { agency in
      guard let card = agreement.cards[agency] else { return nil }
      guard there.contains(agency) else { return Party(card: card, state: .missing) }
      let holds = document.isSigned(by: agency, key: card.signingKey)
      return Party(card: card, state: holds ? .signed : .invalid)
    }
    strangers = there.subtracting(agreement.principals).sorted()
  }

  /// The parties whose signature is of a state.
  public func agencies(_ state: State) -> [AgencyID] {
    parties.filter { $0.state == state }.map(\.agency)
  }

  /// What comes next.
  /// - Parameters:
  ///   - reader: whose node asks, and its card; nothing where nobody says.
  ///   - isAdopted: whether the reader's node holds it complete.
  public func step(for reader: Card?, isAdopted: Bool) -> Step {
    let invalid = agencies(.invalid) + strangers
    if !invalid.isEmpty { return .renew(invalid) }
    if let reader {
      guard let party = parties.first(where: { $0.agency == reader.agency }) else { return .none }
      guard isAdopted || party.card.pins(reader) else { return .draftAnew }
      if party.state == .missing { return .sign }
    }
    let missing = agencies(.missing)
    if !missing.isEmpty { return .collect(missing) }
    return isAdopted ? .done(agreement.starts) : .adopt
  }
}
