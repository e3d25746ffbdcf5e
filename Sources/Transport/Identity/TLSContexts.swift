import Foundation
import NIOSSL
import Records

/// TLS 1.3 only (RFC 8446), certificates on both sides, and no trust but the pins.
enum TLSContexts {
  /// For those who dial in: any pinned agency; which one is checked after the handshake.
  static func server(_ identity: TLSIdentity, _ pins: Pins) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeServerConfigurationWithMTLS(
      certificateChain: try chain(identity), privateKey: try key(identity),
      trustRoots: .certificates(try roots(pins.authorities.sorted { $0.key < $1.key }.map(\.value)))
    )
    configuration.minimumTLSVersion = .tlsv13
    configuration.certificateVerification = .noHostnameVerification
    return try NIOSSLContext(configuration: configuration)
  }

  /// For dialling one agency: its pinned CA and no other.
  static func client(_ identity: TLSIdentity, authority: Data) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv13
    configuration.certificateChain = try chain(identity)
    configuration.privateKey = try key(identity)
    configuration.trustRoots = .certificates(try roots([authority]))
    configuration.certificateVerification = .noHostnameVerification
    return try NIOSSLContext(configuration: configuration)
  }

  private static func chain(_ identity: TLSIdentity) throws -> [NIOSSLCertificateSource] {
    [.certificate(try NIOSSLCertificate(bytes: Array(identity.leaf), format: .der))]
  }

  private static func key(_ identity: TLSIdentity) throws -> NIOSSLPrivateKeySource {
    .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.keyPEM.utf8), format: .pem))
  }

  private static func roots(_ authorities: [Data]) throws -> [NIOSSLCertificate] {
    try authorities.map { try NIOSSLCertificate(bytes: Array($0), format: .der) }
  }
}
