import Crypto
public import Foundation
import NIOSSL
public import Records
import SwiftASN1
import X509

/// An agency's own CA (RFC 5280): it vouches for this agency's nodes and for nothing else.
public struct CertificateAuthority: Sendable {
  private let key: P256.Signing.PrivateKey
  private let certificate: Certificate
  /// The CA's certificate, DER: what cards pin.
  public let der: Data

  /// The CA's private key, PEM; for a key file and nothing else.
  public var keyPEM: String { key.pemRepresentation }

  /// Makes a new CA for an agency, valid for ten years.
  /// - Parameter generation: counts the agency's CAs from 1. Two must not have one name: who trusts both could
  ///   take the one for the other's.
  public init(
    for agency: AgencyID, federation: String, generation: Int = 1, now: Date
  ) throws {
    let key = P256.Signing.PrivateKey()
    let name = try DistinguishedName {
      OrganizationName(federation)
      CommonName("Concord CA of \(agency)" + (generation > 1 ? " \(generation)" : ""))
    }
    certificate = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey),
      notValidBefore: now.addingTimeInterval(-Self.hour),
      notValidAfter: now.addingTimeInterval(10 * Self.year), issuer: name, subject: name,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(keyCertSign: true))
        SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
      },
      issuerPrivateKey: .init(key))
    self.key = key
    der = try certificate.der()
  }

  /// Reads a CA from its files.
  /// - Throws: `IdentityError` where one of them is damaged or they do not belong together.
  public init(keyPEM: String, der: Data) throws(IdentityError) {
    guard let key = try? P256.Signing.PrivateKey(pemRepresentation: keyPEM) else {
      throw .unreadableKey
    }
    self.key = key
    certificate = try Self.certificate(der)
    self.der = der
    guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else {
      throw IdentityError.keyMismatch
    }
  }

  /// Whether bytes can be pinned as an agency's CA.
  /// - Throws: `IdentityError` where they are no certificate, or one that may not sign others.
  public static func check(_ der: Data) throws(IdentityError) { _ = try certificate(der) }

  private static func certificate(_ der: Data) throws(IdentityError) -> Certificate {
    // Both libraries must read it: one checks names, the other handshakes.
    guard let certificate = try? Certificate(derEncoded: Array(der)),
      (try? NIOSSLCertificate(bytes: Array(der), format: .der)) != nil
    else { throw .unreadableCertificate }
    guard case .isCertificateAuthority? = try? certificate.extensions.basicConstraints else {
      throw .noAuthority
    }
    return certificate
  }

  /// Whether this CA signed a certificate (DER).
  public func hasIssued(_ leaf: Data) -> Bool {
    (try? Certificate(derEncoded: Array(leaf))).map {
      certificate.publicKey.isValidSignature($0.signature, for: $0)
    } ?? false
  }

  /// Whether a text is a TLS key (P-256, PEM) that can be certified.
  public static func isKey(_ pem: String) -> Bool {
    (try? P256.Signing.PrivateKey(pemRepresentation: pem)) != nil
  }

  /// Certifies one node's TLS key, for both ends of a link, for a year.
  public func issue(
    for node: NodeName, federation: String, keyPEM: String, now: Date
  ) throws -> TLSIdentity {
    let leafKey = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
    let leaf = try certificate(
      for: node, federation: federation, leafKey.publicKey, from: now,
      until: now.addingTimeInterval(Self.year))
    return TLSIdentity(leaf: leaf, keyPEM: keyPEM)
  }

  /// Certifies the TLS key of another node of the agency, of which only the public part is here.
  /// - Parameter publicKey: a SubjectPublicKeyInfo (RFC 5280), DER.
  /// - Returns: the certificate, DER.
  /// - Throws: `IdentityError.unreadableKey` where it is no P-256 key.
  public func certify(
    _ node: NodeName, federation: String, publicKey: Data, from now: Date, until end: Date
  ) throws -> Data {
    guard let key = try? P256.Signing.PublicKey(derRepresentation: publicKey) else {
      throw IdentityError.unreadableKey
    }
    return try certificate(for: node, federation: federation, key, from: now, until: end)
  }

  /// The public part of a TLS key (PEM), as a SubjectPublicKeyInfo, DER.
  /// - Throws: `IdentityError.unreadableKey`.
  public static func publicKey(of keyPEM: String) throws(IdentityError) -> Data {
    guard let key = try? P256.Signing.PrivateKey(pemRepresentation: keyPEM) else {
      throw .unreadableKey
    }
    return key.publicKey.derRepresentation
  }

  /// The key that a certificate (DER) is for, as a SubjectPublicKeyInfo, DER.
  /// - Throws: `IdentityError` where it is no certificate, or for another kind of key.
  public static func certifiedKey(in der: Data) throws(IdentityError) -> Data {
    guard let certificate = try? Certificate(derEncoded: Array(der)) else {
      throw .unreadableCertificate
    }
    guard let key = P256.Signing.PublicKey(certificate.publicKey) else { throw .unreadableKey }
    return key.derRepresentation
  }

  /// Until when a certificate (DER) is valid; nothing where it is none.
  public static func expiry(of der: Data) -> Instant? {
    (try? Certificate(derEncoded: Array(der))).map { Self.instant($0.notValidAfter) }
  }

  /// Until when the first certificate of a PEM file is valid; nothing where it holds none.
  public static func expiry(ofPEM text: String) -> Instant? {
    (try? Certificate(pemEncoded: text)).map { Self.instant($0.notValidAfter) }
  }

  private static func instant(_ date: Date) -> Instant {
    Instant(milliseconds: Int64(date.timeIntervalSince1970 * 1000))
  }

  private func certificate(
    for node: NodeName, federation: String, _ key: P256.Signing.PublicKey, from now: Date,
    until end: Date
  ) throws -> Data {
    try Certificate(
      version: .v3, serialNumber: .init(), publicKey: .init(key),
      notValidBefore: now.addingTimeInterval(-Self.hour),
      notValidAfter: min(end, certificate.notValidAfter),
      issuer: certificate.subject,
      subject: try DistinguishedName { CommonName(node.description) },
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.serverAuth, .clientAuth])
        SubjectAlternativeNames([
          .uniformResourceIdentifier(NodeURI(federation: federation, node: node).description)
        ])
      },
      issuerPrivateKey: .init(self.key)
    ).der()
  }

  /// Certifies a TLS key for browsers, under a host's name or address, for a year (RFC 9525).
  /// - Returns: the certificate and this CA's, PEM.
  public func issueForBrowsers(host: String, keyPEM: String, now: Date) throws -> String {
    let leafKey = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
    let leaf = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: .init(leafKey.publicKey),
      notValidBefore: now.addingTimeInterval(-Self.hour),
      notValidAfter: min(now.addingTimeInterval(Self.year), certificate.notValidAfter),
      issuer: certificate.subject, subject: try DistinguishedName { CommonName(host) },
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.serverAuth])
        SubjectAlternativeNames([Self.name(of: host)])
      },
      issuerPrivateKey: .init(key))
    return try leaf.serializeAsPEM().pemString + "\n" + certificate.serializeAsPEM().pemString
  }

  private static func name(of host: String) -> GeneralName {
    var (four, six) = (in_addr(), in6_addr())
    if inet_pton(AF_INET, host, &four) == 1 {
      return .ipAddress(ASN1OctetString(contentBytes: withUnsafeBytes(of: four) { ArraySlice($0) }))
    }
    if inet_pton(AF_INET6, host, &six) == 1 {
      return .ipAddress(ASN1OctetString(contentBytes: withUnsafeBytes(of: six) { ArraySlice($0) }))
    }
    return .dnsName(host)
  }

  /// A new TLS key (P-256), PEM.
  public static func newKeyPEM() -> String { P256.Signing.PrivateKey().pemRepresentation }

  private static let hour: TimeInterval = 3600
  private static let year: TimeInterval = 365 * 24 * 3600
}

