public import FoundationEssentials
public import Records

/// An agency's card: who it is and which keys speak for it. Signed by its own signing key.
///
/// Agreements and memberships pin cards; there is no other authority.
public struct Card: Hashable, Sendable {
  public let agency: AgencyID
  /// Nodes of different federations never talk.
  public let federation: String
  public let kind: AgencyKind
  public let name: String
  /// `host:port` where the agency node listens.
  public let endpoint: String
  public let signingKey: VerifyingKey
  /// The agency's own CA, DER.
  public let authority: Data

  /// Puts a card together.
  public init(
    agency: AgencyID, federation: String, kind: AgencyKind, name: String, endpoint: String,
    signingKey: VerifyingKey, authority: Data
  ) {
    self.agency = agency
    self.federation = federation
    self.kind = kind
    self.name = name
    self.endpoint = endpoint
    self.signingKey = signingKey
    self.authority = authority
  }

  /// The signed card.
  public func document(signedBy key: SigningKey) throws -> SignedDocument {
    var document = SignedDocument(kind: .card, body: body)
    try document.sign(as: agency, with: key)
    return document
  }

  /// The card's lines, as this implementation writes them.
  var body: Data {
    let text = """
      card: \(agency)
      federation: \(federation)
      kind: \(kind.rawValue)
      name: \(Self.quoted(name))
      endpoint: \(Self.quoted(endpoint))
      signing_key: \(signingKey.bytes.base64EncodedString())
      ca_certificate: \(authority.base64EncodedString())

      """
    return Data(text.utf8)
  }

  /// Reads a card and checks that its own key signed it.
  /// - Throws: `DocumentError` where a line is wrong or the signature is.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    guard document.kind == .card else {
      throw DocumentError(source: source, problem: "expected a card, found \(document.kind)")
    }
    let fields = try YAMLReader(document.text, source: source).mapping([
      "card", "federation", "kind", "name", "endpoint", "signing_key", "ca_certificate",
    ])
    agency = try fields.required("card").agency()
    federation = try fields.required("federation").name()
    kind = try fields.required("kind").kind()
    name = try fields.required("name").line()
    endpoint = try fields.required("endpoint").line()
    signingKey = try fields.required("signing_key").read("an Ed25519 key in base64") {
      Data(base64Encoded: $0).flatMap(VerifyingKey.init)
    }
    authority = try fields.required("ca_certificate").base64()
    guard document.isSigned(by: agency, key: signingKey) else {
      throw DocumentError(source: source, problem: "the card of \(agency) is not signed by its key")
    }
  }

  /// Reads the text of a card file.
  /// - Throws: `DocumentError` where the file holds no valid card.
  public init(file text: String, source: String) throws(DocumentError) {
    guard let document = try DocumentFile(text, source: source).first(.card) else {
      throw DocumentError(source: source, problem: "expected a card (concord card DIR)")
    }
    try self.init(document, source: source)
  }

  /// Whether both cards name the same agency and keys: an endpoint may change, these may not.
  public func pins(_ other: Card) -> Bool {
    namesSameAgency(as: other) && keys == other.keys
  }

  /// What a rotation passes on.
  var keys: KeyRotation.Keys {
    KeyRotation.Keys(signingKey: signingKey, authority: authority)
  }

  /// Whether both cards are one agency's, whatever its keys.
  func namesSameAgency(as other: Card) -> Bool {
    agency == other.agency && federation == other.federation && kind == other.kind
  }

  /// A double-quoted YAML scalar.
  static func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case _ where scalar.value < 32 || scalar.value == 127: " "
      default: String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }
}
