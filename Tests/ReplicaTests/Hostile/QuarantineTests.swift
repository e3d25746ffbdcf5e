import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// Peers with a valid key that send what they should not: nothing of it is applied, a value that
/// may not be here is nowhere in the files, and the link goes on.
@Suite struct QuarantineTests {
  /// Sends one forgery to the school as the police, after an honest change on the same link, and
  /// checks that it is kept aside for this reason alone and that the link goes on.
  @discardableResult
  private func isKeptAside(
    for reason: String, held: Bool = false, askable: Bool = false, marker: String = "MARKER",
    _ forge: (inout Forger, RecordID) throws -> [Entry]
  ) throws -> Forger {
    var forger = try Forger()
    let record = forger.network.id()
    let school = forger.network.school
    let honest = try forger.entry(
      forger.forgery(record, [.set("name", to: .text("Honest"), over: [:])]))
    let entries = try forge(&forger, record)
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    try police.send([honest])
    try police.send(entries)
    #expect(police.failure == nil)
    #expect(Set(police.refusals.map(\.reason)) == [reason])
    let kept = try school.replica.quarantine()
    #expect(kept.map(\.reason) == [reason])
    // What waits for its time cannot be released before.
    let isEarly = kept.contains { $0.heldUntil != nil }
    #expect(kept.map(\.isReleasable) == [(held || askable) && !isEarly])
    #expect(try school.values(record, "name") == ["Honest"])
    #expect(try !forger.network.holds(school, marker) || held)
    // The next honest change is taken in as if nothing had been.
    let later = try forger.entry(
      forger.forgery(
        record, [.set("date_of_birth", to: .date(LocalDate(daysSinceEpoch: 17_000)), over: [:])]))
    try police.send([later])
    #expect(try school.values(record, "date_of_birth").count == 1)
    return forger
  }

  @Test func aSignatureByAnotherKey() throws {
    try isKeptAside(for: "bad-signature") { forger, record in
      var forgery = forger.forgery(record, [.set("name", to: .text("MARKER"), over: [:])])
      forgery.signer = SigningKey()
      return [try forger.entry(forgery)]
    }
  }

  @Test func aWriteThatTheHeaderDoesNotCommitTo() throws {
    try isKeptAside(for: "uncommitted") { forger, record in
      let other = forger.forgery(record, [.set("name", to: .text("MARKER"), over: [:])])
      guard case .change(let marked) = try forger.entry(other) else { return [] }
      return [
        try forger.entry(forger.forgery(record, [.set("name", to: .text("Name"), over: [:])])) {
          DisclosedChange(
            header: $0.header, proof: $0.proof,
            openings: [Opening(salt: $0.openings[0].salt, bytes: marked.change.openings[0].bytes)])
        }
      ]
    }
  }

