public import FoundationEssentials
public import Records

/// The keys that speak for an agency: those on a card, those that its rotations pass them on to, and those from which
/// they were passed on to the card's. A rotation counts only where the key that it replaces signed it, and the
/// next one did: so it may be followed both ways.
public struct KeyChain: Hashable, Sendable {
  /// One signing key and CA, and until when they count for what is new; nothing for the last.
  public struct Link: Hashable, Sendable {
    public let keys: KeyRotation.Keys
    public internal(set) var until: Instant?
    /// The rotation that began it; 0 for the first that is known.
    public let serial: Int

    public var signingKey: VerifyingKey { keys.signingKey }
    /// DER.
    public var authority: Data { keys.authority }
  }

  /// Oldest first; never empty.
  public private(set) var links: [Link]

  /// - Parameter rotations: the agency's, in the order in which they came: of two that pass the same keys on under
  ///   one number the first counts, as of two first versions of an agreement.
  init(_ card: Card, _ rotations: [KeyRotation]) {
    let pinned = card.keys
    var before: [KeyRotation] = []
    while let last = rotations.first(where: {
      $0.terms.next == before.first?.terms.replaced ?? pinned
        && $0.terms.serial < before.first?.terms.serial ?? .max
    }) {
      before.insert(last, at: 0)
    }
    links = [Link(keys: before.first?.terms.replaced ?? pinned, until: nil, serial: 0)]
    for rotation in before { follow(rotation) }
    while let next = next(among: rotations) { follow(next) }
  }

  private mutating func follow(_ rotation: KeyRotation) {
    links[links.count - 1].until = rotation.terms.acceptUntil
    links.append(Link(keys: rotation.terms.next, until: nil, serial: rotation.terms.serial))
  }

  private func next(among rotations: [KeyRotation]) -> KeyRotation? {
    let following = rotations.filter {
      $0.terms.replaced == current.keys && $0.terms.serial > current.serial
    }
    // Of several with one number `min` gives the first.
    return following.min { $0.terms.serial < $1.terms.serial }
  }

  /// The last link; the card's own keys where they were never rotated.
  public var current: Link { links[links.count - 1] }

  /// Every signing key that ever counted.
  public var signingKeys: [VerifyingKey] { links.map(\.signingKey) }

  /// A signing key by its id, and until when changes stamped by it count: of several links with the same key the
  /// last says it. Nothing where it is no key of this agency's own.
  public func signing(_ id: KeyID) -> (key: VerifyingKey, until: Instant?)? {
    links.last { $0.signingKey.id == id }.map { ($0.signingKey, $0.until) }
  }

  /// The CAs that are trusted at a time, newest first.
  public func authorities(at time: Instant) -> [Data] {
    var found: [Data] = []
    for link in links.reversed() where link.until.map({ time < $0 }) ?? true {
      if !found.contains(link.authority) { found.append(link.authority) }
    }
    return found
  }

  /// Whether a card names keys of this chain that stand together in it.
  func leads(to card: Card) -> Bool {
    links.contains { $0.keys == card.keys }
  }

  /// Whether a rotation is one of its links.
  func contains(_ rotation: KeyRotation) -> Bool {
    zip(links, links.dropFirst()).contains { before, after in
      before.keys == rotation.terms.replaced && after.keys == rotation.terms.next
        && after.serial == rotation.terms.serial && before.until == rotation.terms.acceptUntil
    }
  }
}
