import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// A member is suspended, reinstated, or leaves: what still goes, what does not, what comes again.
@Suite struct SuspensionTests {
  private static let lineage = "sheffield-encompass"

  @Test func nothingGoesToASuspendedSchoolAndEverythingOnceItIsReinstated() throws {
    var network = try Network()
    let (child, later) = (network.id(), network.id())
    try network.put(
      network.police, "child", child, ("name", "BEFORE-marker"), ("school", "school.106982"))
    try network.exchangeAll()
    try network.suspend(at: network.police)
    try network.put(network.police, "child", child, ("name", "DURING-marker"))
    try network.put(
      network.police, "child", later, ("name", "LATER-marker"), ("school", "school.106982"))
    try network.exchangeAll()
    for marker in ["DURING-marker", "LATER-marker"] {
      #expect(try !network.holds(network.school, marker), "\(marker)")
    }
    #expect(try network.school.values(child, "name") == ["BEFORE-marker"])
    for node in [network.police, network.care] {
      let explanation = try node.replica.explain(
        child, "name", for: network.school.name.agency, now: node.now)
      #expect(explanation.decision.ruleName == "suspended")
    }
    // The school has been told, and does not go on as if nothing were the matter.
    let error = try #require(throws: ReplicaError.self) {
      try network.put(network.school, "child", child, ("needs", "young-carer"))
    }
    #expect(error.description.contains("is suspended since"))
    try network.wait(minutes: 1)
    try network.reinstate(at: network.care, serial: 2)
    try network.exchangeAll()
    #expect(try network.school.values(child, "name") == ["DURING-marker"])
    #expect(try network.school.values(later, "name") == ["LATER-marker"])
    try network.put(network.school, "child", child, ("needs", "young-carer"))
    try network.exchangeAll()
    #expect(try network.care.values(child, "needs") == ["young-carer"])
  }

  @Test func whatASenderThatDidNotKnowSentInVainComesAgain() throws {
    var refused = 0
    for seed in 1...8 {
      var network = try Network(seed: UInt64(seed))
      let child = network.id()
      // Police suspend the school and tell it; care has not heard, sends, and is refused.
      try network.suspend(at: network.police)
      try network.exchange(network.police, network.school)
      try network.wait(minutes: 10)
      try network.put(
        network.care, "child", child, ("name", "VAIN-marker"), ("school", "school.106982"))
      let outcome = try network.exchange(network.care, network.school)
      refused += outcome.refusals[0].map(\.reason).contains("not-permitted") ? 1 : 0
      #expect(try !network.holds(network.school, "VAIN-marker"))
      try network.wait(minutes: 1)
      try network.reinstate(at: network.police, serial: 2)
      try network.exchangeAll()
      #expect(try network.school.values(child, "name") == ["VAIN-marker"], "seed \(seed)")
    }
    #expect(refused > 0, "care heard of it each time before it sent")
  }

  @Test func whatASchoolWroteBeforeStillGoesOutInTimeAndNoLonger() throws {
    for (days, arrives) in [(6, true), (8, false)] {
      var network = try Network()
      let child = network.id()
      try network.put(network.police, "child", child, ("school", "school.106982"))
      try network.exchangeAll()
      try network.put(network.school, "child", child, ("needs", "young-carer"))
      try network.wait(minutes: 1)
      try network.suspend(at: network.police)
      try network.exchange(network.police, network.school)
      try network.wait(minutes: days * 24 * 60)
      try network.exchangeAll()
      #expect(try network.care.values(child, "needs") == (arrives ? ["young-carer"] : []))
      #expect(try network.care.replica.quarantine().isEmpty)
    }
  }

  @Test func stampsFromTheSuspensionOnAreRefusedForGood() throws {
    var forger = try Forger()
    try forger.network.suspend(at: forger.network.care)
    let (child, school) = (forger.network.id(), forger.network.partnership.members[0])
    var forgery = forger.forgery(child, [.add(.term("young-carer"), to: "needs")])
    forgery.author = school
    forgery.grant = "care-child"
    forgery.time = HLC(milliseconds: TestPartnership.now.milliseconds, counter: 1)
    let care = forger.network.care
    var peer = try forger.peer(as: school, against: care)
    try peer.send([try forger.entry(forgery)])
    #expect(peer.refusals.map(\.reason) == ["may-not-write"])
    #expect(try care.values(child, "needs") == [])
    var police = try forger.peer(as: forger.network.partnership.principals[0], against: care)
    try police.send([try forger.entry(forgery)])
    #expect(police.refusals.map(\.reason) == ["may-not-write"])
    let entry = try #require(
      try care.replica.quarantine().first { $0.reason == "may-not-write" })
    #expect(entry.detail.contains("is suspended since"))
    #expect(!entry.isReleasable)
  }

  /// A change of the school from before its suspension, sent straight to care after the time for it.
  private func late(
    _ forger: inout Forger, _ child: RecordID
  ) throws -> HostilePeer<SeededGenerator> {
    try forger.network.suspend(at: forger.network.care)
    try forger.network.wait(minutes: 8 * 24 * 60)
    let school = forger.network.partnership.members[0]
    var forgery = forger.forgery(
      child,
      [
        .add(.term("young-carer"), to: "needs"),
        .add(.text("SECRET-marker"), to: Field.person.name),
      ])
    forgery.author = school
    forgery.grant = "care-child"
    forgery.time = HLC(milliseconds: TestPartnership.now.milliseconds - 1000, counter: 1)
    var peer = try forger.peer(as: school, against: forger.network.care)
    try peer.send([try forger.entry(forgery)])
    return peer
  }

  @Test func whatComesTooLateWaitsForARelease() throws {
    var forger = try Forger()
    let child = forger.network.id()
    let peer = try late(&forger, child)
    let (care, police) = (forger.network.care, forger.network.police)
    #expect(peer.refusals.map(\.reason) == ["late"])
    #expect(try care.values(child, "needs") == [])
    let held = try #require(try care.replica.quarantine().first)
    #expect(held.isReleasable)
    #expect(try !forger.network.holds(care, "SECRET-marker"), "a field that care may not have")
    let school = forger.network.school.name.agency
    let release = try Release.document(
      of: held.change, by: school, under: Self.lineage, signedBy: police.name.agency,
      key: police.key)
    try police.replica.adopt([release], now: police.now)
    try forger.network.exchange(police, care)
    #expect(try care.values(child, "needs") == ["young-carer"])
    #expect(try care.replica.quarantine().isEmpty)
    let before = try care.replica.derivedDigest()
    _ = try care.replica.rebuild()
    #expect(try care.replica.derivedDigest() == before)
  }

  @Test func whatCameTooLateCountsOnceItsAuthorIsBack() throws {
    var forger = try Forger()
    let child = forger.network.id()
    _ = try late(&forger, child)
    let care = forger.network.care
    #expect(try care.replica.retryHeld(now: care.now) == 0)
    // The paper takes effect a little after it has come, as clocks differ.
    try forger.network.reinstate(at: care, serial: 2, afterMinutes: 1)
    #expect(try care.values(child, "needs") == [])
    try forger.network.wait(minutes: 2)
    #expect(try care.replica.retryHeld(now: care.now) == 1)
    #expect(try care.values(child, "needs") == ["young-carer"])
    #expect(try care.replica.retryHeld(now: care.now) == 0)
  }

  @Test func aPrincipalThatHadItInTimePassesItOnWheneverItCan() throws {
    var network = try Network()
    let (child, incident) = (network.id(), network.id())
    try network.put(network.police, "child", child, ("school", "school.106982"))
    try network.put(network.police, "incident", incident, ("children", child.description))
    try network.exchangeAll()
    try network.put(network.school, "incident", incident, ("risk_grade", "high"))
    try network.wait(minutes: 1)
    try network.exchange(network.care, network.school)
    try network.suspend(at: network.police)
    try network.exchangeAll(but: network.school)
    try network.wait(minutes: 20 * 24 * 60)
    let other = try TemporaryFolder()
    let anew = try network.partnership.node(of: network.partnership.principals[0], in: other)
    anew.now = network.care.now
    try network.exchange(network.care, anew)
    #expect(try anew.values(incident, "risk_grade") == ["high"])
  }

  @Test func sharingStopsAndGoesOnWhenItsTimeComesWithoutAnyMessage() throws {
    var network = try Network()
    try network.suspend(at: network.police, afterMinutes: 10)
    try network.reinstate(at: network.police, serial: 2, afterMinutes: 30)
    let (first, second) = (network.id(), network.id())
    for (record, minutes, name) in [(first, 0, "FIRST-marker"), (second, 20, "SECOND-marker")] {
      try network.wait(minutes: minutes)
      try network.put(
        network.police, "child", record, ("name", name), ("school", "school.106982"))
      try network.exchange(network.police, network.school)
    }
    #expect(try network.school.values(first, "name") == ["FIRST-marker"])
    #expect(try !network.holds(network.school, "SECOND-marker"))
    try network.wait(minutes: 11)
    try network.exchange(network.police, network.school)
    #expect(try network.school.values(second, "name") == ["SECOND-marker"])
  }

  @Test func whoLeavesGetsNoMoreAndANewDeedBringsItBack() throws {
    var network = try Network()
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "BEFORE-marker"), ("school", "school.106982"))
    try network.exchangeAll()
    try network.put(network.school, "child", child, ("needs", "young-carer"))
    try network.wait(minutes: 1)
    try network.leave(network.school)
    try network.exchangeAll()
    #expect(try network.care.values(child, "needs") == ["young-carer"])
    try network.put(network.police, "child", child, ("name", "AFTER-marker"))
    try network.exchangeAll()
    #expect(try !network.holds(network.school, "AFTER-marker"))
    try network.wait(minutes: 2 * 24 * 60)
    let school = network.partnership.members[0]
    let deed = try Membership.document(
      of: Self.lineage, admitting: try school.card(), by: network.care.name.agency,
      on: network.care.now.utcDate, key: network.care.key)
    try network.care.replica.adopt([deed], now: network.care.now)
    try network.exchangeAll()
    #expect(try network.school.values(child, "name") == ["AFTER-marker"])
    #expect(try network.care.replica.quarantine().isEmpty)
  }

  @Test func aPrincipalThatLeavesHearsNoMoreAndTheOthersGoOn() throws {
    var network = try Network()
    let child = network.id()
    try network.leave(network.care)
    try network.exchangeAll()
    try network.put(
      network.police, "child", child, ("name", "AFTER-marker"), ("school", "school.106982"))
    try network.exchangeAll()
    #expect(try network.school.values(child, "name") == ["AFTER-marker"])
    #expect(try !network.holds(network.care, "AFTER-marker"))
    let explanation = try network.police.replica.explain(
      child, "name", for: network.care.name.agency, now: network.police.now)
    #expect(explanation.decision.ruleName == "left")
  }
}