/// What a node shows on a link: its certificate chain, and the key to it.
public struct TLSIdentity: Sendable {
  /// The node's own certificate, DER.
  public let leaf: Data
  let keyPEM: String

  init(leaf: Data, keyPEM: String) {
    self.leaf = leaf
    self.keyPEM = keyPEM
  }

  /// What a device shows: the certificate (DER) that one of its agency's CAs issued for its key.
  /// - Throws: `IdentityError` where they do not belong together, or it names another node.
  public init(
    certificate: Data, authorities: [Data], keyPEM: String, for node: NodeName, federation: String
  ) throws(IdentityError) {
    guard let leaf = try? Certificate(derEncoded: Array(certificate)) else {
      throw .unreadableCertificate
    }
    let pins = Pins(federation: federation, authorities: [node.agency: authorities])
    guard (try? pins.named(by: leaf)) == node else { throw .otherNode }
    guard let key = try? P256.Signing.PrivateKey(pemRepresentation: keyPEM),
      leaf.publicKey == Certificate.PublicKey(key.publicKey)
    else { throw .otherKey }
    self.init(leaf: certificate, keyPEM: keyPEM)
  }
}

/// Why an identity cannot be used.
public enum IdentityError: Error, Hashable, Sendable, CustomStringConvertible {
  case keyMismatch
  case unreadableKey
  case unreadableCertificate
  case noAuthority
  case otherKey
  case otherNode

  public var description: String {
    switch self {
    case .keyMismatch: "the CA's key file and its certificate do not belong together"
    case .unreadableKey: "no P-256 key in PEM"
    case .unreadableCertificate: "no X.509 certificate in DER"
    case .noAuthority: "the certificate is not that of a CA"
    case .otherKey: "the certificate is for another key than this device's"
    case .otherNode: "the certificate is not one that the agency's CA issued for this device"
    }
  }
}

extension Certificate {
  func der() throws -> Data {
    var serializer = DER.Serializer()
    try serializer.serialize(self)
    return Data(serializer.serializedBytes)
  }
}
