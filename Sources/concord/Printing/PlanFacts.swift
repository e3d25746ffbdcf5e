import Casework
import Node
import Records

/// A plan as scripts read it.
struct PlanFacts: Encodable {
  let id: String
  let family: [String]
  let needs: [Statement]
  let goals: [String]
  let reviewOn: String?
  let isReviewDue: Bool
  let actions: [Action]
  let voices: [Voice]
  let corrections: [Voice]
  let notYetAsked: [String]
  let perspectives: [View]

  struct Statement: Encodable {
    let agency: String
    let says: String
  }
  struct Action: Encodable {
    let id: String
    let task: String
    let owner: String?
    let due: String?
    let status: String
    let late: Bool
  }
  struct Voice: Encodable {
    let about: String
    let whose: String
    let asked: String?
    let words: [String]
    let wishes: [String]
    let consent: String
    let heard: String
    let shared: [String]

    init(_ voice: FamilyPlan.Voice) {
      about = "\(voice.about)"
      whose = "\(voice.whose)"
      asked = voice.askedOn?.description
      words = voice.words
      wishes = voice.wishes
      consent = voice.consent
      heard = "\(voice.heardBy)"
      shared = voice.sharedWith.map(\.description)
    }
  }
  struct View: Encodable {
    let incident: String
    let category: [Statement]
    let risk: [Statement]
    let apart: Bool
  }

  init(_ plan: FamilyPlan, _ seen: [(incident: RecordID, Perspectives)], today: LocalDate) {
    id = plan.id.description
    family = plan.family.map(\.description)
    needs = plan.needs.map { Statement(agency: "\($0.agency)", says: $0.text) }
    goals = plan.goals
    reviewOn = plan.reviewOn?.description
    isReviewDue = plan.isReviewDue(on: today)
    actions = plan.actions.map {
      Action(
        id: "\($0.id)", task: $0.task, owner: $0.owner?.description, due: $0.dueOn?.description,
        status: $0.status, late: $0.isLate(on: today))
    }
    voices = plan.voices.map(Voice.init)
    corrections = plan.corrections.map(Voice.init)
    notYetAsked = plan.notYetAsked.map(\.description)
    perspectives = seen.map { incident, view in
      View(
        incident: "\(incident)",
        category: view.rows.compactMap { row in
          row.category.map { Statement(agency: "\(row.agency)", says: $0.says) }
        },
        risk: view.rows.compactMap { row in
          row.risk.map { Statement(agency: "\(row.agency)", says: $0.says) }
        }, apart: view.areApart)
    }
  }

  enum CodingKeys: String, CodingKey {
    case id, family, needs, goals, actions, voices, corrections, perspectives
    case reviewOn = "review_on"
    case isReviewDue = "review_due"
    case notYetAsked = "not_yet_asked"
  }
}

/// A plan that was started.
struct StartedPlanFacts: Encodable {
  let id: String
  let new: Bool
}

/// A plan for people to read.
enum PlanText {
  static func line(_ plan: FamilyPlan, today: LocalDate) -> String {
    var parts = [plan.reviewOn.map { "review \(PeopleTime.text($0))" } ?? "no review set"]
    if plan.isReviewDue(on: today) { parts[0] += " (DUE)" }
    let late = plan.lateActions(on: today).count
    let count = plan.actions.count
    parts.append("\(count) action\(count == 1 ? "" : "s")" + (late > 0 ? ", \(late) LATE" : ""))
    if !plan.notYetAsked.isEmpty {
      parts.append("\(plan.notYetAsked.count) not yet asked, as far as is known here")
    }
    return "\(plan.id)  \(parts.joined(separator: ", "))"
  }

  /// - Parameter names: what people are called, where this node may know.
  static func of(
    _ plan: FamilyPlan, _ seen: [(incident: RecordID, Perspectives)], today: LocalDate,
    names: [RecordID: String]
  ) -> String {
    func name(_ person: RecordID) -> String { names[person].map(shown) ?? "\(person)" }
    var lines = ["Plan \(line(plan, today: today))"]
    for goal in plan.goals { lines.append("  goal: \(shown(goal))") }
    for need in plan.needs { lines.append("  \(need.agency) sees the need: \(shown(need.text))") }
    for action in plan.actions {
      let due = action.dueOn.map { ", by \(PeopleTime.text($0))" } ?? ""
      let late = action.isLate(on: today) ? "  LATE" : ""
      lines.append(
        "  action \(action.id): \(shown(action.task)) -- "
          + "\(action.owner.map { "\($0)" } ?? "nobody")\(due), \(action.status)\(late)")
    }
    for voice in plan.voices { lines += of(voice, name(voice.whose)) }
    for voice in plan.corrections {
      let what =
        voice.about == plan.id
        ? "the plan"
        : plan.actions.contains { $0.id == voice.about }
          ? "action \(voice.about)" : "incident \(voice.about)"
      lines += of(voice, name(voice.whose), "puts right \(what), ")
    }
    // Another agency may have asked, and keep it to itself as it was told to.
    for person in plan.notYetAsked {
      lines.append("  \(name(person)): NOT YET ASKED by anybody whom this agency may hear")
    }
    for (incident, view) in seen { lines += of(view, incident) }
    return lines.joined(separator: "\n")
  }

  private static func of(
    _ voice: FamilyPlan.Voice, _ name: String, _ does: String = ""
  ) -> [String] {
    let asked = voice.askedOn.map { ", asked on \(PeopleTime.text($0))" } ?? ""
    var lines = [
      "  \(name), \(does)in their words (heard by \(voice.heardBy)\(asked); \(voice.consent))"
    ]
    lines += voice.words.map { "    \"\(shown($0))\"" }
    lines += voice.wishes.map { "    wants: \(shown($0))" }
    return lines
  }

  /// Perspectives side by side; where agencies differ, how far.
  static func of(_ view: Perspectives, _ incident: RecordID) -> [String] {
    var lines = ["  How agencies see incident \(incident)"]
    for row in view.rows {
      let parts = [
        row.category.map { "category \(judgement($0))" }, row.risk.map { "risk \(judgement($0))" },
      ].compactMap { $0 }
      lines.append("    \(row.agency): \(parts.joined(separator: "; "))")
    }
    for difference in view.differences {
      let how = difference.relation == .near ? "are near each other" : "DISAGREE"
      lines.append(
        "    \(difference.one) and \(difference.other) \(how) on \(difference.aspect.rawValue)")
    }
    return lines
  }

  private static func judgement(_ judgement: Perspectives.Judgement) -> String {
    shown(judgement.says) + (judgement.means.map { " (\($0))" } ?? "")
  }

  private static func shown(_ text: String) -> String { PrintableText.shown(text) }
}
