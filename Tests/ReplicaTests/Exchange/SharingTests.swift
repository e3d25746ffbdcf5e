import Agreements
import Foundation
import Records
import Replica
import Simulation
import TestSupport
import Testing

/// Who gets what, over whole exchanges between real replicas.
@Suite struct SharingTests {
  @Test func eachAgencySeesItsFieldsAndNoByteOfTheOthers() throws {
    var network = try Network()
    let (child, incident, notification) = (network.id(), network.id(), network.id())
    try network.put(
      network.police, "child", child, ("name", "NAME-marker"), ("address", "ADDRESS-marker"),
      ("school", "school.106982"))
    try network.put(
      network.police, "incident", incident, ("children", child.description),
      ("reference", "REFERENCE-marker"), ("circumstances", "CIRCUMSTANCES-marker"),
      ("risk_grade", "high"))
    try network.put(
      network.police, "notification", notification, ("school", "school.106982"),
      ("child", child.description), ("incident", incident.description),
      ("context", "CONTEXT-marker"))
    try network.exchangeAll()

    #expect(try network.school.values(child, "name") == ["NAME-marker"])
    #expect(try network.school.values(incident, "reference") == ["REFERENCE-marker"])
    #expect(try network.school.values(notification, "context") == ["CONTEXT-marker"])
    #expect(try network.care.values(child, "address") == ["ADDRESS-marker"])
    #expect(try network.care.values(incident, "circumstances") == ["CIRCUMSTANCES-marker"])
    for marker in ["ADDRESS-marker", "CIRCUMSTANCES-marker"] {
      #expect(try !network.holds(network.school, marker), "\(marker) lies in the school's files")
      #expect(try network.holds(network.care, marker), "the search itself finds nothing")
    }
    #expect(try network.school.values(incident, "risk_grade") == [])
  }

  @Test func aSchoolHearsNothingOfAnotherSchoolsPupils() throws {
    var network = try Network(schools: ["school.106982", "school.107010"])
    let (here, there) = (network.id(), network.id())
    let incident = network.id()
    try network.put(
      network.police, "child", here, ("name", "HERE-marker"), ("school", "school.106982"))
    try network.put(
      network.police, "child", there, ("name", "THERE-marker"), ("school", "school.107010"))
    try network.put(network.police, "incident", incident, ("reference", "SHARED-marker"))
    for child in [here, there] {
      try network.put(network.police, "incident", incident, ("children", child.description))
    }
    // Assigning a set replaces it; both have to be in it.
    _ = try network.police.put(
      [
        Edit(
          type: "incident", record: incident,
          assignments: [.add(field: "children", text: here.description)])
      ], using: &network.generator)
    try network.exchangeAll()

    #expect(try network.school.values(here, "name") == ["HERE-marker"])
    #expect(try network.school.values(incident, "reference") == ["SHARED-marker"])
    #expect(try network.school.values(incident, "children") == [here.description])
    #expect(try network.nodes[3].values(incident, "children") == [there.description])
    #expect(try !network.holds(network.school, "THERE-marker"))
    #expect(try network.bytes(of: network.school).range(of: there.bytes) == nil)
  }

