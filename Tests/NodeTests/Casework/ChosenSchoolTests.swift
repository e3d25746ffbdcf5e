import Casework
import Node
import Records
import TestSupport
import Testing

/// A school that a person chose is held to the rules of routing (domain rules 9 and 19).
@Suite struct ChosenSchoolTests {
  @Test(arguments: [
    ("school.999999", "school: school.999999 is in no list of schools"),
    ("health.nowhere", "school: health.nowhere is neither a school nor a council"),
    ("police.south-yorkshire", "is neither a school nor a council"),
    ("school.107011", "school: school.107011 has closed"),
    ("school.107013", "--school with one of school.106982, school.107010"),
    ("school.107809", "school: no force here has a link with school.107809"),
  ])
  func whoMustNotBeToldIsRefused(school: String, words: String) throws {
    let network = try CaseNetwork()
    try network.takeLists()
    let (child, incident) = try network.recorded()
    var request = network.request(child, incident)
    request.school = AgencyID(school)
    let refused = network.police.refusal { _ = try $0.notify(request) }
    #expect(refused?.contains(words) == true, "\(refused ?? "issued")")
    #expect(try network.police.notifications().isEmpty)
  }

  @Test func aSchoolFromWhichTheChildIsSealedIsRefused() throws {
    let network = try CaseNetwork()
    let (child, incident) = try network.recorded(school: "school.107010")
    _ = try network.police.make(
      "restriction", ("record", "\(child)"), ("kept_from+", "school.106982"))
    var request = network.request(child, incident)
    request.school = network.school.agency
    let refused = network.police.refusal { _ = try $0.notify(request) }
    #expect(
      refused?.contains("school: the child's record is sealed from school.106982") == true)
    // And without a list of schools nobody outside the partnership is told either.
    request.school = AgencyID("school.999999")
    #expect(network.police.refusal { _ = try $0.notify(request) }?.contains("no force") == true)
    #expect(try network.police.notifications().isEmpty)
  }

  @Test(arguments: ["school.107012", nil])
  func aClosedSchoolsSuccessorIsToldWhoTheChildIs(chosen: String?) throws {
    var network = try CaseNetwork()
    try network.takeLists()
    let (child, incident) = try network.recorded(school: "school.107012")
    var request = network.request(child, incident)
    request.school = chosen.flatMap(AgencyID.init)
    let issued = try network.police.notify(request)
    #expect(issued.school == network.other.agency && issued.isEnrolled)
    try network.meet()
    #expect(try network.other.values(issued.id, "context") == ["CONTEXT-marker"])
    #expect(try network.other.values(child, "name") == ["NAME-marker"])
  }

  @Test func aPersonSettlesWhichOfTwoSchoolsItIs() throws {
    var network = try CaseNetwork()
    let (child, incident) = try network.recorded()
    try network.meet()
    for (desk, school) in [(network.police, "school.107010"), (network.care, "school.107012")] {
      _ = try desk.make("child", ("school", school), id: child)
    }
    try network.meet()
    var request = network.request(child, incident)
    #expect(network.police.refusal { _ = try $0.notify(request) }?.contains("--school") == true)
    request.school = network.other.agency
    #expect(try network.police.notify(request).isEnrolled)
    #expect(try network.police.values(child, "school") == ["school.107010"])
  }
}
