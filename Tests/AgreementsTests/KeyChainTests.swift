import Agreements
import Foundation
import Records
import Simulation
import TestSupport
import Testing

/// Which keys speak for an agency once it has passed on from one to the next.
struct KeyChainTests {
  private let parties: ThreeParties

  init() throws { parties = try ThreeParties() }

  private static let authority = Data("no certificate".utf8)

  /// A rotation of police's keys.
  private func rotation(
    _ serial: Int, from old: SigningKey, to new: SigningKey, of agency: TestAgency? = nil,
    authorities: (Data, Data) = (authority, authority), acceptUntil: String = "2026-12-01"
  ) throws -> SignedDocument {
    try KeyRotation.document(
      KeyRotation.Terms(
        agency: (agency ?? parties.police).id, serial: serial,
        replaced: .init(signingKey: old.publicKey, authority: authorities.0),
        next: .init(signingKey: new.publicKey, authority: authorities.1),
        from: try #require(Instant("2026-11-01T00:00:00.000Z")),
        acceptUntil: try #require(Instant("\(acceptUntil)T00:00:00.000Z"))),
      from: old, to: new)
  }

  @Test func aRotationReadsAsWritten() throws {
    let new = SigningKey()
    let document = try rotation(3, from: parties.police.key, to: new)
    let read = try KeyRotation(document, source: "test")
    #expect(read.terms.agency == parties.police.id && read.terms.serial == 3)
    #expect(read.terms.next.signingKey == new.publicKey)
    let keys = document.text.split(separator: "\n").compactMap { $0.split(separator: ":").first }
    #expect(
      keys == [
        "rotation", "serial", "replaced_key", "replaced_ca", "signing_key", "ca_certificate",
        "from", "accept_until", "proof",
      ])
  }

  @Test(
    "what is wrong in a rotation is said",
    arguments: [
      ("serial: 1", "serial: 2"), ("serial: 1", "serial: 0"),
      ("accept_until: 2026-12", "accept_until: 2026-10"),
      ("rotation: police.example", "rotation: care.example"), ("proof: ", "proof: AAAA"),
      ("replaced_ca: ", "replaced_ca: AAAA"),
    ])
  func whatIsWrongIsSaid(_ old: String, _ new: String) throws {
    let document = try rotation(1, from: parties.police.key, to: SigningKey())
    let spoilt = SignedDocument(
      kind: .rotation, body: Data(document.text.replacingOccurrences(of: old, with: new).utf8),
      signatures: document.signatures)
    #expect(spoilt.body != document.body)
    #expect(throws: DocumentError.self) { try KeyRotation(spoilt, source: "test") }
  }

  @Test func nobodyPassesOnToAKeyThatItDoesNotHave() throws {
    let (old, new) = (parties.police.key, SigningKey())
    let honest = try rotation(1, from: old, to: new)
    // The old key signs anew for a key of somebody else, with the proof that belongs to another.
    let other = SigningKey()
    let body = honest.text.replacingOccurrences(
      of: new.publicKey.bytes.base64EncodedString(),
      with: other.publicKey.bytes.base64EncodedString())
    var forged = SignedDocument(kind: .rotation, body: Data(body.utf8))
    try forged.sign(as: parties.police.id, with: old)
    #expect(throws: DocumentError.self) { try KeyRotation(forged, source: "test") }
  }

  @Test func aChainIsTheSameInWhateverOrderItsLinksCame() throws {
    let seed = UInt64.random(in: .min ... .max)
    var generator = SeededGenerator(seed: seed)
    let keys = [parties.police.key] + (0..<5).map { _ in SigningKey() }
    let documents = try zip(keys, keys.dropFirst()).enumerated().map { place, pair in
      try rotation(place + 1, from: pair.0, to: pair.1)
    }
    for _ in 0..<20 {
      let partnership = try parties.partnership(documents.shuffled(using: &generator))
      let chain = try #require(partnership.keys(of: parties.police.id))
      #expect(chain.signingKeys == keys.map(\.publicKey), "seed \(seed)")
      #expect(chain.current.until == nil && chain.links[0].until != nil, "seed \(seed)")
      #expect(partnership.ineffective.isEmpty, "seed \(seed)")
      #expect(partnership.rotations(of: parties.police.id).map(\.terms.serial) == [1, 2, 3, 4, 5])
    }
  }

  @Test func aKeyThatWasNeverPinnedPassesNothingOn() throws {
    let stranger = SigningKey()
    let document = try rotation(1, from: stranger, to: SigningKey())
    let partnership = try parties.partnership([document])
    let chain = try #require(partnership.keys(of: parties.police.id))
    #expect(chain.signingKeys == [parties.police.key.publicKey])
    #expect(partnership.ineffective[document.id] != nil)
    #expect(!partnership.documentsConcerning(parties.care.id).contains(document))
  }

  @Test func ofTwoThatReplaceOneKeyTheFirstCounts() throws {
    let (first, second) = (SigningKey(), SigningKey())
    let honest = try rotation(1, from: parties.police.key, to: first)
    // Whoever has the old key, later.
    let thief = try rotation(1, from: parties.police.key, to: second)
    let partnership = try parties.partnership([honest, thief])
    #expect(
      partnership.keys(of: parties.police.id)?.signingKeys == [
        parties.police.key.publicKey, first.publicKey,
      ])
    #expect(partnership.ineffective[thief.id] != nil && partnership.ineffective[honest.id] == nil)
  }

  @Test func aRotatedKeySignsWhateverTheOldOneSigned() throws {
    let new = SigningKey()
    let passed = try rotation(1, from: parties.care.key, to: new, of: parties.care)
    let deed = try parties.deed(by: parties.care, signedWith: new)
    #expect(try parties.partnership([deed]).ineffective[deed.id] != nil)
    let partnership = try parties.partnership([deed, passed])
    #expect(partnership.ineffective.isEmpty)
    #expect(partnership.parties.contains(parties.school.id))
    // In the order in which they are sent, each can be judged once it is there.
    let sent = partnership.documentsConcerning(parties.school.id).map(\.kind)
    #expect(
      try #require(sent.firstIndex(of: .rotation)) < #require(sent.firstIndex(of: .membership)))
  }

  @Test func aNextVersionMayPinTheNewKeysAndTheHistoryStillHolds() throws {
    let new = SigningKey()
    let passed = try rotation(1, from: parties.police.key, to: new)
    let second = try parties.next(
      after: parties.agreement, version: 2, starts: "2026-10-01", rekeyed: [parties.police.id: new])
    #expect(try parties.partnership([second]).lineages["example"]?.count == 1)
    let partnership = try parties.partnership([second, passed])
    #expect(partnership.lineages["example"]?.count == 2, "\(partnership.ineffective)")
    let chain = try #require(partnership.keys(of: parties.police.id))
    #expect(chain.signing(parties.police.key.id)?.until != nil)
    #expect(chain.signing(new.id).map { $0.until == nil } == true)
  }

  @Test func bothCAsAreTrustedUntilTheTimeIsOver() throws {
    let other = Data("another CA".utf8)
    let document = try rotation(
      1, from: parties.police.key, to: parties.police.key, authorities: (Self.authority, other))
    let chain = try #require(try parties.partnership([document]).keys(of: parties.police.id))
    let before = try #require(Instant("2026-11-30T23:59:59.999Z"))
    #expect(chain.authorities(at: before) == [other, Self.authority])
    #expect(chain.authorities(at: before.advanced(byMilliseconds: 1)) == [other])
    // The signing key stays: what is stamped later counts.
    #expect(chain.signing(parties.police.key.id).map { $0.until == nil } == true)
  }
}
