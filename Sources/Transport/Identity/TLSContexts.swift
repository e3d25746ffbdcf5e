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
    for (agency, der) in pins.authorities.sorted(by: { $0.key < $1.key }) {
      if let root = try? root(der) { roots.append(root) } else { unreadable.append(agency) }
    }
    if let own = pins.devices, let root = try? root(own.authority) { roots.append(root) }
    var configuration = TLSConfiguration.makeServerConfigurationWithMTLS(
      certificateChain: try chain(identity), privateKey: try key(identity),
      trustRoots: .certificates(roots))
    configuration.minimumTLSVersion = .tlsv13
    configuration.certificateVerification = .noHostnameVerification
    return (try NIOSSLContext(configuration: configuration), unreadable)
  }

  /// For dialling one agency: its pinned CA and no other.
  static func client(
    _ identity: TLSIdentity, agency: AgencyID, authority: Data
  ) throws -> NIOSSLContext {
    guard let root = try? root(authority) else { throw PeerError.unreadableAuthority(agency) }
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv13
    configuration.certificateChain = try chain(identity)
    configuration.privateKey = try key(identity)
    configuration.trustRoots = .certificates([root])
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
