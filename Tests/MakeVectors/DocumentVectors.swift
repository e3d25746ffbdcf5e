import Agreements
import Foundation
import Records

/// One vector of a signed document: the file as it lies on a disk, and what follows from it.
struct DocumentVector: Encodable {
  let description: String
  /// The file's text.
  let file: String
  /// Public keys by agency.
  let keys: [String: String]
  /// Rejected: `malformed-file`; `malformed-document` where the first document's body is not one of
  /// its kind; or `bad-signature` where no signature of it is one of these keys'.
  var reason: String?
  /// Accepted: the documents in the file.
  var documents: [Fields]?

  struct Fields: Encodable {
    let kind: String
    let id: String
    /// The body, UTF-8.
    let body: String
    /// Agencies whose signature is there and valid.
    let signedBy: [String]
  }
}

/// Cards, agreements, memberships and profiles as signed texts.
struct DocumentVectors {
  var accepted: [String: DocumentVector] = [:]
  var rejected: [String: DocumentVector] = [:]
  private static let keys = [
    Fixed.police: Fixed.policeKey, Fixed.care: Fixed.careKey, Fixed.school: Fixed.schoolKey,
  ]

  init() throws {
    let cards = try [Fixed.police, Fixed.care, Fixed.school].map { try Self.card($0) }
    let profile = SignedDocument(kind: .profile, body: Data(Self.profile.utf8))
    var agreement = try Agreement.draft(
      template: Self.template, source: "template", cards: Array(cards.prefix(2)),
      profiles: [try ProfileFile(profile, source: "profile")], previous: nil)
    try agreement.sign(as: Fixed.police, with: Fixed.policeKey)
    let half = agreement
    try agreement.sign(as: Fixed.care, with: Fixed.careKey)
    let deed = try Membership.document(
      of: "example-agreement", admitting: cards[2], by: Fixed.care,
      on: LocalDate(daysSinceEpoch: 20_700), key: Fixed.careKey)
    try accept("card", "a card, signed by its own key", [cards[0]])
    try accept("profile", "a profile has no signature", [profile])
    try accept("agreement-half-signed", "one of two principals has signed", [half])
    try accept("agreement", "both principals have signed the same bytes", [agreement])
    try accept("membership", "a deed of accession, with the member's card in it", [deed])
    try accept("several", "what a joining agency is handed", [profile, agreement, deed])
    try reject(cards[0])
    try acceptNotices()
    try acceptDevices()
    try acceptRotations()
    try rejectNotices()
    try rejectDevices()
    try rejectRotations()
  }

  mutating func accept(
    _ name: String, _ description: String, _ documents: [SignedDocument]
  ) throws {
    let text = DocumentFile(documents).text
    let read = try DocumentFile(text, source: name).documents
    guard read == documents else { throw VectorError.wrong("\(name): reads back otherwise") }
    var vector = Self.vector(description, text)
    vector.documents = documents.map { document in
      let signers = Self.keys.filter { document.isSigned(by: $0.key, key: $0.value.publicKey) }
      return DocumentVector.Fields(
        kind: document.kind.rawValue, id: document.id.description, body: document.text,
        signedBy: signers.keys.sorted().map(\.description))
    }
    accepted[name] = vector
  }

  private mutating func reject(_ card: SignedDocument) throws {
    let signature = card.signatures[0]
    func resigned(_ bytes: Data, key: KeyID = signature.key, kind: DocumentKind = .card) -> String {
      let document = SignedDocument(
        kind: kind, body: card.body,
        signatures: [DocumentSignature(agency: signature.agency, key: key, bytes: bytes)])
      return DocumentFile([document]).text
    }
    let text = DocumentFile([card]).text
    try reject(
      "body-changed", "a body changed after it was signed", "bad-signature",
      text.replacing("127.0.0.1:7400", with: "127.0.0.1:7401"))
    try reject(
      "signature-of-another-kind", "signed as a card, shown as a membership", "bad-signature",
      resigned(signature.bytes, kind: .membership))
    try reject(
      "signed-by-another", "signed by another agency's key", "bad-signature",
      resigned(try Fixed.careKey.sign(Self.message(card))))
    try reject(
      "key-id-of-another", "the signature names another key", "bad-signature",
      resigned(signature.bytes, key: Fixed.careKey.id))
    try reject(
      "signature-untagged", "a signature over the document's id alone", "bad-signature",
      resigned(try Fixed.policeKey.sign(card.id.bytes)))
    try reject(
      "no-marker", "a file that does not start with a marker", "malformed-file",
      text.replacing("--- # concord/card\n", with: ""))
    try reject(
      "signatures-first", "signatures without a document", "malformed-file",
      "--- # concord/signatures\n")
    try reject(
      "unknown-part", "a part of a kind that there is not", "malformed-file",
      text.replacing("concord/card", with: "concord/visa"))
    try reject("empty", "an empty file", "malformed-file", "")
  }

  mutating func reject(
    _ name: String, _ description: String, _ reason: String, _ text: String
  ) throws {
    let found = Self.verdict(text)
    guard found == reason else {
      throw VectorError.wrong("\(name): \(found), expected \(reason)")
    }
    var vector = Self.vector(description, text)
    vector.reason = reason
    rejected[name] = vector
  }

  private static func verdict(_ text: String) -> String {
    guard let document = try? DocumentFile(text, source: "vector").documents.first else {
      return "malformed-file"
    }
    guard isWellFormed(document) else { return "malformed-document" }
    let isSigned = keys.contains { document.isSigned(by: $0.key, key: $0.value.publicKey) }
    return isSigned ? "accepted" : "bad-signature"
  }

  private static func vector(_ description: String, _ text: String) -> DocumentVector {
    let keys = keys.map { ($0.key.description, $0.value.publicKey.bytes.hexadecimal) }
    return DocumentVector(
      description: description, file: text, keys: Dictionary(uniqueKeysWithValues: keys))
  }

  /// What is signed of a document.
  private static func message(_ document: SignedDocument) -> Data {
    TaggedHash.message(
      "concord/v1/document/signature", Data(document.kind.rawValue.utf8), document.body)
  }

  private static func card(_ agency: AgencyID) throws -> SignedDocument {
    guard let key = keys[agency],
      let kind = AgencyKind(rawValue: String(agency.description.prefix { $0 != "." }))
    else { throw VectorError.wrong("no key for \(agency)") }
    return try Card(
      agency: agency, federation: "example", kind: kind, name: "Example \"\(agency)\"",
      endpoint: "127.0.0.1:7400", signingKey: key.publicKey,
      authority: Data("stands for a certificate".utf8)
    ).document(signedBy: key)
  }

  private static let template = """
    agreement: example-agreement
    version: 1
    profile: example
    purpose: An example
    legal_basis: [An example]
    starts: 2026-09-01
    ends: 2027-08-31
    principals: [police.example, care.example]
    admits:
      school: [care.example]
    grants:
      - id: example
        to: {kind: school}
        read: [label:notice]

    """

  private static let profile = """
    profile: example
    version: 1
    records:
      child:
        fields:
          name: {type: text, label: notice, merge: review}

    """
}
