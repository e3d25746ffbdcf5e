import Agreements
import Foundation
import Records
import TestSupport
import Testing

/// An agreement from its draft to its end: what binds, from when, and for whom.
struct AgreementLifeTests {
  private let police: TestAgency
  private let care: TestAgency
  private let school: TestAgency

  init() throws {
    police = try TestAgency("police.example", .police)
    care = try TestAgency("care.example", .care)
    school = try TestAgency("school.100001", .school)
  }

  private static let profile = """
    profile: base
    version: 1
    records:
      child:
        fields:
          name: {type: text, label: identity, merge: review}
          address: {type: text, label: address, merge: review}
          school: {type: agency, label: identity, merge: review, routing: true}
    """

  private static func template(
    version: Int = 1, starts: String = "2026-09-01", careReads: String = "label:identity"
  ) -> String {
    """
    agreement: example
    version: \(version)
    profile: base
    purpose: An example
    legal_basis: [An example]
    starts: \(starts)
    review: 2027-03-01
    ends: 2027-08-31
    principals: [police.example, care.example]
    admits: {school: [care.example]}
    grants:
      - {id: care-reads, to: {kind: care}, read: ["\(careReads)"], write: [child.*]}
      - {id: police-writes, to: {kind: police}, read: [child.name], write: [child.*]}
      - {id: school-reads, to: {kind: school}, read: [child.name]}

    """
  }

  private func files() throws -> [ProfileFile] {
    [
      try ProfileFile(
        SignedDocument(kind: .profile, body: Data(Self.profile.utf8)), source: "profile")
    ]
  }

  private func draft(
    _ template: String, previous: SignedDocument? = nil, signedBy signers: [TestAgency]
  ) throws -> SignedDocument {
    let before = try previous.map { try Agreement($0, source: "previous") }
    var document = try Agreement.draft(
      template: template, source: "template.yaml",
      cards: [try police.card(), try care.card()], profiles: try files(), previous: before)
    for agency in signers { try document.sign(as: agency.id, with: agency.key) }
    return document
  }

  private func partnership(_ documents: SignedDocument...) throws -> Partnership {
    Partnership(try files().map(\.document) + documents)
  }

