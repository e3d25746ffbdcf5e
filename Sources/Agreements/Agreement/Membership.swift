import FoundationEssentials
public import Records

/// A deed of accession: an agency admitted under an agreement by a principal that may admit it.
public struct Membership: Hashable, Sendable {
  public let document: SignedDocument
  public let lineage: String
  public let admittedBy: AgencyID
  public let admittedOn: LocalDate
  public let card: Card

  /// Makes and signs a deed.
  public static func document(
    of lineage: String, admitting card: SignedDocument, by admitter: AgencyID, on day: LocalDate,
    key: SigningKey
  ) throws -> SignedDocument {
    let lines = DocumentFile([card]).text.split(separator: "\n").map { "  \($0)\n" }.joined()
    let body = """
      membership: \(lineage)
      admitted_by: \(admitter)
      admitted_on: \(day)
      card: |
      \(lines)
      """
    var document = SignedDocument(kind: .membership, body: Data(body.utf8))
    try document.sign(as: admitter, with: key)
    return document
  }

  /// Reads a deed; whether its signer may admit is for `Partnership` to say.
  /// - Throws: `DocumentError` with the line.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    guard document.kind == .membership else {
      throw DocumentError(source: source, problem: "expected a membership (concord admit)")
    }
    self.document = document
    let fields = try YAMLReader(document.text, source: source).mapping([
      "membership", "admitted_by", "admitted_on", "card",
    ])
    lineage = try fields.required("membership").name()
    admittedBy = try fields.required("admitted_by").agency()
    admittedOn = try fields.required("admitted_on").date()
    card = try Card(file: try fields.required("card").text(), source: source)
  }
}
