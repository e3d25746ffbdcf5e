import Agreements
import Foundation
import Records
import Simulation
import TestSupport
import Testing

/// Three principals and a school under one agreement, and every paper that they may sign.
struct ThreeParties {
  let police: TestAgency
  let care: TestAgency
  let health: TestAgency
  let school: TestAgency
  /// The first version, signed by all.
  let agreement: SignedDocument
  private let profile: SignedDocument

  var principals: [TestAgency] { [police, care, health] }

  init() throws {
    police = try TestAgency("police.example", .police)
    care = try TestAgency("care.example", .care)
    health = try TestAgency("health.example", .health)
    school = try TestAgency("school.100001", .school)
    profile = SignedDocument(kind: .profile, body: Data(Self.profileText.utf8))
    agreement = try Self.draft(
      Self.template(principals: [police, care, health]), profile,
      by: [police, care, health], previous: nil)
  }

  /// What all these documents, the profile and the first version amount to.
  func partnership(_ documents: [SignedDocument]) throws -> Partnership {
    Partnership([profile] + documents + [agreement])
  }

  /// A next version, signed by all its principals but those named.
  func next(
    after previous: SignedDocument, version: Int, starts: String, purpose: String = "An example",
    without dropped: TestAgency? = nil, admits: String = "care.example",
    unsignedBy missing: [TestAgency] = [], rekeyed keys: [AgencyID: SigningKey] = [:]
  ) throws -> SignedDocument {
    let principals = principals.filter { $0.id != dropped?.id }.map { agency in
      keys[agency.id].map { TestAgency(agency, key: $0) } ?? agency
    }
    return try Self.draft(
      Self.template(
        version, starts: starts, purpose: purpose, admits: admits, principals: principals),
      profile,
      by: principals, unsignedBy: missing, previous: previous)
  }

  /// The school's deed.
  func deed(
    on day: String = "2026-09-01", key: SigningKey? = nil, by admitter: TestAgency? = nil,
    signedWith admitting: SigningKey? = nil
  ) throws -> SignedDocument {
    let admitter = admitter ?? care
    let card = try Card(
      agency: school.id, federation: "test", kind: .school, name: "A school",
      endpoint: "127.0.0.1:1", signingKey: (key ?? school.key).publicKey,
      authority: Data("no certificate".utf8)
    ).document(signedBy: key ?? school.key)
    return try Membership.document(
      of: "example", admitting: card, by: admitter.id, on: try #require(LocalDate(day)),
      key: admitting ?? admitter.key)
  }

  /// A suspension or reinstatement, accepting what was written before for a week.
  func suspension(
    _ serial: Int, _ state: Suspension.State, from time: String, of agency: AgencyID? = nil,
    by signer: TestAgency? = nil
  ) throws -> SignedDocument {
    let signer = signer ?? care
    return try Suspension.document(
      Suspension.Terms(
        lineage: "example", agency: agency ?? school.id, state: state, serial: serial,
        cutoff: try Self.cutoff(time), reasonCode: "example"),
      by: signer.id, key: signer.key)
  }

  /// An exit, accepting what was written before for a week.
  func exit(
    _ agency: TestAgency, version: Int = 1, from time: String, key: SigningKey? = nil
  ) throws -> SignedDocument {
    try Exit.document(
      from: "example", version: version, of: agency.id, try Self.cutoff(time),
      key: key ?? agency.key)
  }

  /// Papers of every kind, right and wrong, as they may lie in a drawer.
  func papers(using generator: inout SeededGenerator) throws -> [SignedDocument] {
    func day() -> String {
      let number = Int.random(in: 1...28, using: &generator)
      return "2026-10-\(number < 10 ? "0" : "")\(number)"
    }
    func time() -> String { "\(day())T0\(Int.random(in: 0...9, using: &generator)):00:00.000Z" }
    var papers = [try deed(on: day()), try deed(on: day(), key: SigningKey())]
    if Bool.random(using: &generator) { papers.append(try deed(on: "2026-10-28")) }
    for _ in 0..<Int.random(in: 0...5, using: &generator) {
      papers.append(
        try suspension(
          Int.random(in: 1...3, using: &generator),
          Bool.random(using: &generator) ? .suspended : .reinstated, from: time(),
          by: Int.random(in: 0..<5, using: &generator) == 0 ? police : care))
    }
    for _ in 0..<Int.random(in: 0...2, using: &generator) {
      papers.append(
        try exit(Bool.random(using: &generator) ? school : health, from: time()))
    }
    let second = try next(
      after: agreement, version: 2, starts: day(),
      without: Bool.random(using: &generator) ? health : nil,
      unsignedBy: Bool.random(using: &generator) ? [care] : [])
    papers.append(second)
    if Bool.random(using: &generator) {
      papers.append(
        try next(after: agreement, version: 2, starts: day(), purpose: "Another draft"))
    }
    if Bool.random(using: &generator) {
      papers.append(try next(after: second, version: 3, starts: "2026-11-01"))
    }
    let change = try #require(ChangeID(Data(repeating: 7, count: 32)))
    papers.append(
      try Release.document(
        of: change, by: school.id, under: "example", signedBy: care.id, key: care.key))
    // A replica holds each document once: two that differ only in who signed them are one.
    var ids: Set<Digest> = []
    return papers.filter { ids.insert($0.id).inserted }
  }

  private static func cutoff(_ time: String) throws -> Cutoff {
    let effective = try #require(Instant(time))
    return try #require(
      Cutoff(
        effective: effective, acceptUntil: effective.advanced(byMilliseconds: 7 * 86_400_000)))
  }

  private static func draft(
    _ template: String, _ profile: SignedDocument, by principals: [TestAgency],
    unsignedBy missing: [TestAgency] = [], previous: SignedDocument?
  ) throws -> SignedDocument {
    let before = try previous.map { try Agreement($0, source: "previous") }
    var document = try Agreement.draft(
      template: template, source: "template.yaml", cards: try principals.map { try $0.card() },
      profiles: [try ProfileFile(profile, source: "profile")], previous: before)
    for agency in principals where !missing.contains(where: { $0.id == agency.id }) {
      try document.sign(as: agency.id, with: agency.key)
    }
    return document
  }

  private static func template(
    _ version: Int = 1, starts: String = "2026-09-01", purpose: String = "An example",
    admits: String = "care.example", principals: [TestAgency]
  ) -> String {
    """
    agreement: example
    version: \(version)
    profile: base
    purpose: \(purpose)
    legal_basis: [An example]
    starts: \(starts)
    ends: 2027-08-31
    principals: [\(principals.map(\.id.description).joined(separator: ", "))]
    admits: {school: [\(admits)]}
    grants:
      - {id: care-reads, to: {kind: care}, read: [child.*], write: [child.*]}
      - {id: police-writes, to: {kind: police}, read: [child.*], write: [child.*]}
      - {id: health-reads, to: {kind: health}, read: [child.name]}
      - {id: school-reads, to: {kind: school}, read: [child.name], write: [child.name]}

    """
  }

  private static let profileText = """
    profile: base
    version: 1
    records:
      child:
        fields:
          name: {type: text, label: identity, merge: review}
          school: {type: agency, label: identity, merge: review, routing: true}
    """
}
