import Agreements
import Foundation
import NIOPosix
import Node
import Records
import Replica
import SyncProtocol
import Transport

/// A school's node without the rest of a node: a replica on disk, a certificate, and the link's state
/// machine over TLS. A thousand whole nodes in one process would measure that process, not the force's.
final class School: Sendable {
  let node: NodeName
  let replica: LocalReplica
  private let key: SigningKey
  private let authority: CertificateAuthority
  private let identity: TLSIdentity

  /// Makes a school with keys of its own and an empty replica.
  init(number: Int, under folder: String) throws {
    let agency = try AgencyID.of("school.\(900_000 + number)")
    node = NodeName(agency: agency)
    key = SigningKey()
    let now = Date()
    authority = try CertificateAuthority(for: agency, federation: "concord", now: now)
    identity = try authority.issue(
      for: node, federation: "concord", keyPEM: CertificateAuthority.newKeyPEM(), now: now)
    replica = try LocalReplica(
      path: "\(folder)/\(agency).sqlite", me: node, creating: true)
  }

  /// Its card. Nobody listens at its endpoint: schools dial.
  func card() throws -> SignedDocument {
    try Card(
      agency: node.agency, federation: "concord", kind: .school, name: "Bench \(node.agency)",
      endpoint: "127.0.0.1:9", signingKey: key.publicKey, authority: authority.der
    ).document(signedBy: key)
  }

  /// Dials the force and keeps the link until it ends.
  func link(
    to force: Force, threads: NIOThreadPool, tell: @escaping @Sendable (SchoolEvent) -> Void
  ) async throws {
    let dialer = TLSDialer(
      identity: identity, federation: "concord", group: MultiThreadedEventLoopGroup.singleton)
    let connection = try await dialer.connect(
      to: force.endpoint, agency: force.card.agency, authorities: [force.card.authority])
    let link = Link(
      identity: LinkIdentity(
        federation: "concord", me: node, peer: connection.peer, key: key,
        peerKeys: [force.card.signingKey]),
      limits: LinkLimits())
    let (replica, peer) = (replica, connection.peer)
    try await connection.use { reader, writer in
      let line = SchoolLine(
        link: link, replica: replica, peer: peer, threads: threads, writer: writer, tell: tell)
      try await line.run(reader)
    }
  }
}

/// Whom the schools dial.
struct Force: Sendable {
  let endpoint: Endpoint
  let card: Card
}

/// What is noted of a school's link.
enum SchoolEvent: Sendable {
  case established
  /// Something was made durable there.
  case applied(Moment)
  case ended
}
