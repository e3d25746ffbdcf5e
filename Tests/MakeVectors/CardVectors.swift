import Agreements
import Foundation
import Records

/// One vector of a card: what people say of it on the telephone, and the line in its QR code.
struct CardVector: Encodable {
  let description: String
  /// The card's file.
  let file: String
  /// The words of its fingerprint, in order.
  let fingerprint: [String]
  let code: String
}

/// Cards with their fingerprints and codes.
struct CardVectors {
  private(set) var vectors: [String: CardVector] = [:]

  init() throws {
    try add("police", "a force's card", Fixed.police, .police, "Example \"police.example\"")
    try add(
      "school", "the same words of name and endpoint, another agency and key", Fixed.school,
      .school,
      "Example \"police.example\"")
    try add(
      "other-name", "name and endpoint are no part of the fingerprint", Fixed.police, .police,
      "Heddlu Enghreifftiol Tŷ'r Môr", endpoint: "[2001:db8::1]:7400")
  }

  private mutating func add(
    _ name: String, _ description: String, _ agency: AgencyID, _ kind: AgencyKind,
    _ called: String, endpoint: String = "127.0.0.1:7400"
  ) throws {
    let key = agency == Fixed.police ? Fixed.policeKey : Fixed.schoolKey
    let document = try Card(
      agency: agency, federation: "example", kind: kind, name: called, endpoint: endpoint,
      signingKey: key.publicKey, authority: Data("stands for a certificate".utf8)
    ).document(signedBy: key)
    let card = try Card(document, source: name)
    vectors[name] = CardVector(
      description: description, file: DocumentFile([document]).text,
      fingerprint: CardFingerprint(card).words,
      code: try CardCode(document, source: name).text)
  }
}
