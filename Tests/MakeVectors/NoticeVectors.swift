import Agreements
import Foundation
import Records

/// Suspensions, exits and releases: short texts whose every line is read strictly.
extension DocumentVectors {
  private static let lineage = "example-agreement"
  private static let cutoff = Fixed.known(
    Cutoff(
      effective: Fixed.time.instant,
      acceptUntil: Fixed.time.instant.advanced(byMilliseconds: 14 * 86_400_000)))
  private static let change = Fixed.known(ChangeID(Data(repeating: 0xC4, count: 32)))

  static func isWellFormed(_ document: SignedDocument) -> Bool {
    switch document.kind {
    case .suspension: (try? Suspension(document, source: "vector")) != nil
    case .exit: (try? Exit(document, source: "vector")) != nil
    case .release: (try? Release(document, source: "vector")) != nil
    case .delegation: (try? Delegation(document, source: "vector")) != nil
    case .revocation: (try? Revocation(document, source: "vector")) != nil
    case .rotation: (try? KeyRotation(document, source: "vector")) != nil
    case .card, .agreement, .membership, .profile, .enrolment, .deviceRequest: true
    }
  }

  mutating func acceptNotices() throws {
    try accept(
      "suspension", "a member is suspended by the principal that may admit it",
      [try Self.suspension(.suspended, serial: 1, reason: "key-lost")])
    try accept(
      "reinstatement", "it is reinstated, without a reason code",
      [try Self.suspension(.reinstated, serial: 2, reason: nil)])
    try accept("exit", "a party leaves; its own key signs", [try Self.exit()])
    try accept("release", "a principal lets a late change count", [try Self.release()])
  }

  mutating func rejectNotices() throws {
    let suspension = try Self.suspension(.suspended, serial: 1, reason: "key-lost").text
    let spoilt: [(String, String, String, String)] = [
      ("suspension-serial-0", "serials start at 1", "serial: 1", "serial: 0"),
      ("suspension-serial-padded", "a serial has no leading zeros", "serial: 1", "serial: 01"),
      ("suspension-serial-signed", "a serial has no sign", "serial: 1", "serial: +1"),
      ("suspension-state-unknown", "a state that there is not", "suspended\n", "paused\n"),
      (
        "suspension-without-milliseconds", "an instant has three digits of fraction",
        "2026-09-01T08:30:00.000Z", "2026-09-01T08:30:00Z"
      ),
      (
        "suspension-not-utc", "an instant is written in UTC", "2026-09-01T08:30:00.000Z",
        "2026-09-01T09:30:00.000+01:00"
      ),
      (
        "suspension-accept-before-effective", "accept_until lies before effective",
        "2026-09-15T08:30:00.000Z", "2026-09-01T08:29:59.999Z"
      ),
      (
        "suspension-reason-is-a-story", "a reason code is a name", "reason_code: key-lost",
        "reason_code: Lost their key"
      ),
      ("suspension-key-unknown", "a key that there is not", "agency:", "agencies:"),
      ("suspension-key-missing", "no serial", "serial: 1\n", ""),
      ("suspension-key-twice", "a key stands twice", "serial: 1\n", "serial: 1\nserial: 1\n"),
    ]
    for (name, description, right, wrong) in spoilt {
      try rejectNotice(name, description, .suspension, suspension.replacing(right, with: wrong))
    }
    let exit = try Self.exit().text
    try rejectNotice(
      "exit-without-version", "no version", .exit, exit.replacing("version: 1\n", with: ""))
    try rejectNotice(
      "exit-with-a-reason", "an exit gives no reason", .exit, exit + "reason_code: merged\n")
    let release = try Self.release().text
    try rejectNotice(
      "release-change-short", "a change id has 64 digits", .release,
      release.replacing("c4c4c4c4\n", with: "c4c4c4\n"))
    try rejectNotice(
      "release-change-upper-case", "a change id is in lower case", .release,
      release.replacing("c4c4", with: "C4C4"))
    let signed = try Self.exit()
    try reject(
      "exit-signed-for-another-day", "accept_until was changed after it was signed",
      "bad-signature",
      DocumentFile([signed]).text.replacing(
        "accept_until: 2026-09-15", with: "accept_until: 2026-12-15"))
  }

  /// A text that is signed as it stands, so that nothing but the text is wrong.
  private mutating func rejectNotice(
    _ name: String, _ description: String, _ kind: DocumentKind, _ body: String
  ) throws {
    var document = SignedDocument(kind: kind, body: Data(body.utf8))
    try document.sign(as: Fixed.care, with: Fixed.careKey)
    try reject(name, description, "malformed-document", DocumentFile([document]).text)
  }

  private static func suspension(
    _ state: Suspension.State, serial: Int, reason: String?
  ) throws -> SignedDocument {
    try Suspension.document(
      Suspension.Terms(
        lineage: lineage, agency: Fixed.school, state: state, serial: serial, cutoff: cutoff,
        reasonCode: reason),
      by: Fixed.care, key: Fixed.careKey)
  }

  private static func exit() throws -> SignedDocument {
    try Exit.document(
      from: lineage, version: 1, of: Fixed.school, cutoff, key: Fixed.schoolKey)
  }

  private static func release() throws -> SignedDocument {
    try Release.document(
      of: change, by: Fixed.school, under: lineage, reasonCode: "node-was-off",
      signedBy: Fixed.police, key: Fixed.policeKey)
  }
}