  @Test func whatComesTooEarlyForStampAndGrantIsAskedForAgainAndThenIsNoLongerAside() throws {
    var forger = try Forger()
    let (record, school) = (forger.network.id(), forger.network.school)
    var forgery = forger.forgery(record, [.set("name", to: .text("Name"), over: [:])])
    forgery.time = HLC(milliseconds: TestPartnership.now.milliseconds + 3_600_000, counter: 1)
    guard case .change(let shared) = try forger.entry(forgery) else { return }
    let uncovered = SharedChange(
      change: shared.change, agreement: shared.agreement,
      justifications: [.init(grant: "care-child", route: nil)])
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    try police.send([.change(try #require(uncovered))])
    // Nothing could be kept until its time comes: so the reason is one that the sender tries again.
    #expect(police.refusals.map(\.reason) == ["not-permitted"])
    school.now = school.now.advanced(byMilliseconds: 7_200_000)
    try police.send([.change(shared)])
    #expect(try school.values(record, "name") == ["Name"])
    #expect(try school.replica.quarantine().isEmpty)
  }

  @Test func anAuthorThatMayNotWriteTheField() throws {
    // A school may not write a child's name, whoever passes it on.
    try isKeptAside(for: "may-not-write") { forger, record in
      var forgery = forger.forgery(record, [.set("name", to: .text("MARKER"), over: [:])])
      forgery.author = forger.network.partnership.members[0]
      // Written by the receiver itself, as the peer claims, with the receiver's real key.
      return [try forger.entry(forgery)]
    }
  }

  @Test func aFieldThatTheReceiverMayNotHave() throws {
    try isKeptAside(for: "not-permitted", askable: true) { forger, record in
      [
        try forger.entry(
          forger.forgery(record, [.set("address", to: .text("MARKER"), over: [:])]))
      ]
    }
  }

  @Test func aGrantThatIsForAnotherAgency() throws {
    try isKeptAside(for: "not-permitted", askable: true) { forger, record in
      var forgery = forger.forgery(record, [.set("name", to: .text("MARKER"), over: [:])])
      forgery.grant = "care-child"
      return [try forger.entry(forgery)]
    }
  }

  @Test func anAuthorThatNobodyKnows() throws {
    try isKeptAside(for: "unknown-author", held: true) { forger, record in
      var forgery = forger.forgery(record, [.set("name", to: .text("MARKER"), over: [:])])
      forgery.author = try TestAgency("police.elsewhere", .police)
      return [try forger.entry(forgery)]
    }
  }

  @Test func anAgreementThatNobodyKnows() throws {
    try isKeptAside(for: "unknown-agreement", held: true) { forger, record in
      var forgery = forger.forgery(record, [.set("name", to: .text("MARKER"), over: [:])])
      forgery.agreement = try #require(Digest(Data(repeating: 9, count: 32)))
      return [try forger.entry(forgery)]
    }
  }

  @Test func aValueOutsideItsVocabulary() throws {
    try isKeptAside(for: "bad-value") { forger, record in
      [
        try forger.entry(forger.forgery(record, [.add(.term("MARKER"), to: "languages")]))
      ]
    }
  }

  @Test func aSecondChangeUnderOneKeyAndStamp() throws {
    try isKeptAside(for: "equivocation") { forger, record in
      let time = HLC(milliseconds: TestPartnership.now.milliseconds - 1, counter: 7)
      var first = forger.forgery(record, [.add(.term("polish"), to: "languages")])
      first.time = time
      var second = forger.forgery(record, [.set("name", to: .text("MARKER"), over: [:])])
      second.time = time
      return [try forger.entry(first), try forger.entry(second)]
    }
  }

  @Test func aRecordThatTurnsIntoAnotherType() throws {
    try isKeptAside(for: "record-type") { forger, record in
      var forgery = forger.forgery(record, [.set("reference", to: .text("MARKER"), over: [:])])
      forgery.type = "incident"
      return [try forger.entry(forgery)]
    }
  }

  @Test func whatIsStampedAheadWaitsForItsTime() throws {
    let forger = try isKeptAside(for: "future-stamp", held: true) { forger, record in
      var forgery = forger.forgery(record, [.add(.term("urdu"), to: "languages")])
      forgery.time = HLC(
        milliseconds: TestPartnership.now.milliseconds + 3_600_000, counter: 1)
      return [try forger.entry(forgery)]
    }
    let school = forger.network.school
    let record = try school.replica.records(ofType: "child")[0].id
    #expect(try school.values(record, "languages") == [])
    #expect(try school.replica.retryHeld(now: school.now) == 0)
    let entry = try #require(try school.replica.quarantine(at: school.now).first)
    #expect(!entry.isReleasable)
    #expect {
      try school.replica.release(entry.id, now: school.now)
    } throws: {
      "\($0)".contains("it is tried again by itself at")
    }
    let later = school.now.advanced(byMilliseconds: 3_600_000)
    #expect(try school.replica.retryHeld(now: later) == 1)
    #expect(try school.values(record, "languages") == ["urdu"])
    #expect(try school.replica.quarantine().isEmpty)
  }

  @Test func whatWasRefusedIsNotRefusedAgain() throws {
    let forger = try isKeptAside(for: "future-stamp", held: true) { forger, record in
      var forgery = forger.forgery(record, [.add(.term("urdu"), to: "languages")])
      forgery.time = HLC(
        milliseconds: TestPartnership.now.milliseconds + 3_600_000, counter: 1)
      return [try forger.entry(forgery)]
    }
    let replica = forger.network.school.replica
    let id = try #require(try replica.quarantine().first).id
    try replica.refuse(id, reason: "an example")
    #expect {
      try replica.refuse(id, reason: "again")
    } throws: {
      "\($0)".contains("was refused for good before")
    }
    #expect(try replica.quarantine().first?.detail == "an example")
  }

  @Test func aHeldChangeKeepsNoByteThatMayNotBeHere() throws {
    var forger = try Forger()
    let record = forger.network.id()
    var forgery = forger.forgery(
      record,
      [
        .set("address", to: .text("ADDRESS-marker"), over: [:]),
        .set("name", to: .text("NAME-marker"), over: [:]),
      ])
    forgery.time = HLC(milliseconds: TestPartnership.now.milliseconds + 3_600_000, counter: 1)
    let entry = try forger.entry(forgery)
    let school = forger.network.school
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: school)
    try police.send([entry])
    #expect(try !forger.network.holds(school, "ADDRESS-marker"))
    #expect(try forger.network.holds(school, "NAME-marker"))
    _ = try school.replica.retryHeld(now: school.now.advanced(byMilliseconds: 3_600_000))
    #expect(try school.values(record, "name") == ["NAME-marker"])
  }

  @Test func whatOneNodeReportsAsRefusedTheSenderHears() throws {
    var network = try Network()
    let child = network.id()
    // The sender's clock is an hour ahead: its peers hold what it writes.
    network.police.now = network.police.now.advanced(byMilliseconds: 3_600_000)
    try network.put(
      network.police, "child", child, ("name", "Example Child A"), ("school", "school.106982"))
    let outcome = try network.exchange(network.police, network.school)
    #expect(outcome.refusals[0].map(\.reason) == ["future-stamp"])
    #expect(outcome.failures == [nil, nil])
    network.school.now = network.police.now
    #expect(try network.school.replica.retryHeld(now: network.school.now) == 1)
    #expect(try network.school.values(child, "name") == ["Example Child A"])
  }
}
