import Casework
import Foundation
import Node
import Records
import TestSupport
import Testing

/// What is routed round a school does not reach it another way (domain rule 19).
@Suite struct RoutedRoundTests {
  @Test func whatTheOfficerIsToldDoesNotReachTheSchoolThroughTheChild() throws {
    var network = try CaseNetwork()
    let (child, incident) = try network.recorded()
    var request = network.request(child, incident)
    request.notFor = Set(KeyAdultRole.allCases)
    let issued = try network.police.notify(request)
    #expect(issued.school == network.care.agency)
    try network.meet()
    #expect(try network.care.values(issued.id, "context") == ["CONTEXT-marker"])
    for secret in ["CONTEXT-marker", "WORDS-marker", "REFERENCE-marker"] {
      #expect(try !network.holds(network.school, secret), "\(secret)")
    }
    #expect(try network.school.notifications().isEmpty)
    // The officer opens and answers it, and the police hear of it.
    _ = try network.care.open(issued.id, as: .keyAdult, person: nil)
    try network.meet()
    #expect(try network.police.notification(issued.id).state == .opened)
  }

  @Test func whatTheOfficerIsToldMeanwhileIsNotInTheSchoolsInbox() throws {
    var network = try CaseNetwork(
      practice: "deferral: {officer: care.E08000019, weekends: true, holidays: true}\n")
    _ = try network.police.caseFiles.takeCalendar(
      repositoryRoot.appendingPathComponent("Protocol/data/sheffield-term-dates.json").path,
      for: nil)
    let child = try network.police.make(
      "child", ("name", "NAME-marker"), ("school", "school.106982"))
    var request = NotifyRequest(child: child)
    request.occurredAt = Instant("2027-05-01T21:40:00Z")
    let issued = try network.police.notify(request)
    #expect(issued.meanwhile == network.care.agency)
    try network.meet()
    #expect(try network.care.notifications().count == 2)
    #expect(try network.school.notifications().map(\.id) == [issued.id])
    // Taken back, both are.
    try network.police.withdraw(issued.id, because: "mistaken", person: nil)
    try network.meet()
    #expect(try network.care.notifications().allSatisfy { $0.withdrawn == "mistaken" })
  }

  @Test func aChildSealedLaterTakesTheNotificationAndItsLedgerAlong() throws {
    var network = try CaseNetwork()
    let (child, incident) = try network.recorded()
    let issued = try network.police.notify(network.request(child, incident))
    try network.meet()
    #expect(try network.school.values(issued.id, "context") == ["CONTEXT-marker"])
    #expect(try network.police.waitingRoutes().isEmpty)
    _ = try network.care.make(
      "restriction", ("record", "\(child)"), ("kept_from+", "school.106982"))
    try network.meet()
    #expect(try network.school.notifications().isEmpty)
    #expect(try network.school.caseRecords("delivery").isEmpty)
    #expect(try network.school.values(issued.id, "context").isEmpty)
    #expect(try network.school.values(incident, "child_words").isEmpty)
    // Whoever issued it is told, and the officer in the school's stead.
    let waiting = try network.police.waitingRoutes()
    #expect(waiting.map(\.child) == [child])
    #expect(waiting.first?.reason.contains("sealed from school.106982") == true)
    let again = try network.police.notify(network.request(child, incident))
    #expect(again.isNew && again.school == network.care.agency)
    #expect(try network.police.notification(issued.id).withdrawn != nil)
    #expect(try network.police.waitingRoutes().isEmpty)
    #expect(try !network.police.notify(network.request(child, incident)).isNew)
  }

  @Test func theLedgerOfASchoolsOwnNotificationGoesOn() throws {
    var network = try CaseNetwork()
    let (child, incident) = try network.recorded()
    let issued = try network.police.notify(network.request(child, incident))
    try network.meet()
    _ = try network.school.open(issued.id, as: .keyAdult, person: nil)
    var response = SchoolResponse()
    let empty = network.school.refusal { _ = try $0.respond(to: issued.id, response) }
    #expect(empty?.contains("expected at least one thing") == true)
    #expect(try network.school.caseRecords("response").isEmpty)
    response.isWelfareChecked = true
    response.isActedOn = true
    #expect(try network.school.respond(to: issued.id, response))
    try network.meet()
    #expect(try network.police.notification(issued.id).state == .actedOn)
    #expect(try network.care.notification(issued.id).state == .actedOn)
    let answer = CaseIDs.response(to: issued.id, by: network.school.agency)
    #expect(try network.school.values(answer, "welfare_check") == ["true"])
    #expect(try network.police.values(answer, "welfare_check") == [])
    #expect(try network.other.notifications().isEmpty)
  }
}
