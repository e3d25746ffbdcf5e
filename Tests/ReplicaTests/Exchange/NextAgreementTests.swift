import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// An agreement's next version between real replicas: half signed, complete, without a grant, without
/// a principal, and made up by somebody who may not.
@Suite struct NextAgreementTests {
  @Test func whileSignaturesAreMissingBothVersionsMustAllow() throws {
    var network = try VersionedNetwork()
    let child = network.id()
    let draft = try network.next(starts: "2027-06-01", careReads: "child.name")
    try network.adopt(draft, signedBy: ["police.example"], at: [network.police])
    try network.put(
      network.police, "child", child, ("name", "NAME-marker"), ("address", "ADDRESS-marker"))
    try network.exchangeAll()
    #expect(try network.care.values(child, "name") == ["NAME-marker"])
    #expect(try !network.holds(network.care, "ADDRESS-marker"))
    #expect(try network.rule("address", of: child, for: network.care) == "awaiting-signatures")
    // Complete, the version in force counts alone until the next one starts.
    try network.adopt(
      draft, signedBy: ["police.example", "care.example", "health.example"],
      at: [network.police])
    try network.exchangeAll()
    #expect(try network.care.values(child, "address") == ["ADDRESS-marker"])
    network.now(try #require(Instant("2027-06-01T00:00:00Z")))
    try network.put(network.police, "child", child, ("address", "JUNE-marker"))
    try network.exchangeAll()
    #expect(try !network.holds(network.care, "JUNE-marker"))
    #expect(try network.rule("address", of: child, for: network.care) == "no-grant")
  }

  @Test func aPrincipalThatIsDroppedGetsNothingFromTheStartOfTheVersionOn() throws {
    var network = try VersionedNetwork()
    let child = network.id()
    let draft = try network.next(starts: "2027-06-01", principals: 2)
    try network.adopt(draft, signedBy: ["police.example", "care.example"], at: [network.police])
    try network.put(network.police, "child", child, ("name", "MAY-marker"))
    try network.put(network.health, "child", child, ("needs", "young-carer"))
    try network.exchangeAll()
    #expect(try network.health.values(child, "name") == ["MAY-marker"])
    #expect(try network.care.values(child, "needs") == ["young-carer"])
    network.now(try #require(Instant("2027-06-01T00:00:00Z")))
    try network.put(network.police, "child", child, ("name", "JUNE-marker"))
    try network.exchangeAll()
    #expect(try network.care.values(child, "name") == ["JUNE-marker"])
    #expect(try !network.holds(network.health, "JUNE-marker"))
    #expect(try network.rule("name", of: child, for: network.health) == "not-a-party")
    // It has heard of it, and writes no more.
    #expect(throws: ReplicaError.self) {
      try network.put(network.health, "child", child, ("needs", "send"))
    }
    // What it wrote in its time is judged by the version of that time, also by one who comes later.
    let folder = try TemporaryFolder()
    let anew = try network.node(of: network.agencies[0], in: folder)
    anew.now = network.care.now
    try network.exchange(network.care, anew)
    #expect(try anew.values(child, "needs") == ["young-carer"])
  }

  @Test func whatWasOnItsWayUnderTheOldVersionCountsWithinTheDrift() throws {
    for (minutes, counts) in [(4, true), (6, false)] {
      var network = try VersionedNetwork()
      let child = network.id()
      let draft = try network.next(starts: "2027-06-01", careReads: "child.*")
      let all = ["police.example", "care.example", "health.example"]
      try network.adopt(draft, signedBy: all, at: [network.care])
      let start = try #require(Instant("2027-06-01T00:00:00Z"))
      // Police have not heard of the version, or their clock is behind: they share by the old one.
      network.police.now = start.advanced(byMilliseconds: -1000)
      network.care.now = start.advanced(byMilliseconds: Int64(minutes) * 60_000)
      try network.put(network.police, "child", child, ("name", "NAME-marker"))
      let entries = try network.entries(from: network.police, to: network.care.name)
      var link = try HostilePeer(
        named: network.police.name, key: network.police.key, against: network.care,
        generator: network.generator)
      try link.send(entries)
      #expect(link.refusals.map(\.reason) == (counts ? [] : ["not-permitted"]))
      #expect(try network.care.values(child, "name") == (counts ? ["NAME-marker"] : []))
      #expect(try network.holds(network.care, "NAME-marker") == counts)
    }
  }

  @Test func whatWasRefusedUnderTheOldVersionComesAgainUnderTheNewOne() throws {
    var refused = 0
    for seed in 1...8 {
      var network = try VersionedNetwork()
      network.generator = SeededGenerator(seed: UInt64(seed))
      let child = network.id()
      let draft = try network.next(starts: "2027-06-01", careReads: "child.name")
      let all = ["police.example", "care.example", "health.example"]
      try network.adopt(draft, signedBy: all, at: [network.care])
      network.now(try #require(Instant("2027-06-02T00:00:00Z")))
      try network.put(
        network.police, "child", child, ("name", "NAME-marker"), ("address", "ADDRESS-marker"))
      // Police have not heard of the new version: care refuses what comes under the old one.
      let outcome = try network.exchange(network.police, network.care)
      refused += outcome.refusals[0].map(\.reason).contains("not-permitted") ? 1 : 0
      try network.exchangeAll()
      #expect(try network.care.values(child, "name") == ["NAME-marker"], "seed \(seed)")
      #expect(try network.care.values(child, "address") == [])
      #expect(try !network.holds(network.care, "ADDRESS-marker"))
    }
    #expect(refused > 0, "police heard of it each time before they sent")
  }

  @Test func aVersionThatAPeerMadeUpChangesNothing() throws {
    let network = try VersionedNetwork()
    let next = try network.next(starts: "2027-06-01", cardsOf: network.strangers)
    var forged = next
    for agency in network.strangers { try forged.sign(as: agency.id, with: agency.key) }
    #expect(try Agreement(forged, source: "forged").isComplete)
    let first = try network.first(lineage: "another", cardsOf: network.strangers)
    for document in [forged, first] {
      var peer = try HostilePeer(
        named: network.health.name, key: network.health.key, against: network.care,
        generator: network.generator)
      try peer.send([.document(document)])
      let partnership = try network.care.replica.partnership()
      #expect(partnership.lineages.keys.sorted() == ["example"])
      #expect(partnership.lineages["example"]?.count == 1)
      #expect(partnership.pending.isEmpty)
      let police = try #require(AgencyID("police.example"))
      #expect(partnership.card(of: police)?.signingKey == network.police.key.publicKey)
    }
  }
}
