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

  /// A force in an OE Plus area that also passes on to another force: neither agreement's overlays hide
  /// the other's (domain rule 11).
  @Test func overlaysOfBothAgreementsAreThere() throws {
    let area = try Area()
    var generator = SeededGenerator(seed: 1)
    let (incident, plan, child) = (
      RecordID(using: &generator), RecordID(using: &generator), RecordID(using: &generator)
    )
    try area.police.put(
      "incident", incident,
      [("category", "coercive-control"), ("local_risk_tool", "amber"), ("risk_grade", "high")],
      using: &generator)
    // One edit with fields that no one agreement knows all of: two changes.
    try area.police.put(
      "child", child,
      [
        ("name", "Example Child"), ("address", "1 Example Street"),
        ("linked_forces", "\(area.other.name.agency)"),
      ],
      using: &generator)
    try area.police.put(
      "plan", plan, [("family", "\(child)"), ("family_needs", "housing")], using: &generator)
    #expect(try area.police.values(incident, "category") == ["coercive-control"])
    #expect(try area.police.values(plan, "family_needs") == ["housing"])
    #expect(try area.police.values(child, "linked_forces") == ["\(area.other.name.agency)"])
    try exchange(area.police, area.care, using: &generator)
    try exchange(area.police, area.other, using: &generator)
    #expect(try area.care.values(incident, "local_risk_tool") == ["amber"])
    #expect(try area.care.values(plan, "family_needs") == ["housing"])
    #expect(try area.other.values(child, "name") == ["Example Child"])
    #expect(try area.other.values(child, "address").isEmpty)
    for node in [area.care, area.other] { #expect(try node.replica.quarantine().isEmpty) }
    let rebuilt = try area.police.replica.rebuild()
    #expect(!rebuilt.isMended)
  }

  @Test func theOrderInWhichAgreementsCameDecidesNothing() throws {
    let (one, other) = (try Area(), try Area(crossBorderFirst: true))
    for type in ["incident", "plan", "child", "notification"] {
      let names = [one, other].map { area in
        (try? area.police.replica.partnership().recordType(type)?.fields.map(\.name)) ?? []
      }
      #expect(names[0] == names[1] && !names[0].isEmpty)
    }
  }

  /// Lincolnshire's police under two agreements, its council under one and a neighbouring force under
  /// the other.
  private struct Area {
    let folder: TemporaryFolder
    let police: SimulatedNode
    let care: SimulatedNode
    let other: SimulatedNode

    init(crossBorderFirst: Bool = false) throws {
      folder = try TemporaryFolder()
      let agencies = [
        try TestAgency("police.lincolnshire", .police), try TestAgency("care.E10000019", .care),
        try TestAgency("police.west-yorkshire", .police),
      ]
      func text(_ name: String) throws -> String { try repositoryText("Protocol/\(name).yaml") }
      let core = try text("profiles/core")
      let hub = try TestPartnership(
        template: try text("agreements/minimal-with-hub"),
        profiles: [core, try text("profiles/oe-plus"), try text("profiles/minimal-notice")],
        principals: Array(agencies.prefix(2)))
      let border = try TestPartnership(
        template: try text("agreements/cross-border").replacingOccurrences(
          of: "[police.south-yorkshire, police.west-yorkshire]",
          with: "[police.lincolnshire, police.west-yorkshire]"),
        profiles: [core, try text("profiles/cross-border")],
        principals: [agencies[0], agencies[2]])
      let (first, second) = crossBorderFirst ? (border, hub) : (hub, border)
      police = try first.node(of: agencies[0], in: folder)
      try police.replica.adopt(second.documents, now: police.now)
      care = try hub.node(of: agencies[1], in: folder)
      other = try border.node(of: agencies[2], in: folder)
    }
  }
}
