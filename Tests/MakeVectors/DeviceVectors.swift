import Agreements
import Foundation
import Records

/// Delegations and revocations, by which other agencies judge what a device signed.
extension DocumentVectors {
  private static let car = NodeName(agency: Fixed.police, node: "car-1")

  mutating func acceptDevices() throws {
    try accept(
      "delegation", "the agency says that a device's key signs for it", [try Self.delegation()])
    try accept("revocation", "the agency ends it", [try Self.revocation()])
  }

  mutating func rejectDevices() throws {
    let delegation = try Self.delegation().text
    let spoilt: [(String, String, String, String)] = [
      ("delegation-of-the-agency-node", "the agency's own node is no device", "car-1", "agency"),
      ("delegation-serial-0", "serials start at 1", "serial: 1", "serial: 0"),
      (
        "delegation-ends-before-it-begins", "until lies not after from", "until: 2027",
        "until: 2025"
      ),
      ("delegation-key-short", "a key has 32 bytes", "key: ", "key: AAAA\nold_key: "),
      ("delegation-with-a-role", "what a device is for stays in the agency", "serial", "role"),
    ]
    for (name, description, right, wrong) in spoilt {
      try rejectDevice(name, description, .delegation, delegation.replacing(right, with: wrong))
    }
    try rejectDevice(
      "revocation-without-serial", "no serial", .revocation,
      try Self.revocation().text.replacing("serial: 1\n", with: ""))
  }

  private mutating func rejectDevice(
    _ name: String, _ description: String, _ kind: DocumentKind, _ body: String
  ) throws {
    var document = SignedDocument(kind: kind, body: Data(body.utf8))
    try document.sign(as: Fixed.police, with: Fixed.policeKey)
    try reject(name, description, "malformed-document", DocumentFile([document]).text)
  }

  private static func delegation() throws -> SignedDocument {
    let from = Fixed.time.instant
    return try Delegation.document(
      Delegation.Terms(
        node: car, key: Fixed.deviceKey.publicKey, serial: 1, from: from,
        until: from.advanced(byMilliseconds: 365 * 86_400_000)),
      key: Fixed.policeKey)
  }

  private static func revocation() throws -> SignedDocument {
    try Revocation.document(
      of: car, serial: 1, effective: Fixed.time.instant.advanced(byMilliseconds: 86_400_000),
      key: Fixed.policeKey)
  }
}
