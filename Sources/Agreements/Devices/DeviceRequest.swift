public import FoundationEssentials
public import Records

/// What a new device asks its agency for: the public parts of its keys, signed by its signing key.
public struct DeviceRequest: Hashable, Sendable {
  public let document: SignedDocument
  public let node: NodeName
  public let signingKey: VerifyingKey
  /// The public part of its TLS key: a SubjectPublicKeyInfo (RFC 5280), DER.
  public let tlsKey: Data

  /// Makes and signs a document, as the device.
  public static func document(
    of node: NodeName, tlsKey: Data, key: SigningKey
  ) throws -> SignedDocument {
    let body = """
      device-request: \(node.agency)
      node: \(node.node)
      signing_key: \(key.publicKey.bytes.base64EncodedString())
      tls_key: \(tlsKey.base64EncodedString())

      """
    var document = SignedDocument(kind: .deviceRequest, body: Data(body.utf8))
    try document.sign(as: node.agency, with: key)
    return document
  }

  /// Reads a file.
  /// - Throws: `DocumentError` with the line.
  public init(file text: String, source: String) throws(DocumentError) {
    guard let document = try DocumentFile(text, source: source).first(.deviceRequest) else {
      throw Self.none(source)
    }
    try self.init(document, source: source)
  }

  private static func none(_ source: String) -> DocumentError {
    DocumentError(source: source, problem: "expected a device's request (concord device init)")
  }

  /// Reads a document, and checks that the key in it signed it.
  /// - Throws: `DocumentError` with the line.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    guard document.kind == .deviceRequest else { throw Self.none(source) }
    self.document = document
    let fields = try YAMLReader(document.text, source: source).mapping([
      "device-request", "node", "signing_key", "tls_key",
    ])
    node = try fields.device("device-request")
    signingKey = try fields.required("signing_key").signingKey()
    tlsKey = try fields.required("tls_key").base64()
    guard document.isSigned(by: node.agency, key: signingKey) else {
      throw DocumentError(
        source: source, problem: "the request of \(node) is not signed by its key: copy it anew")
    }
  }
}
