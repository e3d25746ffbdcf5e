import Casework
import Foundation
import Records
import TestSupport
import Testing

/// Agencies' views side by side, and plans with families.
@Suite struct PerspectiveTests {
  private func agency(_ text: String) throws -> AgencyID { try #require(AgencyID(text)) }
  private let at = Instant(milliseconds: 1_800_000_000_000)

  private func id() -> RecordID {
    var generator = SystemRandomNumberGenerator()
    return RecordID(using: &generator)
  }

  private func crosswalk() throws -> Crosswalk {
    try Crosswalk(try repositoryText("Protocol/crosswalks/core.yaml"), source: "core.yaml")
  }

  private func incident(_ says: [(String, String, String)]) throws -> CaseRecord {
    CaseRecord(
      id: id(), type: "incident",
      fields: [
        "category": try says.map { .init(.term($0.1), by: try agency($0.0), at: at) },
        "risk_grade": try says.map { .init(.term($0.2), by: try agency($0.0), at: at) },
      ])
  }

  @Test func everybodysViewStandsAndDifferencesAreShown() throws {
    let (care, police, school) = (
      try agency("care.A"), try agency("police.here"), try agency("school.100001")
    )
    let seen = Perspectives(
      on: try incident([
        ("police.here", "crime", "high"), ("care.A", "child-protection", "medium"),
        ("school.100001", "no-concern", "standard"),
      ]), by: try crosswalk())
    #expect(seen.rows.map(\.agency) == [care, police, school])
    #expect(seen.rows.map { $0.category?.says } == ["child-protection", "crime", "no-concern"])
    #expect(seen.rows[0].category?.means?.contains("s.47") == true)
    func relation(_ one: AgencyID, _ other: AgencyID, _ aspect: Perspectives.Aspect)
      -> Crosswalk.Relation?
    {
      seen.differences.first { $0.one == one && $0.other == other && $0.aspect == aspect }?.relation
    }
    #expect(relation(care, police, .category) == .near)
    #expect(relation(police, school, .category) == .apart)
    #expect(relation(care, police, .risk) == .near)
    #expect(relation(police, school, .risk) == .apart)
    #expect(seen.areApart)
    let alike = Perspectives(
      on: try incident([("police.here", "crime", "high"), ("care.A", "crime", "high")]),
      by: try crosswalk())
    #expect(alike.differences.isEmpty && !alike.areApart)
  }

  @Test func theCrosswalkKnowsEveryTermOfTheCoreProfile() throws {
    let profile = try repositoryText("Protocol/profiles/core.yaml")
    let crosswalk = try crosswalk()
    for term in ["crime", "welfare-need", "child-protection", "early-help", "no-concern"] {
      #expect(profile.contains(term) && crosswalk.meaning(of: term, in: "category") != nil)
    }
    for term in ["standard", "medium", "high"] {
      #expect(crosswalk.meaning(of: term, in: "risk") != nil)
    }
    // A local term is shown as it is, and never called near.
    #expect(crosswalk.relation(of: "coercive-control", to: "crime", in: "category") == .apart)
    #expect(crosswalk.relation(of: "medium", to: "high", in: "risk") == .near)
    #expect(crosswalk.relation(of: "high", to: "medium", in: "risk") == .near)
  }

  @Test(arguments: [
    ("crosswalk: a\nversion: 1\nprofile: core\n", "vocabularies"),
    ("crosswalk: a\nversion: x\nprofile: core\nvocabularies: {}\n", "version"),
    (
      "crosswalk: a\nversion: 1\nprofile: core\nvocabularies:\n  v:\n    a: {means: x, near: [b]}\n",
      "near b, which is no term here"
    ),
    (
      "crosswalk: a\nversion: 1\nprofile: core\nvocabularies:\n  v:\n    a: {means: x, near: [a]}\n",
      "a is near itself"
    ),
  ])
  func badCrosswalks(text: String, words: String) {
    #expect { try Crosswalk(text, source: "a.yaml") } throws: { error in
      "\(error)".hasPrefix("a.yaml") && "\(error)".contains(words)
    }
  }

  @Test func aPlanShowsWhatIsLateAndWhoWasNotAsked() throws {
    let (care, police) = (try agency("care.A"), try agency("police.here"))
    let (child, mother) = (id(), id())
    let today = try #require(LocalDate("2027-05-06"))
    func by(_ values: [Value], _ agency: AgencyID) -> [CaseRecord.Entry] {
      values.map { .init($0, by: agency, at: at) }
    }
    let plan = CaseRecord(
      id: id(), type: "plan",
      fields: [
        "family": by([.reference(child), .reference(mother)], care),
        "needs": by([.text("housing")], care) + by([.text("safety")], police),
        "review_on": by([.date(today)], care),
      ])
    func action(_ due: String, _ status: String) throws -> CaseRecord {
      CaseRecord(
        id: id(), type: "action",
        fields: [
          "plan": by([.reference(plan.id)], care), "task": by([.text("task")], care),
          "owner": by([.agency(police)], care),
          "due_on": by([.date(try #require(LocalDate(due)))], care),
          "status": by([.term(status)], police),
        ])
    }
    func voice(_ about: RecordID, _ words: String?, _ consent: String) -> CaseRecord {
      var fields = [
        "about": by([.reference(about)], care), "consent": by([.term(consent)], care),
      ]
      if let words { fields["words"] = by([.text(words)], care) }
      return CaseRecord(id: id(), type: "voice", fields: fields)
    }
    let actions = [
      try action("2027-05-05", "open"), try action("2027-05-05", "done"),
      try action("2027-05-06", "open"),
    ]
    let asked = FamilyPlan(
      plan, actions: actions,
      voices: [voice(child, "I want to stay", "hub"), voice(mother, nil, "not-yet-asked")])
    #expect(asked.needs.map(\.text).sorted() == ["housing", "safety"])
    #expect(asked.lateActions(on: today).map(\.id) == [actions[0].id])
    #expect(asked.isReviewDue(on: today) && !asked.isReviewDue(on: today.advanced(byDays: -1)))
    #expect(asked.notYetAsked == [mother])
    let refused = FamilyPlan(
      plan, actions: [], voices: [voice(mother, nil, "refused"), voice(id(), "x", "hub")])
    #expect(refused.notYetAsked == [child] && refused.voices.count == 1)
    let calm = FamilyPlan(
      CaseRecord(
        id: id(), type: "plan",
        fields: ["review_on": by([.date(today.advanced(byDays: 1))], care)]), actions: [],
      voices: [])
    #expect(PlanBoard.sorted([calm, asked], on: today) == [asked, calm])
  }
}
