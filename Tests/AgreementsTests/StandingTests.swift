import Agreements
import Foundation
import Records
import TestSupport
import Testing

/// Suspended, reinstated, left, admitted again: who takes part when, whatever order papers come in.
struct StandingTests {
  private let parties: ThreeParties

  init() throws { parties = try ThreeParties() }

  private func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }

  private func rule(
    _ partnership: Partnership, at time: String, for agency: AgencyID? = nil,
    from sender: AgencyID? = nil
  ) throws -> String {
    let circumstances = Circumstances(
      routedBy: RecordID(Data(count: 16)), isRestricted: false, now: try instant(time),
      sender: sender.map { Circumstances.Sender($0) })
    return partnership.mayRead(
      agency ?? parties.school.id, "name", of: "child", circumstances
    ).ruleName
  }

  @Test("from its suspension to its reinstatement a member gets nothing, shares and writes nothing")
  func suspended() throws {
    let partnership = try parties.partnership([
      parties.deed(), parties.suspension(1, .suspended, from: "2026-10-01T12:00:00.000Z"),
      parties.suspension(2, .reinstated, from: "2026-10-08T12:00:00.000Z"),
    ])
    #expect(partnership.ineffective.isEmpty, "\(partnership.ineffective)")
    let (out, back) = ("2026-10-01T12:00:00.000Z", "2026-10-08T12:00:00.000Z")
    for (time, expected) in [
      ("2026-10-01T11:59:59.999Z", "school-reads"), (out, "suspended"),
      ("2026-10-08T11:59:59.999Z", "suspended"), (back, "school-reads"),
    ] {
      #expect(try rule(partnership, at: time) == expected, "\(time)")
      let isOut = expected == "suspended"
      let shares = try rule(
        partnership, at: time, for: parties.care.id, from: parties.school.id)
      #expect(shares == (isOut ? "suspended" : "care-reads"), "\(time)")
      let write = partnership.mayWrite(
        parties.school.id, "name", of: "child", lineage: "example", at: try instant(time))
      #expect(write.isAllowed == !isOut)
      #expect(write.reason.contains("school.100001 is suspended since \(out)") == isOut)
      // Nobody else is touched.
      #expect(
        try rule(partnership, at: time, for: parties.care.id, from: parties.police.id)
          == "care-reads")
    }
  }

  @Test("of one serial's two documents the suspension counts, of several serials the highest")
  func serials() throws {
    let time = "2026-10-02T00:00:00.000Z"
    let both = try [
      parties.suspension(4, .reinstated, from: "2026-10-01T00:00:00.000Z"),
      parties.suspension(4, .suspended, from: "2026-10-01T00:00:00.000Z"),
    ]
    for documents in [both, both.reversed()] {
      let partnership = try parties.partnership([parties.deed()] + documents)
      #expect(try rule(partnership, at: time) == "suspended")
      let next = try parties.suspension(5, .reinstated, from: "2026-10-01T00:00:00.000Z")
      let back = try parties.partnership([next, parties.deed()] + documents)
      #expect(try rule(back, at: time) == "school-reads")
      #expect(back.standing(of: parties.school.id, in: "example").nextSerial == 6)
    }
  }

  @Test("a suspension that follows another one prolongs it")
  func prolonged() throws {
    let partnership = try parties.partnership([
      parties.deed(), parties.suspension(1, .suspended, from: "2026-10-01T00:00:00.000Z"),
      parties.suspension(2, .suspended, from: "2026-10-05T00:00:00.000Z"),
    ])
    let lapse = try #require(
      partnership.lapse(
        of: parties.school.id, in: "example", at: try instant("2026-10-06T00:00:00.000Z")))
    #expect(lapse.since.description == "2026-10-01T00:00:00.000Z")
    #expect(lapse.acceptUntil.description == "2026-10-12T00:00:00.000Z")
  }

  @Test("only who may admit a member may suspend it, and nobody a principal")
  func signers() throws {
    let time = "2026-10-02T00:00:00.000Z"
    for wrong in [parties.police, parties.school, parties.health] {
      let document = try parties.suspension(
        1, .suspended, from: "2026-10-01T00:00:00.000Z", by: wrong)
      let partnership = try parties.partnership([parties.deed(), document])
      #expect(try rule(partnership, at: time) == "school-reads", "\(wrong.id)")
      #expect(partnership.ineffective[document.id]?.contains("not signed") == true)
    }
    let document = try parties.suspension(
      1, .suspended, from: "2026-10-01T00:00:00.000Z", of: parties.health.id)
    let partnership = try parties.partnership([document])
    #expect(try rule(partnership, at: time, for: parties.health.id) == "health-reads")
    #expect(partnership.ineffective[document.id]?.contains("cannot be suspended") == true)
  }

  @Test("who leaves is out for good, until a deed of a later day admits it again")
  func left() throws {
    let exit = try parties.exit(parties.school, from: "2026-10-01T09:00:00.000Z")
    let forged = try parties.exit(
      parties.school, from: "2026-09-02T09:00:00.000Z", key: parties.police.key)
    let first = try parties.partnership([parties.deed(), exit, forged])
    #expect(try rule(first, at: "2026-10-01T08:59:59.999Z") == "school-reads")
    #expect(try rule(first, at: "2026-10-01T09:00:00.000Z") == "left")
    #expect(try rule(first, at: "2027-06-01T00:00:00.000Z") == "left")
    #expect(first.ineffective[forged.id] != nil)
    let reinstated = try parties.suspension(9, .reinstated, from: "2026-10-02T00:00:00.000Z")
    let sameDay = try parties.deed(on: "2026-10-01")
    let still = try parties.partnership([parties.deed(), exit, reinstated, sameDay])
    #expect(try rule(still, at: "2026-10-03T00:00:00.000Z") == "left")
    let again = try parties.partnership([parties.deed(on: "2026-11-01"), exit, parties.deed()])
    #expect(try rule(again, at: "2026-10-31T23:59:59.999Z") == "left")
    #expect(try rule(again, at: "2026-11-01T00:00:00.000Z") == "school-reads")
  }

  @Test("a principal leaves, and only a version that it signed afterwards brings it back")
  func principalLeaves() throws {
    let first = parties.agreement
    let second = try parties.next(after: first, version: 2, starts: "2026-11-01")
    let exit = try parties.exit(parties.health, version: 1, from: "2026-10-01T00:00:00.000Z")
    let late = try parties.exit(parties.health, version: 2, from: "2026-10-01T00:00:00.000Z")
    let health = parties.health.id
    // What it leaves names the versions that it had signed by then.
    for (document, after) in [(exit, "health-reads"), (late, "left")] {
      let partnership = try parties.partnership([document, second])
      #expect(try rule(partnership, at: "2026-10-31T00:00:00.000Z", for: health) == "left")
      #expect(try rule(partnership, at: "2026-11-01T00:00:00.000Z", for: health) == after)
      let others = try rule(
        partnership, at: "2026-10-31T00:00:00.000Z", for: parties.care.id, from: parties.police.id)
      #expect(others == "care-reads")
    }
  }

  @Test("links last as long as something must still reach the other side")
  func peers() throws {
    func peers(_ documents: [SignedDocument], at time: String) throws -> [AgencyID] {
      try parties.partnership([parties.deed()] + documents)
        .peers(of: parties.police.id, at: try instant(time))
    }
    let (care, health, school) = (parties.care.id, parties.health.id, parties.school.id)
    let suspended = try parties.suspension(1, .suspended, from: "2026-10-01T00:00:00.000Z")
    let after = "2026-12-24T00:00:00.000Z"
    #expect(try peers([suspended], at: after) == [care, health, school])
    let exit = try parties.exit(parties.school, from: "2026-10-01T00:00:00.000Z")
    #expect(try peers([exit], at: "2026-10-08T00:00:00.000Z") == [care, health, school])
    #expect(try peers([exit], at: "2026-10-08T00:00:00.001Z") == [care, health])
    let gone = try parties.partnership([parties.deed(), exit])
    #expect(gone.peers(of: school, at: try instant(after)).isEmpty)
    // Whom the next version drops must hear of it.
    let second = try parties.next(
      after: parties.agreement, version: 2, starts: "2026-11-01", without: parties.health)
    #expect(try peers([second], at: after) == [care, health, school])
  }

  @Test("a release is a principal's, and not the author's")
  func releases() throws {
    let change = try #require(ChangeID(Data(repeating: 7, count: 32)))
    for (author, signer, counts) in [
      (parties.school, parties.police, true), (parties.school, parties.school, false),
      (parties.care, parties.care, false), (parties.care, parties.health, true),
    ] {
      let release = try Release.document(
        of: change, by: author.id, under: "example", signedBy: signer.id, key: signer.key)
      let partnership = try parties.partnership([parties.deed(), release])
      #expect((partnership.releases[change] != nil) == counts, "\(author.id) by \(signer.id)")
      #expect((partnership.ineffective[release.id] == nil) == counts)
      // Who may see nothing of a change does not hear of it.
      let heard = partnership.documentsConcerning(parties.school.id).contains(release)
      #expect(heard == (counts && author.id == parties.school.id))
    }
  }

  @Test("whatever order papers come in, the same is agreed")
  func order() {
    forSeeds(10, fresh: 2) { generator in
      let papers = try parties.papers(using: &generator)
      let expected = try fingerprint(try parties.partnership(papers.sorted { $0.id < $1.id }))
      for _ in 0..<3 {
        let shuffled = papers.shuffled(using: &generator)
        guard try fingerprint(try parties.partnership(shuffled)) == expected else { return false }
        // Memberships that come one by one have the effect of all at once.
        var grown = try parties.partnership(shuffled.filter { $0.kind != .membership })
        for deed in shuffled where deed.kind == .membership {
          grown = grown.adding(membership: deed)
        }
        guard try fingerprint(grown) == expected else { return false }
      }
      return true
    }
  }

  /// All that can be asked of a partnership, in a text.
  private func fingerprint(_ partnership: Partnership) throws -> [String] {
    var lines = partnership.lineages.map { name, terms in
      "\(name) \(terms.map(\.agreement.digest)) \(String(describing: partnership.pending[name]?.agreement.digest))"
    }
    lines += partnership.ineffective.map { "\($0.key) \($0.value)" }.sorted()
    lines += partnership.releases.keys.sorted().map(\.description)
    let agencies = [parties.police, parties.care, parties.health, parties.school].map(\.id)
    for agency in agencies {
      lines += partnership.documentsConcerning(agency).map(\.id.description)
      for day in 0..<45 {
        let time = try instant("2026-09-20T00:00:00.000Z")
          .advanced(byMilliseconds: Int64(day) * 86_400_000)
        let lapse = partnership.lapse(of: agency, in: "example", at: time)
        lines.append("\(agency) \(time) \(String(describing: lapse))")
        lines.append(try rule(partnership, at: time.description, for: agency))
        lines.append("\(partnership.peers(of: agency, at: time))")
      }
    }
    return lines
  }
}
