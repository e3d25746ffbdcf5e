public import Foundation
public import Records
import SwiftASN1
import X509

/// The CAs that are trusted now, each for exactly one agency.
public struct Pins: Sendable {
  let federation: String
  let authorities: [AgencyID: Data]

  /// States which CA (DER) is pinned for which agency.
  public init(federation: String, authorities: [AgencyID: Data]) {
    self.federation = federation
    self.authorities = authorities
  }

  /// The node that a certificate names, where the CA pinned for exactly that agency signed it. The
  /// handshake has checked validity and that some pinned CA signed it; that is not enough, since
  /// any agency's CA could name another agency.
  func node(of leaf: Data) throws(PeerError) -> NodeName {
    guard let certificate = try? Certificate(derEncoded: Array(leaf)),
      let names = try? certificate.extensions.subjectAlternativeNames
    else { throw .noNodeName }
    let uris = names.compactMap { name -> NodeURI? in
      if case .uniformResourceIdentifier(let text) = name { NodeURI(text) } else { nil }
    }
    guard let uri = uris.first, uris.count == 1 else { throw .noNodeName }
    guard uri.federation == federation else { throw .otherFederation }
    guard let pinned = authorities[uri.node.agency] else {
      throw .unknownAgency(uri.node.agency)
    }
    guard let authority = try? Certificate(derEncoded: Array(pinned)),
      authority.publicKey.isValidSignature(certificate.signature, for: certificate)
    else { throw .otherAuthority(uri.node.agency) }
    return uri.node
  }
}

/// Why a peer is not let in.
public enum PeerError: Error, Hashable, Sendable, CustomStringConvertible {
  case noCertificate
  case noNodeName
  case otherFederation
  case unknownAgency(AgencyID)
  /// The certificate names an agency whose pinned CA did not sign it.
  case otherAuthority(AgencyID)
  /// Another agency answered than was dialled.
  case otherAgency(expected: AgencyID, found: AgencyID)
  case handshakeTimeout
  case handshake(String)

  public var description: String {
    switch self {
    case .noCertificate: "the peer showed no certificate"
    case .noNodeName: "the peer's certificate names no node (one SAN URI concord://...)"
    case .otherFederation: "the peer's certificate belongs to another federation"
    case .unknownAgency(let agency): "\(agency) is no party to an agreement here"
    case .otherAuthority(let agency):
      "the certificate names \(agency), but the CA pinned for it did not sign it"
    case .otherAgency(let expected, let found): "dialled \(expected), but \(found) answered"
    case .handshakeTimeout: "the TLS handshake took too long"
    case .handshake(let problem): "the TLS handshake failed: \(problem)"
    }
  }
}
