import FoundationEssentials
public import Records

/// An agency's word that the key of one of its devices signs changes for it, for a time. Others learn
/// no more of the device than this: what it is for and what it may see stays in the agency.
public struct Delegation: Hashable, Sendable {
  public let document: SignedDocument
  /// The device, with its agency.
  public let node: NodeName
  /// The device's signing key.
  public let key: VerifyingKey
  /// Counts an agency's delegations from 1; a revocation names it.
  public let serial: Int
  /// The first instant at which the key counts.
  public let from: Instant
  /// The first instant at which it does no more.
  public let until: Instant

  /// What a document is to say.
  public struct Terms: Sendable {
    public let node: NodeName
    public let key: VerifyingKey
    public let serial: Int
    public let from: Instant
    public let until: Instant

    /// States what the document is to say.
    public init(
      node: NodeName, key: VerifyingKey, serial: Int, from: Instant, until: Instant
    ) {
      self.node = node
      self.key = key
      self.serial = serial
      self.from = from
      self.until = until
    }
  }

  /// Makes and signs a document, as the device's agency.
  public static func document(_ terms: Terms, key: SigningKey) throws -> SignedDocument {
    let body = """
      delegation: \(terms.node.agency)
      node: \(terms.node.node)
      key: \(terms.key.bytes.base64EncodedString())
      serial: \(terms.serial)
      from: \(terms.from)
      until: \(terms.until)

      """
    var document = SignedDocument(kind: .delegation, body: Data(body.utf8))
    try document.sign(as: terms.node.agency, with: key)
    return document
  }

  /// Reads a document; whether the agency's pinned key signed it is for `Partnership` to say.
  /// - Throws: `DocumentError` with the line.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    guard document.kind == .delegation else {
      throw DocumentError(source: source, problem: "expected a delegation (concord device enrol)")
    }
    self.document = document
    let fields = try YAMLReader(document.text, source: source).mapping([
      "delegation", "node", "key", "serial", "from", "until",
    ])
    node = try fields.device("delegation")
    key = try fields.required("key").signingKey()
    serial = try fields.required("serial").serial()
    from = try fields.required("from").instant()
    until = try fields.required("until").instant()
    guard from < until else { throw try fields.required("until").fail("lies not after from") }
  }

  /// Whether the key counts at a time, as far as this document goes.
  public func covers(_ time: Instant) -> Bool { from <= time && time < until }
}

extension YAMLFields {
  /// A device: its agency under a key, and `node`.
  func device(_ agency: String) throws(DocumentError) -> NodeName {
    let name = try required("node").name()
    guard name != NodeName.agencyNode else {
      throw try required("node").fail("\(name) is the name of the agency's own node")
    }
    return NodeName(agency: try required(agency).agency(), node: name)
  }
}

extension YAMLReader {
  func signingKey() throws(DocumentError) -> VerifyingKey {
    try read("an Ed25519 key in base64") { Data(base64Encoded: $0).flatMap(VerifyingKey.init) }
  }
}
