public import Records

/// The devices of one agency, as its delegations and revocations state them. A function of the set of
/// documents, in whatever order they came.
public struct Devices: Hashable, Sendable {
  /// Lowest serial first; of one serial in the order of the digests.
  public private(set) var delegations: [Delegation] = []
  /// What ends delegations: of several for one the earliest.
  private var revocations: [Revoked: Revocation] = [:]

  /// What a revocation names.
  private struct Revoked: Hashable {
    let node: NodeName
    let serial: Int
  }

  /// No devices.
  public init() {}

  /// Serial of the next delegation.
  public var nextSerial: Int { (delegations.last?.serial ?? 0) + 1 }

  /// The devices' names.
  public var nodes: [NodeName] { Set(delegations.map(\.node)).sorted() }

  /// The device that a key belongs to, whether or not it still counts: its name is the first that was
  /// delegated to it. Nothing where the key is no device's.
  public func node(of key: KeyID) -> NodeName? {
    delegations.first { $0.key.id == key }?.node
  }

  /// The public key of a device.
  public func key(_ id: KeyID) -> VerifyingKey? { delegations.first { $0.key.id == id }?.key }

  /// Every key that some device was ever given.
  public var keys: Set<KeyID> { Set(delegations.map(\.key.id)) }

  /// Every key that a device was ever given.
  public func keys(of node: NodeName) -> Set<KeyID> {
    Set(delegations.filter { $0.node == node }.map(\.key.id))
  }

  /// Whether changes by a key are admitted at a time.
  public func counts(_ key: KeyID, at time: Instant) -> Bool {
    delegations.contains { $0.key.id == key && counts($0, at: time) }
  }

  /// The delegation by which a device is let in at a time; the one with the highest serial of several.
  public func delegation(of node: NodeName, at time: Instant) -> Delegation? {
    delegations.last { $0.node == node && counts($0, at: time) }
  }

  /// The delegation that a device was given last, whether or not it counts.
  public func lastDelegation(of node: NodeName) -> Delegation? {
    delegations.last { $0.node == node }
  }

  /// The documents, delegations first.
  var documents: [SignedDocument] {
    delegations.map(\.document)
      + revocations.values.map(\.document).sorted { $0.id < $1.id }
  }

  mutating func add(_ delegation: Delegation) {
    guard !delegations.contains(delegation) else { return }
    delegations.append(delegation)
    delegations.sort { left, right in
      left.serial == right.serial
        ? left.document.id < right.document.id : left.serial < right.serial
    }
  }

  mutating func add(_ revocation: Revocation) {
    let revoked = Revoked(node: revocation.node, serial: revocation.serial)
    if let known = revocations[revoked] {
      let isEarlier =
        revocation.effective == known.effective
        ? revocation.document.id < known.document.id : revocation.effective < known.effective
      guard isEarlier else { return }
    }
    revocations[revoked] = revocation
  }

  /// What ends a delegation before its time, where something does.
  public func revocation(of delegation: Delegation) -> Revocation? {
    revocations[Revoked(node: delegation.node, serial: delegation.serial)]
  }

  private func counts(_ delegation: Delegation, at time: Instant) -> Bool {
    delegation.covers(time) && revocation(of: delegation).map { time < $0.effective } ?? true
  }
}
