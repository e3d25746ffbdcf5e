import Foundation
import NIOSSL
import Records

/// TLS 1.3 only (RFC 8446), certificates on both sides, and no trust but the pins.
enum TLSContexts {
  /// For those who dial in: any pinned agency; which one is checked after the handshake.
  /// - Returns: the agencies whose pinned CA cannot be read, too: they are not let in, and keep
  ///   nobody else out.
  static func server(
    _ identity: TLSIdentity, _ pins: Pins
  ) throws -> (context: NIOSSLContext, unreadable: [AgencyID]) {
    var roots: [NIOSSLCertificate] = []
    var unreadable: [AgencyID] = []
    for (agency, pinned) in pins.authorities.sorted(by: { $0.key < $1.key }) {
      let readable = pinned.compactMap { try? root($0) }
      roots += readable
      if readable.count < pinned.count { unreadable.append(agency) }
    }
    roots += (pins.devices?.authorities ?? []).compactMap { try? root($0) }
    var configuration = TLSConfiguration.makeServerConfigurationWithMTLS(
      certificateChain: try chain(identity), privateKey: try key(identity),
      trustRoots: .certificates(roots))
    configuration.minimumTLSVersion = .tlsv13
    configuration.certificateVerification = .noHostnameVerification
    return (try NIOSSLContext(configuration: configuration), unreadable)
  }

  /// For dialling one agency: its pinned CAs and no other.
  static func client(
    _ identity: TLSIdentity, agency: AgencyID, authorities: [Data]
  ) throws -> NIOSSLContext {
    let roots = authorities.compactMap { try? root($0) }
    guard !roots.isEmpty else { throw PeerError.unreadableAuthority(agency) }
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv13
    configuration.certificateChain = try chain(identity)
    configuration.privateKey = try key(identity)
    configuration.trustRoots = .certificates(roots)
    configuration.certificateVerification = .noHostnameVerification
    return try NIOSSLContext(configuration: configuration)
  }

  private static func chain(_ identity: TLSIdentity) throws -> [NIOSSLCertificateSource] {
    [.certificate(try NIOSSLCertificate(bytes: Array(identity.leaf), format: .der))]
  }

  private static func key(_ identity: TLSIdentity) throws -> NIOSSLPrivateKeySource {
    .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.keyPEM.utf8), format: .pem))
  }

  private static func root(_ authority: Data) throws -> NIOSSLCertificate {
    try NIOSSLCertificate(bytes: Array(authority), format: .der)
  }
}