  private func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }

  private func rule(
    _ partnership: Partnership, _ field: String, at time: String, for agency: TestAgency? = nil,
    routed: Bool = false
  ) throws -> String {
    let circumstances = Circumstances(
      routedBy: routed ? RecordID(Data(count: 16)) : nil, isRestricted: false,
      now: try instant(time))
    return partnership.mayRead(
      (agency ?? care).id, field, of: "child", circumstances
    ).ruleName
  }

  @Test("it shares from the midnight of its start to the midnight after its end")
  func dates() throws {
    let all = try partnership(try draft(Self.template(), signedBy: [police, care]))
    #expect(try rule(all, "name", at: "2026-08-31T23:59:59.999Z") == "not-started")
    #expect(try rule(all, "name", at: "2026-09-01T00:00:00Z") == "care-reads")
    #expect(try rule(all, "name", at: "2027-08-31T23:59:59.999Z") == "care-reads")
    #expect(try rule(all, "name", at: "2027-09-01T00:00:00Z") == "ended")
    #expect(all.warnings(at: try instant("2027-02-28T23:59:59Z")).isEmpty)
    #expect(all.warnings(at: try instant("2027-03-01T00:00:00Z")).count == 1)
    let ended = all.warnings(at: try instant("2027-09-01T00:00:00Z"))
    #expect(ended.contains { $0.contains("nothing is shared") })
    let write = all.mayWrite(
      police.id, "name", of: "child", lineage: "example", at: try instant("2027-09-01T00:00:00Z"))
    #expect(write.ruleName == "ended")
  }

  @Test("without every principal's signature nothing is in force")
  func incomplete() throws {
    for signers in [[], [police], [care]] {
      let document = try draft(Self.template(), signedBy: signers)
      let partnership = try partnership(document)
      #expect(partnership.lineages.isEmpty)
      #expect(partnership.ineffective[document.id]?.contains("signature") == true)
      #expect(try rule(partnership, "name", at: "2026-10-01T00:00:00Z") == "no-agreement")
    }
  }

  @Test("a signature with another key than the pinned one counts for nothing")
  func forged() throws {
    var document = try draft(Self.template(), signedBy: [police])
    try document.sign(as: care.id, with: SigningKey())
    #expect(try partnership(document).lineages.isEmpty)
    #expect(try Agreement(document, source: "agreement").missingSignatures == [care.id])
  }

  @Test("while a next version lacks signatures, both must allow what is shared")
  func pending() throws {
    let first = try draft(Self.template(careReads: "child.*"), signedBy: [police, care])
    let next = Self.template(version: 2, starts: "2026-11-01", careReads: "child.name")
    let half = try draft(next, previous: first, signedBy: [police])
    let (before, after) = ("2026-10-01T00:00:00Z", "2026-12-01T00:00:00Z")
    for time in [before, after] {
      let both = try partnership(first, half)
      #expect(try rule(both, "name", at: time) == "care-reads")
      #expect(try rule(both, "address", at: time) == "awaiting-signatures")
    }
    let complete = try draft(next, previous: first, signedBy: [police, care])
    let both = try partnership(first, complete)
    #expect(try rule(both, "address", at: before) == "care-reads")
    #expect(try rule(both, "address", at: after) == "no-grant")
  }

  @Test("a version judges what was written in its time, whenever it is judged")
  func judging() throws {
    let first = try draft(Self.template(), signedBy: [police, care])
    let text = Self.template(version: 2, starts: "2026-11-01").replacing(
      "to: {kind: police}, read: [child.name], write: [child.*]",
      with: "to: {kind: police}, read: [child.name], write: [child.name]")
    let both = try partnership(
      first, try draft(text, previous: first, signedBy: [police, care]))
    func may(_ time: String) throws -> Bool {
      both.mayWrite(
        police.id, "address", of: "child", lineage: "example", at: try instant(time)
      ).isAllowed
    }
    #expect(try may("2026-10-31T23:59:59.999Z"))
    #expect(try !may("2026-11-01T00:00:00Z"))
  }

  @Test("a version that does not follow, or changes a field's type, has no effect")
  func notFollowing() throws {
    let first = try draft(Self.template(), signedBy: [police, care])
    let other = try draft(Self.template(careReads: "child.*"), signedBy: [police, care])
    let next = try draft(
      Self.template(version: 2, starts: "2026-11-01"), previous: other, signedBy: [police, care])
    let partnership = try partnership(first, next)
    #expect(partnership.lineages["example"]?.count == 1)
    #expect(partnership.ineffective[next.id]?.contains("does not follow") == true)
    #expect(throws: DocumentError.self) {
      try draft(
        Self.template(version: 2, starts: "2026-08-01"), previous: first, signedBy: [])
    }
  }

  @Test("a wildcard does not let anybody decide routes")
  func routing() throws {
    let all = try partnership(try draft(Self.template(), signedBy: [police, care]))
    let time = try instant("2026-10-01T00:00:00Z")
    #expect(
      all.mayWrite(police.id, "address", of: "child", lineage: "example", at: time).isAllowed)
    #expect(
      !all.mayWrite(police.id, "school", of: "child", lineage: "example", at: time).isAllowed)
  }

  @Test("a school is a member once a principal that may admit it has signed its deed")
  func members() throws {
    let agreement = try draft(Self.template(), signedBy: [police, care])
    func deed(by admitter: TestAgency, key: SigningKey? = nil) throws -> SignedDocument {
      try Membership.document(
        of: "example", admitting: try school.card(), by: admitter.id,
        on: LocalDate(daysSinceEpoch: 20_700), key: key ?? admitter.key)
    }
    let time = "2026-10-01T00:00:00Z"
    let admitted = try partnership(agreement, try deed(by: care))
    #expect(try rule(admitted, "name", at: time, for: school, routed: true) == "school-reads")
    #expect(try rule(admitted, "name", at: time, for: school) == "not-routed")
    #expect(try rule(admitted, "address", at: time, for: school, routed: true) == "no-grant")
    for wrong in [try deed(by: police), try deed(by: care, key: police.key)] {
      let partnership = try partnership(agreement, wrong)
      #expect(try rule(partnership, "name", at: time, for: school, routed: true) == "not-a-party")
      #expect(partnership.ineffective[wrong.id] != nil)
    }
  }

  @Test(
    "a mistake in a template is named with its line",
    arguments: [
      ("purpose: An example", "porpoise: An example", 4), ("version: 1", "version: 0", 2),
      ("version: 1", "version: \(Limits.Document.version + 1)", 2),
      ("version: 1", "version: \(Int.max)", 2),
      ("starts: 2026-09-01", "starts: 1 September", 6),
      ("ends: 2027-08-31", "ends: 2026-08-31", 8), ("id: care-reads", "id: Care", 12),
      ("to: {kind: care}", "to: {kind: nursery}", 12), ("to: {kind: care}", "to: {}", 12),
      ("write: [child.*]", "write: [child]", 12), ("id: police-writes", "id: care-reads", 13),
      ("legal_basis: [An example]", "legal_basis: []", 5),
      ("principals: [police.example, care.example]", "principals: [police.example]", 9),
      ("admits: {school: [care.example]}", "admits: {school: [care.other]}", 10),
    ])
  func lines(right: String, wrong: String, line: Int) throws {
    let text = Self.template().replacing(right, with: wrong, maxReplacements: 1)
    #expect(text != Self.template())
    let error = try #require(throws: DocumentError.self) {
      try Agreement(template: text, source: "template.yaml")
    }
    #expect(error.source == "template.yaml")
    #expect(error.line == line, "\(error)")
  }

  @Test("a grant that speaks of what there is not is refused when drafted, by its id")
  func misspelt() throws {
    for pattern in ["label:identitty", "child.nmae", "chidl.*"] {
      let error = try #require(throws: DocumentError.self) {
        try draft(Self.template(careReads: pattern), signedBy: [])
      }
      #expect(error.problem.contains("care-reads"), "\(error)")
      #expect(error.problem.contains(pattern), "\(error)")
    }
  }
}
