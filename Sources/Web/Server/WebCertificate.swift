import NIOSSL
import Node

/// How pages are served to other machines.
enum WebCertificate {
  /// TLS 1.3 only, as on links: every browser of the last five years has it.
  /// - Throws: `NodeError` where certificate or key cannot be read.
  static func configuration(_ node: LocalNode) throws -> TLSConfiguration {
    let (chain, key) = try node.pageCertificate()
    do {
      let certificates = try NIOSSLCertificate.fromPEMBytes(Array(chain.utf8))
      let privateKey = try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(privateKey)
      )
      configuration.minimumTLSVersion = .tlsv13
      return configuration
    } catch {
      throw NodeError(
        "the certificate or the key for the pages cannot be read: look at web_certificate and web_key "
          + "in concord.yaml")
    }
  }
}
