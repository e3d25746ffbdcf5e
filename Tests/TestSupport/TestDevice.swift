public import Agreements
import Foundation
public import Records
import Replica
public import Simulation

/// A device of an agency of a test: its name, its key, and how it is enrolled.
public struct TestDevice: Sendable {
  public let agency: TestAgency
  public let name: NodeName
  public let key = SigningKey()

  /// A device with a new key.
  public init(_ agency: TestAgency, _ name: String) {
    self.agency = agency
    self.name = NodeName(agency: agency.id, node: name)
  }

  /// The agency's word that the key counts, by default for a year from now.
  public func delegation(
    serial: Int, from: Instant = TestPartnership.now, days: Int64 = 365
  ) throws -> SignedDocument {
    try Delegation.document(
      Delegation.Terms(
        node: name, key: key.publicKey, serial: serial, from: from,
        until: from.advanced(byMilliseconds: days * 86_400_000)),
      key: agency.key)
  }

  /// The agency's word that it counts no more.
  public func revocation(serial: Int, at time: Instant) throws -> SignedDocument {
    try Revocation.document(of: name, serial: serial, effective: time, key: agency.key)
  }

  /// What the device is told of itself.
  public func enrolment(_ scope: DeviceScope, at time: Instant) throws -> Enrolment {
    let document = try Enrolment.document(
      Enrolment.Terms(
        node: name, issuedAt: time, role: "response-officer", scope: scope,
        endpoint: "127.0.0.1:1", certificate: Data("no certificate".utf8)),
      key: agency.key)
    return try Enrolment(document, source: "enrolment")
  }

  /// Enrols the device at its agency's node, and makes its own with a replica in a folder.
  public func enrol(
    at node: SimulatedNode, _ scope: DeviceScope = .everything, in folder: TemporaryFolder
  ) throws -> SimulatedNode {
    let serial = try node.replica.partnership().devices[agency.id]?.nextSerial ?? 1
    let delegation = try delegation(serial: serial)
    let enrolment = try enrolment(scope, at: node.now)
    try node.replica.enrol(enrolment, with: [delegation], now: node.now)
    let replica = try LocalReplica(
      path: "\(folder.path)/\(agency.id)-\(name.node).sqlite", me: name, creating: true)
    let documents = try node.replica.partnership().documentsConcerning(agency.id, isDevice: true)
    try replica.enrol(enrolment, with: documents, now: node.now)
    return SimulatedNode(
      replica: replica, key: key, federation: node.federation, now: node.now)
  }
}
