public import Foundation
public import Records
import SwiftASN1
import X509

/// The CAs that are trusted now, each for exactly one agency; of an agency several while it passes on from one to
/// the next.
public struct Pins: Hashable, Sendable {
  let federation: String
  /// This node's own agency, where it is known: it never is a peer.
  let own: AgencyID?
  let authorities: [AgencyID: [Data]]
  /// The devices of this node's own agency, where it has any.
  let devices: OwnDevices?

  /// The devices that an agency's node lets in.
  public struct OwnDevices: Hashable, Sendable {
    /// The agency's own CAs, DER.
    let authorities: [Data]
    /// The certificates (DER) with which each is let in, by the device's name.
    let certificates: [String: [Data]]

    /// States which devices are let in now.
    public init(authorities: [Data], certificates: [String: [Data]]) {
      self.authorities = authorities
      self.certificates = certificates
    }
  }

  /// States which CAs (DER) are pinned for which agency.
  public init(
    federation: String, own: AgencyID? = nil, authorities: [AgencyID: [Data]],
    devices: OwnDevices? = nil
  ) {
    self.federation = federation
    self.own = own
    self.authorities = authorities
    self.devices = devices
  }

  /// The node that a certificate names, where the CA pinned for exactly that agency signed it. The
  /// handshake has checked validity and that some pinned CA signed it; that is not enough, since
  /// any agency's CA could name another agency. Of another agency only its own node is let in: its
  /// devices sync with that node and with nobody else.
  func node(of leaf: Data) throws(PeerError) -> NodeName {
    guard let certificate = try? Certificate(derEncoded: Array(leaf)) else { throw .noNodeName }
    let node = try named(by: certificate)
    guard node.agency == own || !node.isDevice else { throw .device(node) }
    guard node.agency == own else { return node }
    guard let devices, node.isDevice else { throw .ownAgency(node) }
    // A certificate that was replaced lets nobody in, although the CA issued it.
    guard let known = devices.certificates[node.node] else { throw .unknownDevice(node) }
    guard known.contains(leaf) else { throw .otherCertificate(node) }
    return node
  }

  /// The node that a certificate names, where the agency's CA signed it.
  func named(by certificate: Certificate) throws(PeerError) -> NodeName {
    guard let names = try? certificate.extensions.subjectAlternativeNames else {
      throw .noNodeName
    }
    let uris = names.compactMap { name -> NodeURI? in
      if case .uniformResourceIdentifier(let text) = name { NodeURI(text) } else { nil }
    }
    guard let uri = uris.first, uris.count == 1 else { throw .noNodeName }
    guard uri.federation == federation else { throw .otherFederation }
    guard uri.node.agency != own || devices != nil else { throw .ownAgency(uri.node) }
    let pinned = authorities(of: uri.node.agency)
    guard !pinned.isEmpty else { throw .unknownAgency(uri.node.agency) }
    guard Self.issuer(of: certificate, among: pinned) != nil else {
      throw .otherAuthority(uri.node.agency)
    }
    return uri.node
  }

  private static func issuer(of certificate: Certificate, among pinned: [Data]) -> Certificate? {
    pinned.lazy.compactMap { try? Certificate(derEncoded: Array($0)) }.first {
      $0.publicKey.isValidSignature(certificate.signature, for: certificate)
    }
  }

  private func authorities(of agency: AgencyID) -> [Data] {
    (agency == own ? devices?.authorities : authorities[agency]) ?? []
  }

  /// What is wrong with the dates of a certificate that a handshake did not accept, where it is
  /// right in all else; nothing where they are not what is wrong.
  func dateProblem(of leaf: Data, now: Date) -> PeerError? {
    guard let node = try? node(of: leaf) else { return nil }
    return dateProblem(of: leaf, naming: node, now: now)
  }

  /// What is wrong with the dates of a certificate that names a node in the right way, or of its CA.
  func dateProblem(of leaf: Data, naming node: NodeName, now: Date) -> PeerError? {
    guard let leaf = try? Certificate(derEncoded: Array(leaf)),
      let issuer = Self.issuer(of: leaf, among: authorities(of: node.agency))
    else { return nil }
    for certificate in [leaf, issuer] {
      if now >= certificate.notValidAfter {
        return .expired(node, Self.instant(certificate.notValidAfter))
      }
      if now < certificate.notValidBefore {
        return .notValidYet(node, Self.instant(certificate.notValidBefore))
      }
    }
    return nil
  }

  private static func instant(_ date: Date) -> Instant {
    Instant(milliseconds: Int64(date.timeIntervalSince1970 * 1000))
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
  /// The certificate names this node's own agency.
  case ownAgency(NodeName)
  /// The certificate names a device of another agency.
  case device(NodeName)
  /// The certificate names a device of this agency that is not let in now.
  case unknownDevice(NodeName)
  /// The device was given another certificate since.
  case otherCertificate(NodeName)
  case expired(NodeName, Instant)
  case notValidYet(NodeName, Instant)
  /// The CA that is pinned for the agency is no certificate.
  case unreadableAuthority(AgencyID)
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
    case .ownAgency(let node): "the certificate names \(node): that is this node's own agency"
    case .device(let node):
      "the certificate names \(node): a device syncs with the node of its own agency only"
    case .unknownDevice(let node):
      "\(node) is not let in: it was revoked, or its time is over (concord device list)"
    case .otherCertificate(let node):
      "\(node) showed a certificate that was replaced: it joins with the file of its last enrolment"
    case .expired(let node, let end):
      "the certificate of \(node) expired at \(end): restart that node, or look at both clocks"
    case .notValidYet(let node, let start):
      "the certificate of \(node) is not valid before \(start): look at both clocks"
    case .unreadableAuthority(let agency):
      "the CA certificate on the card of \(agency) cannot be read: it needs a sound card"
    case .otherAgency(let expected, let found): "dialled \(expected), but \(found) answered"
    case .handshakeTimeout: "the TLS handshake took too long"
    case .handshake(let problem): "the TLS handshake failed: \(problem)"
    }
  }
}
