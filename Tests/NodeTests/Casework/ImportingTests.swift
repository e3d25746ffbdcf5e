import Casework
import Foundation
import Node
import Records
import TestSupport
import Testing

/// Rows of an export, and children who are here already (domain rule 26).
@Suite struct ImportingTests {
  private static let heading =
    "Reference,Child,Date of birth,Address,School URN,NHS,Occurred,Circumstances,Context for school"

  private func run(
    _ rows: [String], _ network: CaseNetwork, dryRun: Bool = false
  ) throws -> ImportOutcome {
    let text = try repositoryText("Protocol/imports/example.yaml")
      .replacingOccurrences(
        of: "  child.school:", with: "  child.nhs_number: {column: NHS}\n  child.school:")
    let path = try network.write(
      ([Self.heading] + rows).joined(separator: "\n") + "\n", as: "export.csv")
    return try network.police.importNotifications(
      path, by: try ImportMapping(text, source: "mapping"), isDryRun: dryRun, person: nil)
  }

  private static let anne =
    "H1,Anne Alpha,04/03/2016,1 Old Rd,106982,9990000018,01/05/2027 20:00,c,first"

  @Test(arguments: [
    ("H5,Anne Alpha,04/03/2016,1 Old Rd,107010,9990000018,03/05/2027 20:00,c,ctx", ["school"]),
    ("H5,Anne Beta,04/03/2016,1 Old Rd,106982,9990000018,03/05/2027 20:00,c,ctx", ["name"]),
    ("H5,Anne Alpha,04/03/2016,9 New Rd,106982,9990000018,03/05/2027 20:00,c,ctx", ["address"]),
  ])
  func aRowThatSaysAnotherThingIsAttachedToNobody(row: String, differs: [String]) throws {
    let network = try CaseNetwork()
    #expect(try run([Self.anne], network).issued == 1)
    let first = try #require(try network.police.caseRecords("child").first)
    for again in [false, true] {
      let outcome = try run([row], network)
      #expect(outcome.issued == (again ? 0 : 1) && outcome.known == (again ? 1 : 0))
      #expect(outcome.proposals.map(\.differs) == (again ? [] : [differs]))
    }
    let children = try network.police.caseRecords("child")
    #expect(children.count == 2, "what the row says is kept")
    let own = try #require(children.first { $0.id != first.id })
    let notification = try #require(
      try network.police.notifications().first { $0.child == own.id })
    #expect(notification.school == own.agencies("school").first, "the row's school is told")
    #expect(try network.police.likelySameChildren().count == 1, "a person compares the two")
    #expect(try network.police.caseRecord(first.id, type: "child") == first)
  }

  @Test func aRowThatSaysTheSameIsThatChilds() throws {
    let network = try CaseNetwork()
    let rows = [
      Self.anne, "H2,\"ALPHA, Anne\",04/03/2016,,106982,9990000018,03/05/2027 20:00,c,second",
    ]
    let outcome = try run(rows, network)
    #expect(outcome.issued == 2 && outcome.proposals.isEmpty)
    #expect(try network.police.caseRecords("child").count == 1)
  }

  @Test func whatWaitsForAPersonIsForeseenAndListed() throws {
    let network = try CaseNetwork()
    try network.takeLists()
    let rows = [
      "W1,Example One,04/03/2016,1 Old Rd,999999,,01/05/2027 20:00,c,ctx",
      "W2,Sample Two,05/06/2015,2 Old Rd,107013,,01/05/2027 20:00,c,ctx",
      "W3,Instance Three,06/07/2014,3 Old Rd,106982,,01/05/2027 20:00,c,ctx",
    ]
    let foreseen = try run(rows, network, dryRun: true)
    #expect(foreseen.issued == 1 && foreseen.waiting.map(\.line) == [2, 3])
    #expect(try network.police.caseRecords("incident").isEmpty)
    let outcome = try run(rows, network)
    #expect(outcome.issued == 1 && outcome.waiting == foreseen.waiting)
    let waiting = try network.police.waitingRoutes()
    #expect(waiting.count == 2)
    // Once a person has chosen, it waits no longer.
    let split = try #require(waiting.first { $0.reason.contains("choose one") })
    var request = NotifyRequest(child: split.child)
    request.incident = split.incident
    request.school = network.other.agency
    #expect(try network.police.notify(request).isNew)
    #expect(try network.police.waitingRoutes().map(\.child) != [split.child])
    #expect(try network.police.waitingRoutes().count == 1)
  }

  @Test func aRowOfAnotherLengthHidesNoOther() throws {
    let network = try CaseNetwork()
    let outcome = try run(
      [
        "L1,Example One,soon,1 Old Rd,106982,,01/05/2027 20:00,c,ctx", "L2,Example Two",
        "L3,Example Three,04/03/2016,,106982,,08/05/2027 20:00,c,ctx",
      ], network)
    #expect(outcome.problems.map(\.line).sorted() == [2, 3, 4])
    #expect(outcome.problems.contains { $0.problem == "expected 9 columns, found 2" })
    #expect(try network.police.caseRecords("child").isEmpty)
  }
}
