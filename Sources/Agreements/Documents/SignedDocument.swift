public import FoundationEssentials
public import Records

/// What a document is. The kind is part of what is signed.
public enum DocumentKind: String, Hashable, Sendable, CaseIterable {
  /// An agency's public part: who it is, its CA and its signing key.
  case card
  /// A version of a data sharing agreement.
  case agreement
  /// A deed of accession.
  case membership
  /// A member's suspension, or its end.
  case suspension
  /// A party's own word that it leaves.
  case exit
  /// A principal's word that a change which came late counts all the same.
  case release
  /// An agency's word that a device's key signs for it.
  case delegation
  /// That a delegation counts no more.
  case revocation
  /// An agency's word that it goes on with another signing key, another CA or both.
  case rotation
  /// What a device is told of itself; nobody else gets it.
  case enrolment
  /// What a new device asks its agency for; it never travels over a link.
  case deviceRequest = "device-request"
  /// A schema; not signed, pinned by digest in an agreement.
  case profile

  /// Whether it goes to every party that it concerns; the others go to one reader by hand or by a
  /// link of its own.
  public var isShared: Bool {
    switch self {
    case .card, .enrolment, .deviceRequest: false
    case .agreement, .membership, .suspension, .exit, .release, .delegation, .revocation, .rotation,
      .profile:
      true
    }
  }
}

/// A text that agencies sign: its bytes stay as they were written.
public struct SignedDocument: Hashable, Sendable {
  public let kind: DocumentKind
  /// UTF-8 text.
  public let body: Data
  /// At most one for each agency, ordered by agency.
  public private(set) var signatures: [DocumentSignature]
  /// The tagged digest of kind and body, whoever has signed.
  public let id: Digest

  /// Puts a document together; of an agency's several signatures the first stays.
  public init(kind: DocumentKind, body: Data, signatures: [DocumentSignature] = []) {
    self.kind = kind
    self.body = body
    self.signatures = []
    id = TaggedHash.digest("concord/v1/document", Data(kind.rawValue.utf8), body)
    for signature in signatures { add(signature) }
  }

  /// The body as text; broken UTF-8 shows as replacement characters and will not parse.
  public var text: String { String(decoding: body, as: UTF8.self) }

  /// Adds a signature, unless that agency has signed already.
  public mutating func add(_ signature: DocumentSignature) {
    guard !signatures.contains(where: { $0.agency == signature.agency }) else { return }
    signatures.append(signature)
    signatures.sort { $0.agency < $1.agency }
  }

  /// Signs for an agency.
  public mutating func sign(as agency: AgencyID, with key: SigningKey) throws {
    add(DocumentSignature(agency: agency, key: key.id, bytes: try key.sign(message)))
  }

  /// Whether this agency has signed with this key.
  public func isSigned(by agency: AgencyID, key: VerifyingKey) -> Bool {
    signatures.contains {
      $0.agency == agency && $0.key == key.id && key.isValid($0.bytes, for: message)
    }
  }

  /// The document with its valid signatures alone; nothing where none is.
  public func keepingSignatures(
    _ keysOf: (AgencyID) -> [VerifyingKey]
  ) -> SignedDocument? {
    let valid = signatures.filter { signature in
      keysOf(signature.agency).contains { isSigned(by: signature.agency, key: $0) }
    }
    return valid.isEmpty ? nil : SignedDocument(kind: kind, body: body, signatures: valid)
  }

  private var message: Data {
    TaggedHash.message("concord/v1/document/signature", Data(kind.rawValue.utf8), body)
  }
}

/// One agency's signature under a document.
public struct DocumentSignature: Hashable, Sendable {
  public let agency: AgencyID
  public let key: KeyID
  /// 64 bytes, Ed25519.
  public let bytes: Data

  /// Puts the parts together, unchecked.
  public init(agency: AgencyID, key: KeyID, bytes: Data) {
    self.agency = agency
    self.key = key
    self.bytes = bytes
  }
}
