import Agreements
import Foundation
import Records

/// The texts that people sign, signed anew where a reader minds, so that what is behind the
/// signature is reached.
enum Documents {
  static func run(_ bytes: Data) throws(FuzzFinding) {
    var input = FuzzInput(bytes)
    let kind = input.byte()
    let body = input.remainder()
    switch kind % 14 {
    case 0: try file(body)
    case 1: _ = try? Card(signed(.card, body), source: "fuzz")
    case 2:
      guard let file = try? ProfileFile(signed(.profile, body), source: "fuzz") else { return }
      _ = try? Profile(base: file)
    case 3: _ = try? Agreement(template: String(decoding: body, as: UTF8.self), source: "fuzz")
    case 4: _ = try? Agreement(signed(.agreement, body), source: "fuzz")
    case 5: _ = try? Membership(signed(.membership, body), source: "fuzz")
    case 6: _ = try? Suspension(signed(.suspension, body), source: "fuzz")
    case 7: _ = try? Exit(signed(.exit, body), source: "fuzz")
    case 8: _ = try? Release(signed(.release, body), source: "fuzz")
    case 9: _ = try? Delegation(signed(.delegation, body), source: "fuzz")
    case 10: _ = try? Revocation(signed(.revocation, body), source: "fuzz")
    case 11: _ = try? Enrolment(signed(.enrolment, body), source: "fuzz")
    case 12: _ = try? DeviceRequest(signed(.deviceRequest, body), source: "fuzz")
    default: try admission(body)
    }
  }

  private static func admission(_ body: Data) throws(FuzzFinding) {
    guard let admission = try? Admission(body) else { return }
    let again = try? Admission(admission.encoded())
    try check(again == admission, "an admission reads back otherwise")
  }

  private static func file(_ body: Data) throws(FuzzFinding) {
    guard let file = try? DocumentFile(String(decoding: body, as: UTF8.self), source: "fuzz") else {
      return
    }
    let again = try? DocumentFile(file.text, source: "fuzz").documents
    try check(again == file.documents, "a document file reads back otherwise")
    let partnership = Partnership(file.documents.map { signed($0.kind, $0.body) })
    for agency in partnership.parties { _ = partnership.documentsConcerning(agency) }
  }

  /// A document with the signatures of all fixed keys.
  private static func signed(_ kind: DocumentKind, _ body: Data) -> SignedDocument {
    var document = SignedDocument(kind: kind, body: body)
    let agencies = [FuzzKeys.police, FuzzKeys.care, FuzzKeys.school]
    for (number, agency) in agencies.enumerated() {
      try? document.sign(as: agency, with: FuzzKeys.key(UInt8(number + 1)))
    }
    return document
  }
}