extension Network {
  /// Suspends the first school, accepting what it wrote before for a week.
  func suspend(at node: SimulatedNode, afterMinutes minutes: Int = 0) throws {
    try adopt(.suspended, serial: 1, at: node, afterMinutes: minutes)
  }

  func reinstate(at node: SimulatedNode, serial: Int, afterMinutes minutes: Int = 0) throws {
    try adopt(.reinstated, serial: serial, at: node, afterMinutes: minutes)
  }

  private func adopt(
    _ state: Suspension.State, serial: Int, at node: SimulatedNode, afterMinutes minutes: Int
  ) throws {
    let terms = Suspension.Terms(
      lineage: "sheffield-encompass", agency: school.name.agency, state: state, serial: serial,
      cutoff: try cutoff(node.now.advanced(byMilliseconds: Int64(minutes) * 60_000)))
    let document = try Suspension.document(terms, by: node.name.agency, key: node.key)
    try node.replica.adopt([document], now: node.now)
  }

  /// A party leaves; what it wrote before is accepted for a week.
  func leave(_ node: SimulatedNode) throws {
    let document = try Exit.document(
      from: "sheffield-encompass", version: 1, of: node.name.agency, try cutoff(node.now),
      key: node.key)
    try node.replica.adopt([document], now: node.now)
  }

  func wait(minutes: Int) throws {
    for node in nodes { node.now = node.now.advanced(byMilliseconds: Int64(minutes) * 60_000) }
  }

  /// Connects every pair without this node.
  mutating func exchangeAll(but absent: SimulatedNode) throws {
    for left in nodes where left.name != absent.name {
      for right in nodes where right.name != absent.name && left.name < right.name {
        try exchange(left, right)
      }
    }
  }

  private func cutoff(_ effective: Instant) throws -> Cutoff {
    try #require(
      Cutoff(
        effective: effective, acceptUntil: effective.advanced(byMilliseconds: 7 * 86_400_000)))
  }
}
