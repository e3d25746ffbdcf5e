public import Agreements
import Foundation
public import Records
import Replica
import Transport

extension LocalNode {
  /// For how many days, unless something else is said, what a rotation replaces goes on to count.
  public static let rotationDays = 30

  /// Goes on with another signing key, another CA or both. Who has this agency's card learns it with the next
  /// sync, and takes both until the time is over: nothing that was written is lost meanwhile.
  /// - Parameter days: for how long what is replaced still counts.
  /// - Returns: the rotation, which goes out with the next sync.
  /// - Throws: `NodeError` at a device, where no agreement pins this node's card, or while somebody has yet to
  ///   learn of the rotation before.
  public func rotate(signingKey: Bool, authority: Bool, days: Int) throws -> KeyRotation {
    _ = try self.authority()
    guard let lock = try RunLock(at: folder.rotating) else {
      throw NodeError("another rotation is under way on \(folder.path)")
    }
    let document = Result { try rotateLocked(signingKey: signingKey, authority: authority, days) }
    _ = consume lock
    return try KeyRotation(try document.get(), source: "rotation")
  }

  private func rotateLocked(
    signingKey: Bool, authority: Bool, _ days: Int
  ) throws -> SignedDocument {
    try checkKeys()
    let partnership = try replica.partnership()
    let now = clock.now()
    guard let chain = partnership.keys(of: agency) else {
      throw NodeError(
        "no agreement here pins the card of \(agency), so nobody has to be told: make a new folder "
          + "(concord init) instead")
    }
    guard let old = keys.pair(chain.current.keys) else {
      throw NodeError(
        "the keys of the rotation before are not in \(folder.keys): restore it from a backup made "
          + "since")
    }
    try checkLastIsKnown(now)
    let new = NodeKeys.Pair(
      signing: signingKey ? SigningKey() : old.signing,
      authority: authority
        ? try CertificateAuthority(
          for: agency, federation: configuration.federation, generation: chain.links.count + 1,
          now: Date())
        : old.authority)
    // First of all the keys are kept: a rotation that went out with keys that are nowhere would end the agency.
    var secret = keys.secret
    secret.rotated = (secret.rotated ?? []) + [new.secret]
    try secret.write(to: folder, keys.seal)
    let terms = KeyRotation.Terms(
      agency: agency, serial: chain.current.serial + 1, replaced: old.keys, next: new.keys,
      from: now, acceptUntil: now.advanced(byMilliseconds: Int64(days) * 86_400_000))
    let document = try KeyRotation.document(terms, from: old.signing, to: new.signing)
    try replica.adopt([document], now: now)
    return document
  }

  /// Who has not heard of a rotation knows the keys before it alone: of two in a row it could follow none.
  private func checkLastIsKnown(_ now: Instant) throws {
    guard let (last, unaware) = try lastRotation(), now < last.terms.acceptUntil,
      !unaware.isEmpty
    else { return }
    throw NodeError(
      "the rotation of \(last.terms.from.utcDate) is not known yet at "
        + "\(unaware.map(\.description).joined(separator: ", ")): sync first, or wait until "
        + "\(last.terms.acceptUntil.utcDate)")
  }

  /// The last rotation of this agency's keys, and who has not said yet that it has it; nothing where there was none.
  /// - Throws: `ReplicaError`.
  public func lastRotation() throws -> (rotation: KeyRotation, unaware: [NodeName])? {
    guard let last = try replica.partnership().rotations(of: agency).last else { return nil }
    return (last, configuration.device == nil ? try nodesUnaware(of: last) : [])
  }

  /// The nodes with which this one has links and that have not said that they have a rotation.
  private func nodesUnaware(of rotation: KeyRotation) throws -> [NodeName] {
    let now = clock.now()
    let peers = try replica.partnership().peers(of: agency, at: now).map { NodeName(agency: $0) }
    let devices = try replica.devices(now: now).filter(\.counts).map(\.node)
    return try (peers + devices).filter { try !replica.hasTaken(rotation.document.id, $0) }
  }
}

extension LocalNode {
  /// The CA whose certificate this node shows: the newest of which everybody knows, or else the one before for as
  /// long as it counts.
  func shownAuthority() throws -> CertificateAuthority {
    let newest = try authority()
    guard keys.pairs.count > 1, let (last, unaware) = try lastRotation(), !unaware.isEmpty,
      last.terms.replaced.authority != last.terms.next.authority,
      let before = keys.pair(last.terms.replaced), clock.now() < last.terms.acceptUntil
    else { return newest }
    return before.authority
  }

  /// The key with which this node signs the heads of its stream to a peer: the newest of which the peer has said
  /// that it knows it. The others it may have signed with before.
  func headKeys(towards peer: NodeName) throws -> (key: SigningKey, former: [VerifyingKey]) {
    guard keys.pairs.count > 1 else { return (keys.signing, []) }
    let partnership = try replica.partnership()
    let all = partnership.signingKeys(of: agency).sorted { $0.id < $1.id }
    let rotations = partnership.rotations(of: agency)
    let taken = try rotations.last { try replica.hasTaken($0.document.id, peer) }
    let known = taken?.terms.next ?? rotations.first?.terms.replaced
    return (known.flatMap(keys.pair)?.signing ?? keys.signing, all)
  }
}
