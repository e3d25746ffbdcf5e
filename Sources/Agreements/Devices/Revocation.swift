import FoundationEssentials
public import Records

/// An agency's word that one of its delegations counts no more. What the agency admitted before stays.
public struct Revocation: Hashable, Sendable {
  public let document: SignedDocument
  /// The device, with its agency.
  public let node: NodeName
  /// The delegation that it ends.
  public let serial: Int
  /// The first instant at which nothing more is admitted under it. Of several the earliest counts.
  public let effective: Instant

  /// Makes and signs a document, as the device's agency.
  public static func document(
    of node: NodeName, serial: Int, effective: Instant, key: SigningKey
  ) throws -> SignedDocument {
    let body = """
      revocation: \(node.agency)
      node: \(node.node)
      serial: \(serial)
      effective: \(effective)

      """
    var document = SignedDocument(kind: .revocation, body: Data(body.utf8))
    try document.sign(as: node.agency, with: key)
    return document
  }

  /// Reads a document; whether the agency's pinned key signed it is for `Partnership` to say.
  /// - Throws: `DocumentError` with the line.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    guard document.kind == .revocation else {
      throw DocumentError(source: source, problem: "expected a revocation (concord device revoke)")
    }
    self.document = document
    let fields = try YAMLReader(document.text, source: source).mapping([
      "revocation", "node", "serial", "effective",
    ])
    node = try fields.device("revocation")
    serial = try fields.required("serial").serial()
    effective = try fields.required("effective").instant()
  }
}
