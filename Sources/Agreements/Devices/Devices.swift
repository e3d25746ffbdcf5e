public import Records

/// The devices of one agency, as its delegations and revocations state them. A function of the set of
/// documents, in whatever order they came.
public struct Devices: Hashable, Sendable {
  /// Lowest serial first; of one serial in the order of the digests.
  public private(set) var delegations: [Delegation] = []
  /// The same by key: every change that is looked at asks for one.
  private var byKey: [KeyID: [Delegation]] = [:]
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

  /// How many revocations are known, those among them that an earlier one makes idle.
  public private(set) var revocationCount = 0

  /// The devices' names.
  public var nodes: [NodeName] { Set(delegations.map(\.node)).sorted() }

  /// The device that a key belongs to, whether or not it still counts: its name is the first that was
  /// delegated to it. Nothing where the key is no device's.
  public func node(of key: KeyID) -> NodeName? { byKey[key]?.first?.node }

  /// The public key of a device.
  public func key(_ id: KeyID) -> VerifyingKey? { byKey[id]?.first?.key }

  /// Every key that some device was ever given.
  public var keys: Set<KeyID> { Set(byKey.keys) }

  /// Every key that a device was ever given.
  public func keys(of node: NodeName) -> Set<KeyID> {
    Set(delegations.filter { $0.node == node }.map(\.key.id))
  }

  /// Whether changes by a key are admitted at a time.
  public func counts(_ key: KeyID, at time: Instant) -> Bool {
    byKey[key, default: []].contains { counts($0, at: time) }
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
    Self.insert(delegation, into: &delegations)
    Self.insert(delegation, into: &byKey[delegation.key.id, default: []])
  }

  /// Most come in their order: the place is looked for from the end.
  private static func insert(_ delegation: Delegation, into sorted: inout [Delegation]) {
    let before = sorted.lastIndex { !isBefore(delegation, $0) }
    guard before.map({ sorted[$0] != delegation }) ?? true else { return }
    sorted.insert(delegation, at: before.map { $0 + 1 } ?? 0)
  }

  private static func isBefore(_ left: Delegation, _ right: Delegation) -> Bool {
    left.serial == right.serial
      ? left.document.id < right.document.id : left.serial < right.serial
  }

  mutating func add(_ revocation: Revocation) {
    revocationCount += 1
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
