import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// What somebody decides to erase goes from every copy, who has one says so, and a hold keeps it all.
@Suite struct ErasureTests {
  private let actor = Edit.Actor(account: "inspector", role: "command")

  private func shared() throws -> (network: Network, child: RecordID) {
    var network = try Network()
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "ERASED-marker"), ("school", "school.106982"))
    try network.exchangeAll()
    #expect(try network.school.values(child, "name") == ["ERASED-marker"])
    return (network, child)
  }

  @Test func erasureReachesEveryCopyAndIsConfirmed() throws {
    var (network, child) = try shared()
    let erased = try network.police.replica.erase(
      child, basis: "an order of the court", by: actor, now: network.police.now)
    #expect(erased.values == 2)
    #expect(try network.police.replica.erasedCopies(of: child).contains { $0.state == .waiting })
    try network.exchangeAll()
    try network.exchangeAll()
    for node in network.nodes {
      #expect(throws: ReplicaError.self) { try node.replica.record(child) }
      try node.replica.checkpoint()
      #expect(try !network.holds(node, "ERASED-marker"), "\(node.name)")
    }
    let copies = try network.police.replica.erasedCopies(of: child)
    #expect(Set(copies.map(\.peer)) == [network.care.name, network.school.name])
    for copy in copies {
      guard case .answered("erased", _, _) = copy.state else {
        Issue.record("\(copy)")
        continue
      }
    }
    // It does not come back, by nobody's hand; and the log derives to the same.
    try network.exchangeAll()
    #expect(throws: ReplicaError.self) { try network.police.replica.record(child) }
    #expect(try network.police.replica.verifyAudit(key: network.police.key.publicKey).isWhole)
    for node in network.nodes { #expect(try !node.replica.rebuild().isMended) }
    // What left stays to be answered for.
    let entries = try network.police.replica.disclosures(of: child)
    #expect(entries.count >= 2 && entries.allSatisfy { $0.retractedAt != nil })
    #expect(entries.allSatisfy { $0.receipts.last?.outcome == "erased" && !$0.fields.isEmpty })
  }

  @Test func oneFieldGoesAndTheOthersStay() throws {
    var (network, child) = try shared()
    _ = try network.police.replica.erase(
      child, field: "name", basis: "it was wrong", by: actor, now: network.police.now)
    try network.exchangeAll()
    try network.exchangeAll()
    for node in network.nodes {
      try node.replica.checkpoint()
      #expect(try node.values(child, "name") == [] && !network.holds(node, "ERASED-marker"))
    }
    #expect(try network.police.values(child, "school") == ["school.106982"])
  }

  @Test func aHoldKeepsWhatItsAgencyWouldEraseAndWhatRefersToIt() throws {
    var (network, child) = try shared()
    let notification = network.id()
    try network.put(
      network.police, "notification", notification, ("child", child.description),
      ("school", "school.106982"), ("context", "Was there."))
    try network.police.replica.hold(
      child, reason: "an inquest", by: actor, now: network.police.now)
    for record in [child, notification] {
      #expect(throws: ReplicaError.self) {
        try network.police.replica.erase(
          record, basis: "no reason", by: actor, now: network.police.now)
      }
    }
    #expect(try network.police.values(child, "name") == ["ERASED-marker"])
    #expect(
      try network.police.replica.releaseHold(
        child, reason: "it is over", by: actor, now: network.police.now) == 0)
    _ = try network.police.replica.erase(
      notification, basis: "no reason", by: actor, now: network.police.now)
    #expect(throws: ReplicaError.self) {
      try network.police.replica.releaseHold(
        child, reason: "again", by: actor, now: network.police.now)
    }
  }

  @Test func aHoldElsewhereKeepsThatCopySaysSoAndLetsItGoLater() throws {
    var (network, child) = try shared()
    try network.school.replica.hold(
      child, reason: "SECRET-reason", by: actor, now: network.school.now)
    _ = try network.police.replica.erase(
      child, basis: "an order of the court", by: actor, now: network.police.now)
    try network.exchangeAll()
    try network.exchangeAll()
    #expect(try network.school.values(child, "name") == ["ERASED-marker"])
    let kept = try network.police.replica.erasedCopies(of: child).filter {
      $0.peer == network.school.name
    }
    guard case .answered("retained", _, let basis)? = kept.first?.state else {
      Issue.record("\(kept)")
      return
    }
    #expect(basis == "legal hold")
    // Why there is a hold is nobody else's business.
    #expect(try !network.holds(network.police, "SECRET-reason"))
    #expect(
      try network.school.replica.releaseHold(
        child, reason: "it is over", by: actor, now: network.school.now) > 0)
    try network.exchangeAll()
    try network.school.replica.checkpoint()
    #expect(try !network.holds(network.school, "ERASED-marker"))
    let states = try network.police.replica.erasedCopies(of: child).map(\.state)
    #expect(
      states.allSatisfy { if case .answered("erased", _, _) = $0 { true } else { false } },
      "\(states)")
  }

  @Test func aRestrictionThatIsInForceIsLiftedNotErased() throws {
    var (network, child) = try shared()
    let seal = network.id()
    try network.put(
      network.police, "restriction", seal, ("record", child.description),
      ("kept_from", "school.106982"))
    #expect(throws: ReplicaError.self) {
      try network.police.replica.erase(
        seal, basis: "no reason", by: actor, now: network.police.now)
    }
    _ = try network.police.put(
      [Edit(type: "restriction", record: seal, assignments: [.clear(field: "kept_from")])],
      using: &network.generator)
    _ = try network.police.replica.erase(
      seal, basis: "it is over", by: actor, now: network.police.now)
  }

  @Test func whatADeviceWroteGoesFromTheDeviceToo() throws {
    var devices = try DeviceNetwork()
    let child = try devices.childOnTheLaptop()
    try devices.settle()
    let police = devices.network.police
    _ = try police.replica.erase(child, basis: "an order of the court", by: actor, now: police.now)
    try devices.settle()
    try devices.settle()
    for node in devices.nodes {
      #expect(throws: ReplicaError.self, "\(node.name)") { try node.replica.record(child) }
    }
    let copies = try police.replica.erasedCopies(of: child)
    #expect(copies.contains { $0.peer == devices.laptop.name })
    for copy in copies {
      guard case .answered("erased", _, _) = copy.state else {
        Issue.record("\(copy)")
        continue
      }
    }
  }
}
