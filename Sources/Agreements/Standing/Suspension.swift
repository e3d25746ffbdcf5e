import FoundationEssentials
public import Records

/// A member's suspension or reinstatement, signed by a principal that may admit its kind.
///
/// Whether the signer may do so is for `Partnership` to say.
public struct Suspension: Hashable, Sendable {
  public let document: SignedDocument
  public let lineage: String
  public let agency: AgencyID
  public let state: State
  /// The highest serial counts; of one serial's several documents, the more careful one.
  public let serial: Int
  public let cutoff: Cutoff
  /// A name for the administrators of other agencies; never a story about anybody.
  public let reasonCode: String?

  /// What the document says of its agency.
  public enum State: String, Hashable, Sendable, CaseIterable {
    case suspended, reinstated
  }

  /// What a document is to say.
  public struct Terms: Sendable {
    public let lineage: String
    public let agency: AgencyID
    public let state: State
    public let serial: Int
    public let cutoff: Cutoff
    public let reasonCode: String?

    /// States what the document is to say.
    public init(
      lineage: String, agency: AgencyID, state: State, serial: Int, cutoff: Cutoff,
      reasonCode: String? = nil
    ) {
      self.lineage = lineage
      self.agency = agency
      self.state = state
      self.serial = serial
      self.cutoff = cutoff
      self.reasonCode = reasonCode
    }
  }

  /// Makes and signs a document.
  public static func document(
    _ terms: Terms, by signer: AgencyID, key: SigningKey
  ) throws -> SignedDocument {
    var body = """
      suspension: \(terms.lineage)
      agency: \(terms.agency)
      state: \(terms.state.rawValue)
      serial: \(terms.serial)
      \(terms.cutoff.lines)
      """
    if let code = terms.reasonCode { body += "reason_code: \(code)\n" }
    var document = SignedDocument(kind: .suspension, body: Data(body.utf8))
    try document.sign(as: signer, with: key)
    return document
  }

  /// Reads a document.
  /// - Throws: `DocumentError` with the line.
  public init(_ document: SignedDocument, source: String) throws(DocumentError) {
    guard document.kind == .suspension else {
      throw DocumentError(source: source, problem: "expected a suspension (concord suspend)")
    }
    self.document = document
    let fields = try YAMLReader(document.text, source: source).mapping(
      ["suspension", "agency", "state", "serial"] + Cutoff.keys + ["reason_code"])
    lineage = try fields.required("suspension").name()
    agency = try fields.required("agency").agency()
    state = try fields.required("state").read("suspended or reinstated") { State(rawValue: $0) }
    serial = try fields.required("serial").serial()
    cutoff = try Cutoff(fields)
    reasonCode = try fields.optional("reason_code")?.name()
  }
}