  @Test func aMovedChildsNewSchoolIsBroughtUpToDateAndTheOldOneHearsNoMore() throws {
    var network = try Network(schools: ["school.106982", "school.107010"])
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "BEFORE-marker"), ("school", "school.106982"))
    try network.exchangeAll()
    #expect(try network.nodes[3].values(child, "name") == [])

    try network.put(network.police, "child", child, ("school", "school.107010"))
    try network.exchangeAll()
    try network.put(network.police, "child", child, ("name", "AFTER-marker"))
    try network.exchangeAll()

    #expect(try network.nodes[3].values(child, "name") == ["AFTER-marker"])
    #expect(try network.school.values(child, "name") == ["BEFORE-marker"])
    #expect(try !network.holds(network.school, "AFTER-marker"))
  }

  @Test func whileTheSchoolIsInConflictTheOldRouteStaysAndNoNewOneOpens() throws {
    var network = try Network(schools: ["school.106982", "school.107010", "school.107027"])
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "NAME-marker"), ("school", "school.106982"))
    try network.exchangeAll()
    try network.put(network.police, "child", child, ("school", "school.107010"))
    try network.put(network.care, "child", child, ("school", "school.107027"))
    try network.exchange(network.police, network.care)
    // Each keeps the route that its own people chose, and opens none for the other's choice.
    for (node, own, other) in [(network.police, 3, 4), (network.care, 4, 3)] {
      try network.exchange(node, network.nodes[other])
      #expect(try network.nodes[other].values(child, "name") == [], "\(node.name)")
      #expect(
        try !node.replica.explain(
          child, "name", for: network.nodes[other].name.agency, now: node.now
        ).decision.isAllowed)
      #expect(
        try node.replica.explain(
          child, "name", for: network.nodes[own].name.agency, now: node.now
        ).decision.isAllowed)
    }
    #expect(try network.care.replica.conflicts().map(\.field.field.name) == ["school"])
    try network.put(network.police, "child", child, ("school", "school.107027"))
    try network.exchangeAll()
    #expect(try network.nodes[4].values(child, "name") == ["NAME-marker"])
    #expect(try network.nodes[3].values(child, "name") == [])
  }

  @Test func whatSocialCareMayPassOnReachesTheNewSchool() throws {
    var network = try Network(schools: ["school.106982", "school.107010"])
    let child = network.id()
    try network.put(
      network.care, "child", child, ("name", "Example Child A"), ("school", "school.106982"))
    try network.exchange(network.care, network.school)
    try network.put(network.school, "child", child, ("needs", "young-carer"))
    try network.exchange(network.care, network.school)
    try network.put(network.care, "child", child, ("school", "school.107010"))
    try network.exchange(network.care, network.nodes[3])
    #expect(try network.nodes[3].values(child, "needs") == ["young-carer"])
  }

  @Test func whatMayNotBePassedOnStaysWhereItIs() throws {
    var network = try Network()
    let child = network.id()
    try network.put(
      network.care, "child", child, ("name", "CARE-marker"), ("school", "school.106982"))
    // Police hold care's write; the school is not connected to care. Police have no onward grant.
    try network.exchange(network.police, network.care)
    try network.exchange(network.police, network.school)
    #expect(try network.police.values(child, "name") == ["CARE-marker"])
    #expect(try network.school.values(child, "name") == [])
    #expect(try !network.holds(network.school, "CARE-marker"))
  }

  @Test func aReferenceGoesOnlyWhereItsTargetMayBeSeen() throws {
    var network = try Network()
    let (child, hidden, incident) = (network.id(), network.id(), network.id())
    try network.put(network.police, "child", child, ("school", "school.106982"))
    try network.put(network.police, "child", hidden, ("name", "No school"))
    try network.put(network.police, "incident", incident, ("children", child.description))
    _ = try network.police.put(
      [
        Edit(
          type: "incident", record: incident,
          assignments: [.add(field: "children", text: hidden.description)])
      ], using: &network.generator)
    try network.exchangeAll()
    #expect(try network.school.values(incident, "children") == [child.description])
    #expect(try network.bytes(of: network.school).range(of: hidden.bytes) == nil)
    let explanation = try network.police.replica.explain(
      hidden, "name", for: network.school.name.agency, now: network.police.now)
    #expect(!explanation.decision.isAllowed)
  }

  @Test func aSealedRecordGoesNoFurther() throws {
    var network = try Network()
    let (child, restriction) = (network.id(), network.id())
    try network.put(
      network.police, "child", child, ("name", "BEFORE-marker"), ("school", "school.106982"))
    try network.exchange(network.police, network.care)
    try network.put(
      network.police, "restriction", restriction, ("record", child.description),
      ("kept_from", "school.106982"), ("reason", "REASON-marker"))
    try network.exchangeAll()
    try network.put(network.care, "child", child, ("name", "AFTER-marker"))
    try network.exchangeAll()
    for marker in ["BEFORE-marker", "REASON-marker", "AFTER-marker"] {
      #expect(try !network.holds(network.school, marker), "\(marker)")
    }
    #expect(try !network.holds(network.care, "REASON-marker"))
    let explanation = try network.care.replica.explain(
      child, "name", for: network.school.name.agency, now: network.care.now)
    #expect(!explanation.decision.isAllowed)
    // Lifted, it goes.
    _ = try network.police.put(
      [Edit(type: "restriction", record: restriction, assignments: [.clear(field: "kept_from")])],
      using: &network.generator)
    try network.exchangeAll()
    #expect(try network.school.values(child, "name") == ["AFTER-marker"])
  }

  @Test func afterTheAgreementHasEndedNothingGoes() throws {
    var network = try Network()
    let child = network.id()
    try network.put(
      network.police, "child", child, ("name", "LATE-marker"), ("school", "school.106982"))
    for node in network.nodes {
      node.now = node.now.advanced(byMilliseconds: 3 * 366 * 24 * 3_600_000)
    }
    try network.exchangeAll()
    #expect(try !network.holds(network.school, "LATE-marker"))
    #expect(throws: ReplicaError.self) {
      try network.put(network.police, "child", child, ("name", "Too late"))
    }
  }

  @Test func whoActedStaysInTheAgency() throws {
    var network = try Network()
    let child = network.id()
    _ = try network.police.put(
      [
        Edit(
          type: "child", record: child,
          assignments: [
            .set(field: "name", text: "NAME-marker"),
            .set(field: "school", text: "school.106982"),
          ], person: "OFFICER-marker")
      ], using: &network.generator)
    try network.exchangeAll()
    #expect(try network.police.replica.history(of: child).map(\.person) == ["OFFICER-marker"])
    #expect(try network.care.replica.history(of: child).map(\.person) == [nil])
    for node in [network.care, network.school] {
      #expect(try !network.holds(node, "OFFICER-marker"))
      #expect(try network.holds(node, "NAME-marker"))
    }
  }
}
