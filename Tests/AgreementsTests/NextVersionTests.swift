import Agreements
import Foundation
import Records
import TestSupport
import Testing

/// Who may make a next version of an agreement: it chooses whose keys count from then on.
struct NextVersionTests {
  private let parties: ThreeParties

  init() throws { parties = try ThreeParties() }

  /// A second version whose cards and signatures somebody made up alone.
  private func forged(keeping kept: [TestAgency] = []) throws -> SignedDocument {
    let own = try parties.principals.map { principal in
      kept.contains { $0.id == principal.id }
        ? principal : try TestAgency(principal.id.description, principal.kind)
    }
    let text = parties.agreement.text
    let head = try #require(text.firstRange(of: "profiles:\n")).lowerBound
    let template = text[..<head].replacing("version: 1", with: "version: 2").replacing(
      "starts: 2026-09-01", with: "starts: 2026-10-01")
    let previous = try Agreement(parties.agreement, source: "previous")
    let profile = try #require(
      try parties.partnership([]).documentsConcerning(parties.police.id)
        .first { $0.kind == .profile })
    var document = try Agreement.draft(
      template: String(template), source: "template", cards: try own.map { try $0.card() },
      profiles: [try ProfileFile(profile, source: "profile")], previous: previous)
    for agency in own { try document.sign(as: agency.id, with: agency.key) }
    return document
  }

  @Test("a version with cards that somebody made up has no effect, complete as it looks")
  func madeUp() throws {
    let document = try forged()
    #expect(try Agreement(document, source: "forged").isComplete)
    let partnership = try parties.partnership([document])
    #expect(partnership.lineages["example"]?.count == 1)
    #expect(partnership.pending.isEmpty)
    #expect(partnership.ineffective[document.id]?.contains("other keys") == true)
    #expect(
      partnership.card(of: parties.care.id)?.signingKey == parties.care.key.publicKey)
    // Not even one principal can put other keys in the place of the rest.
    let alone = try forged(keeping: [parties.police])
    #expect(try parties.partnership([alone]).lineages["example"]?.count == 1)
  }

  @Test("a draft that no principal has signed holds nothing up")
  func unsigned() throws {
    let document = try parties.next(
      after: parties.agreement, version: 2, starts: "2026-10-01",
      unsignedBy: parties.principals)
    let partnership = try parties.partnership([document])
    #expect(partnership.pending.isEmpty)
    #expect(partnership.ineffective[document.id]?.contains("no principal") == true)
  }

  @Test("more than half stay; the others are dropped, or leave first")
  func dropping() throws {
    let second = try parties.next(
      after: parties.agreement, version: 2, starts: "2026-10-01", without: parties.health)
    let two = try parties.partnership([second])
    #expect(two.lineages["example"]?.count == 2)
    // Police and health without care: half of the second version's principals only.
    let third = try parties.next(
      after: second, version: 3, starts: "2026-11-01", without: parties.care,
      admits: "police.example")
    #expect(try parties.partnership([second, third]).lineages["example"]?.count == 2)
    let exit = try parties.exit(parties.care, version: 2, from: "2026-10-20T00:00:00.000Z")
    #expect(try parties.partnership([second, third, exit]).lineages["example"]?.count == 3)
    let tooLate = try parties.exit(parties.care, version: 2, from: "2026-11-01T00:00:00.001Z")
    #expect(try parties.partnership([second, third, tooLate]).lineages["example"]?.count == 2)
  }

  @Test("who was admitted by one that may admit no more needs a new deed under the next version")
  func admitters() throws {
    let deed = try parties.deed()
    let second = try parties.next(
      after: parties.agreement, version: 2, starts: "2026-10-01", admits: "police.example")
    let partnership = try parties.partnership([second, deed])
    let terms = try #require(partnership.lineages["example"])
    let school = parties.school.id
    #expect(partnership.card(of: school, in: terms[0].agreement) != nil)
    #expect(partnership.card(of: school, in: terms[1].agreement) == nil)
    let again = try parties.partnership([
      second, deed, try parties.deed(on: "2026-10-02", by: parties.police),
    ])
    #expect(again.card(of: school, in: terms[1].agreement) != nil)
  }

  @Test("a stale draft holds nothing up once the version is complete")
  func stale() throws {
    let half = try parties.next(
      after: parties.agreement, version: 2, starts: "2026-10-01", purpose: "A draft",
      unsignedBy: [parties.care])
    let whole = try parties.next(after: parties.agreement, version: 2, starts: "2026-10-01")
    for documents in [[half, whole], [whole, half]] {
      let partnership = try parties.partnership(documents)
      #expect(partnership.lineages["example"]?.count == 2)
      #expect(partnership.pending.isEmpty)
    }
  }
}
