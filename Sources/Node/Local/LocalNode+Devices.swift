public import Agreements
import Foundation
public import Records
public import Replica
import Transport

/// What a device is to be used as, for how long, and what it may hold.
public struct DeviceTerms: Sendable {
  /// A role of the agency's policy, as `officer`.
  public let role: String
  public let scope: DeviceScope
  /// For how many days its key counts.
  public let days: Int

  /// States the terms.
  public init(role: String, scope: DeviceScope, days: Int) {
    self.role = role
    self.scope = scope
    self.days = days
  }
}

extension LocalNode {
  /// For how long a device's key counts, in days: as long as a certificate.
  public static let deviceDays = 365

  /// The labels that a role of the agency's policy sees; nothing for all.
  /// - Throws: `NodeError` where there is no such role.
  public func labels(ofRole name: String) throws -> Set<String>? {
    let policy = try rolePolicy()
    guard let role = policy.role(name) else {
      let known = policy.roles.map(\.name).joined(separator: ", ")
      throw NodeError("role: expected one of \(known)")
    }
    return role.labels
  }

  /// Enrols a device, or renews its enrolment.
  /// - Parameter text: the device's request, as `concord device init` wrote it.
  /// - Parameter isAgain: whether a device that was revoked is let in again.
  /// - Returns: the file with which the device joins. It holds no secret.
  /// - Throws: `NodeError` that says what to do, or `ReplicaError`.
  public func enrolDevice(
    _ text: String, source: String, _ terms: DeviceTerms, isAgain: Bool = false
  ) throws -> (node: NodeName, file: String) {
    _ = try authority()
    let request = try DeviceRequest(file: text, source: source)
    let partnership = try deviceGround()
    try check(request, partnership.devices[agency] ?? Devices(), isAgain: isAgain, source)
    try check(terms.scope, partnership)
    return try enrol(
      Key(node: request.node, signing: request.signingKey, tls: request.tlsKey), terms, source)
  }

  /// Renews a device's key and certificate, with what it may hold as it is. While it is let in with the
  /// certificate that it has, the new one comes to it over its link.
  /// - Returns: the file with which the device joins where it cannot connect. It holds no secret.
  /// - Throws: `NodeError` where there is no such device, or it was revoked.
  public func renewDevice(_ name: String, days: Int) throws -> (node: NodeName, file: String) {
    let device = try enrolledDevice(name)
    if let revoked = device.revokedAt {
      throw NodeError(
        "\(device.node) was revoked at \(revoked): enrol it anew where you know in whose hands it is "
          + "(concord device enrol --again)")
    }
    _ = try deviceGround()
    let source = device.node.description
    let key = Key(
      node: device.node, signing: device.delegation.key,
      tls: try CertificateAuthority.certifiedKey(in: device.certificate))
    let terms = DeviceTerms(role: device.role, scope: device.scope, days: days)
    return try enrol(key, terms, source, isRenewal: true)
  }

  /// The public keys of a device.
  private struct Key {
    let node: NodeName
    let signing: VerifyingKey
    let tls: Data
  }

  private func enrol(
    _ key: Key, _ terms: DeviceTerms, _ source: String, isRenewal: Bool = false
  ) throws -> (node: NodeName, file: String) {
    let now = clock.now()
    let delegation = try Delegation.document(
      Delegation.Terms(
        node: key.node, key: key.signing,
        serial: try replica.partnership().devices[agency]?.nextSerial ?? 1,
        // The clock that was ahead now may be set right before the device first connects.
        from: now.advanced(byMilliseconds: -Limits.Storage.driftMilliseconds),
        until: now.advanced(byMilliseconds: Int64(terms.days) * 86_400_000)),
      key: keys.signing)
    let start = Date()
    let certificate: Data
    do {
      certificate = try authority().certify(
        key.node, federation: configuration.federation, publicKey: key.tls,
        from: start, until: start.addingTimeInterval(TimeInterval(terms.days) * 86_400))
    } catch is IdentityError {
      throw NodeError("\(source): tls_key is no P-256 key: make the device's folder anew")
    }
    let enrolment = try enrolment(of: key.node, terms.role, terms.scope, certificate)
    try replica.enrol(
      enrolment, with: [delegation], isRenewal: isRenewal, admittingWith: keys.signing, now: now)
    let documents = try replica.partnership().documentsConcerning(agency, isDevice: true)
    let file = DocumentFile([try card(), enrolment.document] + documents)
    return (key.node, file.text)
  }

  /// Sets anew what a device may hold; what it holds beyond that is taken back when it next connects.
  /// - Parameter change: what the scope is to be, by what it is.
  /// - Throws: `NodeError` where there is no such device.
  public func rescopeDevice(
    _ name: String, role: String? = nil, _ change: (inout DeviceScope) -> Void
  ) throws -> EnrolledDevice {
    let device = try enrolledDevice(name)
    var scope = device.scope
    change(&scope)
    try check(scope, try deviceGround())
    let enrolment = try enrolment(
      of: device.node, role ?? device.role, scope, device.certificate)
    try replica.enrol(enrolment, with: [], now: clock.now())
    return try enrolledDevice(name)
  }

