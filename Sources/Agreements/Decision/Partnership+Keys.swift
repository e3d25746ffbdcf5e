import FoundationEssentials
public import Records

/// Which keys speak for an agency: those that its card pins, and those to which it has passed on since.
extension Partnership {
  /// The keys that go with a card.
  public func keys(from card: Card) -> KeyChain {
    KeyChain(card, rotations[card.agency] ?? [])
  }

  /// The keys that go with the newest card pinned for an agency.
  public func keys(of agency: AgencyID) -> KeyChain? { card(of: agency).map(keys(from:)) }

  /// Every key that ever signed for an agency's own node, by any card that is pinned for it here.
  public func signingKeys(of agency: AgencyID) -> Set<VerifyingKey> {
    Set(chains(of: agency).flatMap(\.signingKeys))
  }

  /// The keys that go with each card that some version pins for an agency.
  private func chains(of agency: AgencyID) -> [KeyChain] {
    lineages.values.joined().compactMap { card(of: agency, in: $0.agreement) }.map(keys(from:))
  }

  /// A key with which an agency or one of its devices signs changes, by the key's id; nothing where it is none that is
  /// known here.
  public func key(_ id: KeyID, of card: Card) -> VerifyingKey? {
    keys(from: card).signing(id)?.key ?? devices[card.agency]?.key(id)
  }

  /// Whether an agency signed a document, with a key of its card or one that it passed on to.
  func isSigned(_ document: SignedDocument, by card: Card) -> Bool {
    keys(from: card).signingKeys.contains {
      readings.isSigned(document, by: card.agency, key: $0)
    }
  }

  /// The document with the signatures alone that hold by what is known here; nothing where none does.
  public func keepingSignatures(of document: SignedDocument) -> SignedDocument? {
    document.keepingSignatures { keys(of: $0)?.signingKeys ?? [] }
  }

  /// Whether a card may take the place of another: the same keys, or ones to which they were passed on.
  public func succeeds(_ card: Card, _ known: Card) -> Bool {
    known.namesSameAgency(as: card) && keys(from: known).leads(to: card)
  }

  /// The rotations of some agencies that count: whoever is sent anything that one of them signed needs them to
  /// judge it.
  func rotationDocuments(of agencies: some Sequence<AgencyID>) -> [SignedDocument] {
    guard !rotations.isEmpty else { return [] }
    return Set(agencies).sorted().flatMap { rotations[$0] ?? [] }.map(\.document).filter {
      ineffective[$0.id] == nil
    }
  }

  /// How many rotations are known of an agency.
  public func rotationCount(of agency: AgencyID) -> Int { rotations[agency]?.count ?? 0 }

  /// The rotations that count of an agency, oldest first.
  public func rotations(of agency: AgencyID) -> [KeyRotation] {
    guard let chain = keys(of: agency) else { return [] }
    return (rotations[agency] ?? []).filter(chain.contains).sorted {
      $0.terms.serial < $1.terms.serial
    }
  }

  /// Takes a rotation in before anything else is read: what the keys signed depends on it.
  mutating func note(rotation document: SignedDocument) {
    do throws(DocumentError) {
      let rotation = try KeyRotation(document, source: "rotation")
      rotations[rotation.terms.agency, default: []].append(rotation)
    } catch {
      ineffective[document.id] = error.description
    }
  }

  /// Says of which rotations nothing follows, once all cards are known.
  mutating func settleRotations() {
    for (agency, rotations) in rotations {
      let chains = chains(of: agency)
      for rotation in rotations {
        let counts = chains.contains { $0.contains(rotation) }
        ineffective[rotation.document.id] =
          counts
          ? nil
          : "rotation of \(agency): the key that it replaces did not count, or another rotation came first"
      }
    }
  }
}
