public import FoundationEssentials
public import Records

/// What an agency tells one of its devices, and nobody else: its role, what it may hold, where the
/// agency's node is, and the certificate with which it is let in there. The newest counts.
public struct Enrolment: Hashable, Sendable {
  public let document: SignedDocument
  public let terms: Terms

  /// What a document says.
  public struct Terms: Hashable, Sendable {
    public let node: NodeName
    public let issuedAt: Instant
    /// What the device is used as: a name.
    public let role: String
    public let scope: DeviceScope
    /// `host:port` where the agency's node listens.
    public let endpoint: String
    /// The device's TLS certificate, DER.
    public let certificate: Data

    /// States what a document is to say.
    public init(
      node: NodeName, issuedAt: Instant, role: String, scope: DeviceScope, endpoint: String,
      certificate: Data
    ) {
      self.node = node
      self.issuedAt = issuedAt
      self.role = role
      self.scope = scope
      self.endpoint = endpoint
      self.certificate = certificate
    }
  }

  /// Makes and signs a document, as the device's agency.
  public static func document(_ terms: Terms, key: SigningKey) throws -> SignedDocument {
    var body = """
      enrolment: \(terms.node.agency)
      node: \(terms.node.node)
      issued: \(terms.issuedAt)
      role: \(terms.role)
      endpoint: \(Card.quoted(terms.endpoint))
      certificate: \(terms.certificate.base64EncodedString())

      """
    if let labels = terms.scope.labels {
      body += "sees: [\(labels.sorted().joined(separator: ", "))]\n"
    }
    if let caseload = terms.scope.caseload {
      body += "caseload: [\(caseload.sorted().map(\.description).joined(separator: ", "))]\n"
    }
    var document = SignedDocument(kind: .enrolment, body: Data(body.utf8))
    try document.sign(as: terms.node.agency, with: key)
    return document
  }

  /// Reads a document; whose key signed it is for the reader to check.
  /// - Throws: `DocumentError` with the line.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    guard document.kind == .enrolment else {
      throw DocumentError(source: source, problem: "expected an enrolment (concord device enrol)")
    }
    self.document = document
    let fields = try YAMLReader(document.text, source: source).mapping([
      "enrolment", "node", "issued", "role", "endpoint", "certificate", "sees", "caseload",
    ])
    terms = Terms(
      node: try fields.device("enrolment"), issuedAt: try fields.required("issued").instant(),
      role: try fields.required("role").name(),
      scope: DeviceScope(
        labels: try Self.set("sees", in: fields) { item throws(DocumentError) in
          try item.name()
        },
        caseload: try Self.set("caseload", in: fields) { item throws(DocumentError) in
          try item.read("a record's id (a UUID)") { RecordID($0) }
        }),
      endpoint: try fields.required("endpoint").line(),
      certificate: try fields.required("certificate").base64())
  }

  /// An empty list says that there is nothing, an absent one that there is no limit.
  private static func set<T: Hashable>(
    _ key: String, in fields: YAMLFields, _ read: (YAMLReader) throws(DocumentError) -> T
  ) throws(DocumentError) -> Set<T>? {
    guard fields.optional(key) != nil else { return nil }
    return Set(try fields.list(key, read))
  }
}
