import Foundation
import Transport

extension LocalNode {
  /// The certificate chain and key with which pages are served over TLS, PEM: the agency's own where
  /// `concord.yaml` names them, or else ones that the node's CA vouches for.
  /// - Throws: `NodeError` that names the file.
  public func pageCertificate() throws -> (chain: String, key: String) {
    if let chain = configuration.webCertificate, let key = configuration.webKey {
      return (
        String(decoding: try NodeFolder.read(chain), as: UTF8.self),
        String(decoding: try NodeFolder.read(key), as: UTF8.self)
      )
    }
    guard let authority = keys.authority else {
      throw NodeError(
        "a device has no CA: serve its pages on this machine only (web: 127.0.0.1:7480 in "
          + "\(folder.configuration)), or name web_certificate and web_key")
    }
    let key = CertificateAuthority.newKeyPEM()
    let host =
      configuration.web.flatMap { $0.isDialable ? $0.host : nil } ?? configuration.endpoint.host
    return (try authority.issueForBrowsers(host: host, keyPEM: key, now: Date()), key)
  }
}
