import Agreements
import Foundation
import Records
import TestSupport
import Testing

/// Where the signing of a version stands, and what comes next for whom.
struct SigningRoundTests {
  private let parties: ThreeParties

  init() throws { parties = try ThreeParties() }

  private func agreement(unsignedBy missing: [TestAgency]) throws -> Agreement {
    try Agreement(
      try parties.next(
        after: parties.agreement, version: 2, starts: "2027-01-01", unsignedBy: missing),
      source: "next")
  }

  private func card(_ agency: TestAgency) throws -> Card {
    try Card(try agency.card(), source: "card")
  }

  @Test func eachIsToldWhatIsToBeDoneNext() throws {
    let half = SigningRound(try agreement(unsignedBy: [parties.care, parties.health]))
    #expect(half.parties.map(\.state) == [.signed, .missing, .missing])
    let (police, care) = (try card(parties.police), try card(parties.care))
    let missing = [parties.care.id, parties.health.id]
    #expect(half.step(for: police, isAdopted: false) == .collect(missing))
    #expect(half.step(for: nil, isAdopted: false) == .collect(missing))
    #expect(half.step(for: care, isAdopted: false) == .sign)
    #expect(half.step(for: try card(parties.school), isAdopted: false) == .none)
    let whole = SigningRound(try agreement(unsignedBy: []))
    #expect(whole.agencies(.signed).count == 3)
    #expect(whole.step(for: care, isAdopted: false) == .adopt)
    #expect(whole.step(for: nil, isAdopted: false) == .adopt)
    #expect(whole.step(for: care, isAdopted: true) == .done(whole.agreement.starts))
  }

  @Test func aCardThatIsNotTheReadersIsDraftedAnew() throws {
    let round = SigningRound(try agreement(unsignedBy: [parties.care]))
    let other = TestAgency(parties.care, key: parties.health.key)
    #expect(round.step(for: try card(other), isAdopted: false) == .draftAnew)
  }

  @Test func aSignatureThatDoesNotHoldComesFirst() throws {
    let signed = try agreement(unsignedBy: [parties.health]).document
    var altered = SignedDocument(
      kind: .agreement,
      body: Data(signed.text.replacing("purpose: An example", with: "purpose: Another").utf8),
      signatures: signed.signatures)
    try altered.sign(as: parties.health.id, with: parties.health.key)
    #expect(altered.text != signed.text)
    let round = SigningRound(try Agreement(altered, source: "altered"))
    #expect(round.parties.map(\.state) == [.invalid, .invalid, .signed])
    let wrong = [parties.police.id, parties.care.id]
    #expect(round.step(for: try card(parties.health), isAdopted: false) == .renew(wrong))
    var strange = signed
    try strange.sign(as: parties.school.id, with: parties.school.key)
    let other = SigningRound(try Agreement(strange, source: "strange"))
    #expect(other.strangers == [parties.school.id])
    #expect(other.step(for: nil, isAdopted: false) == .renew([parties.school.id]))
  }
}
