import FoundationEssentials
public import Records

/// A principal's word that a change counts although it came after its author's `accept_until`.
/// With it every node judges the change as if it had come in time.
public struct Release: Hashable, Sendable {
  public let document: SignedDocument
  public let lineage: String
  /// The change's author, who cannot release its own.
  public let agency: AgencyID
  public let change: ChangeID
  /// A name for the administrators of other agencies; never a story about anybody.
  public let reasonCode: String?

  /// Makes and signs a document.
  public static func document(
    of change: ChangeID, by author: AgencyID, under lineage: String, reasonCode: String? = nil,
    signedBy signer: AgencyID, key: SigningKey
  ) throws -> SignedDocument {
    var body = "release: \(lineage)\nagency: \(author)\nchange: \(change)\n"
    if let reasonCode { body += "reason_code: \(reasonCode)\n" }
    var document = SignedDocument(kind: .release, body: Data(body.utf8))
    try document.sign(as: signer, with: key)
    return document
  }

  /// Reads a document; whether a principal signed it is for `Partnership` to say.
  /// - Throws: `DocumentError` with the line.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    guard document.kind == .release else {
      throw DocumentError(source: source, problem: "expected a release")
    }
    self.document = document
    let fields = try YAMLReader(document.text, source: source).mapping([
      "release", "agency", "change", "reason_code",
    ])
    lineage = try fields.required("release").name()
    agency = try fields.required("agency").agency()
    change = try fields.required("change").read("a change id of 64 hexadecimal digits") { text in
      ChangeID(hexadecimal: text).flatMap { $0.description == text ? $0 : nil }
    }
    reasonCode = try fields.optional("reason_code")?.name()
  }
}
