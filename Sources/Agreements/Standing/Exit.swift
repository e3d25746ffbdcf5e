import FoundationEssentials
public import Records

/// A party's own word that it leaves an agreement. Nobody can take it back; a deed of a later day, or
/// a version beyond the one it names, with the agency as a principal, brings it in again.
public struct Exit: Hashable, Sendable {
  public let document: SignedDocument
  public let lineage: String
  public let agency: AgencyID
  /// The last version that the agency had signed or joined under: what it signed before it left does
  /// not bring it back.
  public let version: Int
  public let cutoff: Cutoff

  /// Makes and signs a document.
  public static func document(
    from lineage: String, version: Int, of agency: AgencyID, _ cutoff: Cutoff, key: SigningKey
  ) throws -> SignedDocument {
    let body = "exit: \(lineage)\nagency: \(agency)\nversion: \(version)\n\(cutoff.lines)"
    var document = SignedDocument(kind: .exit, body: Data(body.utf8))
    try document.sign(as: agency, with: key)
    return document
  }

  /// Reads a document; whether the agency's pinned key signed it is for `Partnership` to say.
  /// - Throws: `DocumentError` with the line.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    guard document.kind == .exit else {
      throw DocumentError(source: source, problem: "expected an exit (concord leave)")
    }
    self.document = document
    let fields = try YAMLReader(document.text, source: source).mapping(
      ["exit", "agency", "version"] + Cutoff.keys)
    lineage = try fields.required("exit").name()
    agency = try fields.required("agency").agency()
    version = try fields.required("version").serial()
    cutoff = try Cutoff(fields)
  }
}
