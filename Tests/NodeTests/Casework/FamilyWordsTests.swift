import Casework
import Node
import Records
import TestSupport
import Testing

/// Whose words stand in a plan (domain rule 13).
@Suite struct FamilyWordsTests {
  private func planned() throws -> (CaseNetwork, child: RecordID, mother: RecordID, plan: RecordID)
  {
    let network = try CaseNetwork()
    let (child, incident) = try network.recorded()
    let mother = try network.police.make("adult", ("name", "Parent"), ("children+", "\(child)"))
    let issued = try network.police.notify(network.request(child, incident))
    let plan = try network.police.startPlan(
      from: issued.id, reviewOn: nil, goals: nil, person: nil
    ).id
    return (network, child, mother, plan)
  }

  @Test func wordsAboutARecordSayWhoseTheyAre() throws {
    let (network, child, mother, plan) = try planned()
    let day = try #require(LocalDate(year: 2027, month: 5, day: 4))
    var said = VoiceRequest(about: plan, askedOn: day, consent: "hearer-only")
    said.words = "This is not so."
    let refused = network.police.refusal { _ = try $0.record(said) }
    #expect(refused?.contains("whose: say whose words") == true)
    said.whose = plan
    #expect(network.police.refusal { _ = try $0.record(said) }?.contains("whose: expected") == true)
    said.whose = mother
    let voice = try network.police.record(said)
    let found = try network.police.plan(plan)
    #expect(found.corrections.map(\.id) == [voice] && found.voices.isEmpty)
    #expect(found.corrections.map(\.whose) == [mother])
    #expect(found.notYetAsked == [child], "who puts something right has been asked")
    let incident = try #require(try network.police.caseRecords("incident").first)
    said.about = incident.id
    #expect(try network.police.record(said) != voice)
    #expect(try network.police.plan(plan).corrections.count == 2)
  }

  @Test func anActionIsSomebodysWhoTakesPart() throws {
    let (network, _, _, plan) = try planned()
    let day = try #require(LocalDate(year: 2027, month: 6, day: 1))
    var request = ActionRequest(
      task: "Call", owner: try #require(AgencyID("health.nowhere")), dueOn: day)
    let refused = network.police.refusal { _ = try $0.addAction(to: plan, request) }
    #expect(refused?.contains("owner: health.nowhere takes no part") == true)
    request.owner = network.care.agency
    request.school = AgencyID("school.999999")
    #expect(
      network.police.refusal { _ = try $0.addAction(to: plan, request) }?.contains("school:")
        == true)
    request.school = nil
    _ = try network.police.addAction(to: plan, request)
    #expect(try network.police.plan(plan).actions.count == 1)
  }
}
