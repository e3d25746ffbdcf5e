import Agreements
import Foundation
import Records
import Replica
import Simulation
import SyncProtocol
import TestSupport
import Testing

/// An agency under two agreements: who is under one of them only still gets its part.
@Suite struct TwoAgreementsTests {
  @Test func whatIsWrittenUnderOneAgreementIsSharedUnderAnother() throws {
    var network = try Network()
    // Its name comes first, so the police write under it; the school is no party to it.
    let hub = try TestPartnership(
      template: try repositoryText("Protocol/agreements/sheffield-encompass.yaml")
        .replacingOccurrences(of: "agreement: sheffield-encompass", with: "agreement: a-hub"),
      profiles: [try repositoryText("Protocol/profiles/core.yaml")],
      principals: network.partnership.principals)
    for node in [network.police, network.care] {
      try node.replica.adopt(hub.documents, now: node.now)
    }
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "Example Child A"), ("school", "school.106982"))
    try network.exchangeAll()
    #expect(try network.school.values(child, "name") == ["Example Child A"])
    #expect(try network.school.replica.quarantine().isEmpty)
    #expect(try network.care.values(child, "name") == ["Example Child A"])
  }

  @Test func whatWasRefusedForWantOfADocumentComesOnceItIsThere() throws {
    var network = try Network()
    let hub = try TestPartnership(
      template: try repositoryText("Protocol/agreements/sheffield-encompass.yaml")
        .replacingOccurrences(of: "agreement: sheffield-encompass", with: "agreement: a-hub"),
      profiles: [try repositoryText("Protocol/profiles/core.yaml")],
      principals: network.partnership.principals, members: network.partnership.members)
    // The school has been admitted to the hub, and has not joined it yet.
    for node in [network.police, network.care] {
      try node.replica.adopt(hub.documents, now: node.now)
    }
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "NAME-marker"), ("school", "school.106982"))
    try network.exchange(network.police, network.school)
    let kept = try network.school.replica.quarantine()
    #expect(Set(kept.map(\.reason)).isSubset(of: ["unknown-agreement", "not-permitted"]))
    #expect(!kept.isEmpty)
    #expect(try !network.holds(network.school, "NAME-marker"))
    try network.school.replica.adopt(hub.documents, now: network.school.now)
    try network.exchange(network.police, network.school)
    #expect(try network.school.values(child, "name") == ["NAME-marker"])
    #expect(try network.school.replica.quarantine().isEmpty)
  }
}
