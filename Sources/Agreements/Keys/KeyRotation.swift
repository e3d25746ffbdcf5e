public import FoundationEssentials
public import Records

/// An agency's word that it goes on with another signing key, another CA or both. The key that counted until then
/// signs the document, and the new one the words above it: nobody can pass on to a key that it does not have.
public struct KeyRotation: Hashable, Sendable {
  public let document: SignedDocument
  public let terms: Terms

  /// A signing key and the CA that stands beside it.
  public struct Keys: Hashable, Sendable {
    public let signingKey: VerifyingKey
    /// DER.
    public let authority: Data

    /// Puts the two together.
    public init(signingKey: VerifyingKey, authority: Data) {
      self.signingKey = signingKey
      self.authority = authority
    }
  }

  /// What a document says.
  public struct Terms: Hashable, Sendable {
    public let agency: AgencyID
    /// Counts an agency's rotations from 1.
    public let serial: Int
    /// What counted until then.
    public let replaced: Keys
    /// What counts from then on.
    public let next: Keys
    /// When it was made.
    public let from: Instant
    /// The first instant at which what it replaces counts no more for what is new: changes stamped then, links
    /// opened then.
    public let acceptUntil: Instant

    /// States what the document is to say.
    public init(
      agency: AgencyID, serial: Int, replaced: Keys, next: Keys, from: Instant,
      acceptUntil: Instant
    ) {
      self.agency = agency
      self.serial = serial
      self.replaced = replaced
      self.next = next
      self.from = from
      self.acceptUntil = acceptUntil
    }

    fileprivate var text: String {
      """
      rotation: \(agency)
      serial: \(serial)
      replaced_key: \(replaced.signingKey.bytes.base64EncodedString())
      replaced_ca: \(replaced.authority.base64EncodedString())
      signing_key: \(next.signingKey.bytes.base64EncodedString())
      ca_certificate: \(next.authority.base64EncodedString())
      from: \(from)
      accept_until: \(acceptUntil)

      """
    }

    /// What the new key signs.
    fileprivate var message: Data {
      TaggedHash.message("concord/v1/rotation", Data(text.utf8))
    }
  }

  /// Makes and signs a document.
  /// - Parameters:
  ///   - old: the key that counted until now.
  ///   - new: the one that takes its place.
  public static func document(
    _ terms: Terms, from old: SigningKey, to new: SigningKey
  ) throws -> SignedDocument {
    let proof = try new.sign(terms.message)
    let body = terms.text + "proof: \(proof.base64EncodedString())\n"
    var document = SignedDocument(kind: .rotation, body: Data(body.utf8))
    try document.sign(as: terms.agency, with: old)
    return document
  }

  /// Reads a document, and checks the signatures of both keys; whether the replaced one counted is for
  /// `KeyChain` to say.
  /// - Throws: `DocumentError` with the line.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    guard document.kind == .rotation else {
      throw DocumentError(source: source, problem: "expected a rotation (concord keys rotate)")
    }
    self.document = document
    let fields = try YAMLReader(document.text, source: source).mapping([
      "rotation", "serial", "replaced_key", "replaced_ca", "signing_key", "ca_certificate", "from",
      "accept_until", "proof",
    ])
    terms = Terms(
      agency: try fields.required("rotation").agency(),
      serial: try fields.required("serial").serial(),
      replaced: Keys(
        signingKey: try fields.required("replaced_key").signingKey(),
        authority: try fields.required("replaced_ca").base64()),
      next: Keys(
        signingKey: try fields.required("signing_key").signingKey(),
        authority: try fields.required("ca_certificate").base64()),
      from: try fields.required("from").instant(),
      acceptUntil: try fields.required("accept_until").instant())
    guard terms.from < terms.acceptUntil else {
      throw try fields.required("accept_until").fail("lies not after from")
    }
    guard terms.replaced != terms.next else {
      throw try fields.required("signing_key").fail("replaces nothing: key and CA are the same")
    }
    let proof = try fields.required("proof").base64()
    guard terms.next.signingKey.isValid(proof, for: terms.message) else {
      throw try fields.required("proof").fail("is not the new key's signature over the lines above")
    }
    guard document.isSigned(by: terms.agency, key: terms.replaced.signingKey) else {
      throw DocumentError(
        source: source, problem: "it is not signed by the key of \(terms.agency) that it replaces")
    }
  }
}
