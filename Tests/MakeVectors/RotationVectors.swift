import Agreements
import Foundation
import Records

/// Rotations, by which an agency goes on with another signing key or CA.
extension DocumentVectors {
  private static let (oldCA, newCA) = (Data("the old CA".utf8), Data("the new CA".utf8))

  mutating func acceptRotations() throws {
    try accept(
      "rotation", "the key before signs it, and the new one the lines above proof",
      [try Self.rotation()])
    try accept(
      "rotation-of-the-ca", "the signing key stays", [try Self.rotation(to: Fixed.policeKey)])
  }

  mutating func rejectRotations() throws {
    let rotation = try Self.rotation().text
    let spoilt: [(String, String, String, String)] = [
      ("rotation-serial-0", "serials start at 1", "serial: 1", "serial: 0"),
      (
        "rotation-ends-before-it-begins", "accept_until lies not after from", "until: 2027",
        "until: 2025"
      ),
      (
        "rotation-of-another", "the proof is for another agency", "rotation: police",
        "rotation: care"
      ),
      ("rotation-key-short", "a key has 32 bytes", "signing_key: ", "signing_key: AAAA"),
      ("rotation-proof-short", "a proof has 64 bytes", "proof: ", "proof: AAAA"),
    ]
    for (name, description, right, wrong) in spoilt {
      try rejectRotation(name, description, rotation.replacing(right, with: wrong))
    }
    let proof = rotation.split(separator: "\n").last.map { $0 + "\n" } ?? ""
    try rejectRotation(
      "rotation-without-proof", "nobody passes on to a key that it does not have",
      rotation.replacing(proof, with: ""))
    try rejectRotation(
      "rotation-of-nothing", "neither key nor CA is another",
      try Self.rotation(to: Fixed.policeKey, newCA: Self.oldCA).text)
  }

  private mutating func rejectRotation(
    _ name: String, _ description: String, _ body: String
  ) throws {
    var document = SignedDocument(kind: .rotation, body: Data(body.utf8))
    try document.sign(as: Fixed.police, with: Fixed.policeKey)
    try reject(name, description, "malformed-document", DocumentFile([document]).text)
  }

  private static func rotation(
    to next: SigningKey = Fixed.deviceKey, newCA: Data = newCA
  ) throws -> SignedDocument {
    let from = Fixed.time.instant
    let terms = KeyRotation.Terms(
      agency: Fixed.police, serial: 1,
      replaced: .init(signingKey: Fixed.policeKey.publicKey, authority: oldCA),
      next: .init(signingKey: next.publicKey, authority: newCA), from: from,
      acceptUntil: from.advanced(byMilliseconds: 365 * 86_400_000))
    return try KeyRotation.document(terms, from: Fixed.policeKey, to: next)
  }
}
