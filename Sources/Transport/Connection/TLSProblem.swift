import Foundation
import NIOCore

/// What went wrong with a connection, in words for an administrator.
public enum TLSProblem {
  /// Puts the libraries' errors into words; others stay as they describe themselves.
  public static func describe(_ error: any Error) -> String {
    if let error = error as? IOError { return words(for: error.errnoCode) }
    let text = "\(error)"
    for (token, words) in known where text.contains(token) { return words }
    guard let start = text.range(of: "OPENSSL_internal:")?.upperBound else { return text }
    let token = text[start...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    return token.lowercased().replacingOccurrences(of: "_", with: " ")
  }

  private static func words(for code: CInt) -> String {
    switch code {
    case ECONNREFUSED: "nobody listens there"
    case ECONNRESET, EPIPE: "the connection was reset"
    case EADDRINUSE: "another process listens there"
    case EADDRNOTAVAIL: "that is no address of this machine"
    case EACCES: "this user may not listen there"
    default: String(cString: strerror(code)).lowercased()
    }
  }

  private static let known: [(String, String)] = [
    ("TLSV1_ALERT_UNKNOWN_CA", "the peer has not pinned this agency's CA"),
    ("ALERT_CERTIFICATE_UNKNOWN", "the peer refused this node's certificate"),
    ("ALERT_CERTIFICATE_EXPIRED", "the peer finds this node's certificate expired: see the clocks"),
    ("CERTIFICATE_REQUIRED", "the peer wants a certificate"),
    ("CERTIFICATE_VERIFY_FAILED", "the certificate is not from a CA that is pinned here"),
    ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "no certificate was shown"),
    ("UNSUPPORTED_PROTOCOL", "TLS 1.3 is not spoken"),
    ("WRONG_VERSION_NUMBER", "what was sent is not TLS"),
    ("HTTP_REQUEST", "what was sent is not TLS but HTTP"),
    ("uncleanShutdown", "the connection ended without goodbye"),
    ("EOF during handshake", "the connection ended during the handshake"),
    ("ECONNREFUSED", "nobody listens there"),
    ("onnection refused", "nobody listens there"),
    ("UnknownHost", "no such host is known"),
    ("onnectTimeout", "no answer in time"),
    ("connection reset", "the connection was reset"),
    ("ECONNRESET", "the connection was reset"),
  ]
}