  /// Revokes a device: nothing goes to it from now on, and nothing that comes from it is admitted.
  /// - Returns: from when on.
  /// - Throws: `NodeError` where there is no such device, or it does not count any more.
  public func revokeDevice(_ name: String) throws -> Instant {
    let device = try enrolledDevice(name)
    _ = try authority()
    let now = clock.now()
    let known = try replica.partnership().devices[agency] ?? Devices()
    let counting = known.delegations.filter {
      $0.node == device.node && now < $0.until && known.revocation(of: $0) == nil
    }
    guard !counting.isEmpty else {
      throw NodeError("\(device.node) does not count any more (concord device list)")
    }
    // What was admitted in this millisecond was admitted before.
    let effective = now.advanced(byMilliseconds: 1)
    let documents = try counting.map {
      try Revocation.document(
        of: device.node, serial: $0.serial, effective: effective, key: keys.signing)
    }
    try replica.adopt(documents, now: now)
    return effective
  }

  /// The agency's devices.
  /// - Throws: `NodeError` at a device.
  public func devices() throws -> [EnrolledDevice] {
    _ = try authority()
    return try replica.devices(now: clock.now())
  }

  /// Lets an entry of the quarantine in; where one of the agency's devices wrote it, with the agency's
  /// admission.
  /// - Returns: whether it was applied; else it was asked for.
  /// - Throws: `ReplicaError`.
  public func releaseFromQuarantine(_ id: Int64) throws -> Bool {
    let key = configuration.device == nil ? keys.signing : nil
    return try replica.release(id, admittingWith: key, now: clock.now())
  }

  private func enrolledDevice(_ name: String) throws -> EnrolledDevice {
    let devices = try devices()
    guard let device = devices.first(where: { $0.node.node == name }) else {
      let known = devices.map(\.node.node).joined(separator: ", ")
      throw NodeError(
        "\(agency) has no device \(name)" + (known.isEmpty ? "" : ": it has \(known)"))
    }
    return device
  }

  /// What devices are enrolled on: an agreement that pins this agency's keys.
  private func deviceGround() throws -> Partnership {
    try checkKeys()
    let partnership = try replica.partnership()
    guard partnership.card(of: agency) != nil else {
      throw NodeError(
        "\(agency) is a party to no agreement yet: adopt or join one first, then enrol devices")
    }
    return partnership
  }

  private func enrolment(
    of node: NodeName, _ role: String, _ scope: DeviceScope, _ certificate: Data
  ) throws -> Enrolment {
    let last = try replica.enrolment(of: node)?.terms.issuedAt.advanced(byMilliseconds: 1)
    let document = try Enrolment.document(
      Enrolment.Terms(
        node: node, issuedAt: max(clock.now(), last ?? clock.now()), role: role, scope: scope,
        endpoint: configuration.endpoint.description, certificate: certificate),
      key: keys.signing)
    return try Enrolment(document, source: "enrolment")
  }

  /// A name belongs to one key for good, since the streams to the device go by the name.
  private func check(
    _ request: DeviceRequest, _ known: Devices, isAgain: Bool, _ source: String
  ) throws {
    let (node, key) = (request.node, request.signingKey.id)
    guard node.agency == agency else {
      throw NodeError("\(source): the request is for a device of \(node.agency), not of \(agency)")
    }
    guard key != keys.signing.id else {
      throw NodeError("\(source): the key is the agency's own: make a folder for the device")
    }
    if let other = known.node(of: key), other != node {
      throw NodeError("\(source): the device is enrolled as \(other.node) already")
    }
    guard known.keys(of: node).isSubset(of: [key]) else {
      throw NodeError(
        "\(source): another device was enrolled as \(node.node) before: choose another name "
          + "(concord device init --name)")
    }
    if let last = known.lastDelegation(of: node), let revoked = known.revocation(of: last),
      !isAgain
    {
      throw NodeError(
        "\(node.node) was revoked at \(revoked.effective): make a new device folder, or say --again "
          + "where you know in whose hands the device was")
    }
  }

  /// A label or a record that nobody knows is a slip, and the device would miss something.
  private func check(_ scope: DeviceScope, _ partnership: Partnership) throws {
    let labels = Set(
      partnership.recordTypeNames.compactMap { partnership.recordType($0) }
        .flatMap { $0.fields.map(\.label) })
    for label in (scope.labels ?? []).sorted() where !labels.contains(label) {
      throw NodeError(
        "--sees: no field has the label \(label): expected some of "
          + labels.sorted().joined(separator: ", "))
    }
    for record in (scope.caseload ?? []).sorted() { _ = try replica.record(record) }
  }
}
