import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// One key that signs two changes under one stamp: both are kept as evidence, neither counts,
/// whoever holds one of them hears of it, and the rest goes on.
@Suite struct EquivocationTests {
  /// Two changes of the police about a child's name, under one stamp.
  private func pair(
    _ forger: inout Forger, _ record: RecordID
  ) throws -> (one: Entry, other: Entry) {
    var one = forger.forgery(record, [.set("name", to: .text("ONE-marker"), over: [:])])
    one.time = HLC(milliseconds: TestPartnership.now.milliseconds - 1, counter: 7)
    var other = forger.forgery(record, [.set("name", to: .text("OTHER-marker"), over: [:])])
    other.time = one.time
    one.grant = "care-child"
    other.grant = "care-child"
    return (try forger.entry(one), try forger.entry(other))
  }

  @Test func neitherOfTwoCountsWhereBothArrive() throws {
    var forger = try Forger()
    let (record, care) = (forger.network.id(), forger.network.care)
    let (one, other) = try pair(&forger, record)
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: care)
    try police.send([one])
    #expect(try care.values(record, "name") == ["ONE-marker"])
    try police.send([other])
    #expect(police.failure == nil)
    #expect(police.refusals.map(\.reason) == ["equivocation"])
    #expect(try care.values(record, "name") == [])
    let evidence = try care.replica.evidence()
    #expect(evidence.map(\.author) == [forger.network.police.name.agency])
    #expect(evidence.map(\.record) == [record])
    // What comes after them counts.
    let later = forger.forgery(
      record, [.set("name", to: .text("Later"), over: [:])])
    var forgery = later
    forgery.grant = "care-child"
    try police.send([try forger.entry(forgery)])
    #expect(try care.values(record, "name") == ["Later"])
    try forger.network.rebuilds()
  }

  @Test func whoeverHoldsOneHearsOfTheOther() throws {
    var forger = try Forger(schools: ["school.106982", "school.107010"])
    let record = forger.network.id()
    let (care, school) = (forger.network.care, forger.network.school)
    let (one, _) = try pair(&forger, record)
    // Care gets one, the school the other; they meet through care's evidence.
    var toCare = try forger.peer(as: forger.network.partnership.principals[0], against: care)
    try toCare.send([one])
    var forSchool = forger.forgery(record, [.set("name", to: .text("OTHER-marker"), over: [:])])
    forSchool.time = HLC(milliseconds: TestPartnership.now.milliseconds - 1, counter: 7)
    let other = try forger.entry(forSchool)
    var toSchool = try forger.peer(
      as: forger.network.partnership.principals[0], against: school)
    try toSchool.send([other])
    #expect(try school.values(record, "name") == ["OTHER-marker"])
    // The school tells care what it wrote about the child, care hears of the second change.
    try toCare.send([other])
    #expect(try care.values(record, "name") == [])
    let proof = try Entry(
      encoded: try #require(try care.replica.evidence().first?.proof))
    try toSchool.send([proof])
    #expect(try school.values(record, "name") == [])
    #expect(try school.replica.evidence().count == 1)
    // Neither comes back by being sent again.
    try toSchool.send([other])
    #expect(try school.values(record, "name") == [])
  }

  @Test func evidenceThatProvesNothingIsIgnored() throws {
    var forger = try Forger()
    let record = forger.network.id()
    let (one, other) = try pair(&forger, record)
    guard case .change(let first) = one, case .change(let second) = other else { return }
    let care = forger.network.care
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: care)
    try police.send([one])
    let forged = try #require(
      Equivocation(
        .init(header: first.change.header, proof: first.change.proof),
        .init(header: second.change.header, proof: first.change.proof)))
    try police.send([.equivocation(forged)])
    #expect(try care.values(record, "name") == ["ONE-marker"])
    #expect(try care.replica.evidence().isEmpty)
  }

  @Test func evidenceTravelsToTheAuthorAndToWhomItWasPassedOn() throws {
    var forger = try Forger()
    let record = forger.network.id()
    let care = forger.network.care
    let (one, other) = try pair(&forger, record)
    // The honest replica of the police has a stream with care, and neither of the two changes.
    try forger.network.exchange(forger.network.police, care)
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: care)
    try police.send([one, other])
    #expect(try care.replica.evidence().count == 1)
    try forger.network.exchange(forger.network.police, care)
    #expect(try forger.network.police.replica.evidence().count == 1)
  }
}
