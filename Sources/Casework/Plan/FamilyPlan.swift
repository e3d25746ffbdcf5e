public import Records

/// A plan with a family: what is needed, who does what by when, and what the family says of it.
public struct FamilyPlan: Hashable, Sendable {
  public let id: RecordID
  public let family: [RecordID]
  /// Needs as each agency states them.
  public let needs: [Statement]
  /// All goals that stand; more than one where people have to choose.
  public let goals: [String]
  public let reviewOn: LocalDate?
  public let actions: [Action]
  public let voices: [Voice]
  /// What one of the family puts right: of the plan, of an action, of an incident.
  public let corrections: [Voice]

  /// What an agency says.
  public struct Statement: Hashable, Sendable {
    public let agency: AgencyID
    public let text: String
  }

  /// One thing that somebody does.
  public struct Action: Hashable, Sendable {
    public let id: RecordID
    public let task: String
    public let owner: AgencyID?
    public let dueOn: LocalDate?
    public let status: String

    /// Whether it should have been done.
    public func isLate(on today: LocalDate) -> Bool {
      guard let dueOn, status == "open" || status == "under-way" else { return false }
      return dueOn < today
    }
  }

  /// What somebody said about themselves or about a record, in their own words.
  public struct Voice: Hashable, Sendable {
    public let id: RecordID
    public let about: RecordID
    /// The person whose words they are.
    public let whose: RecordID
    public let askedOn: LocalDate?
    public let words: [String]
    public let wishes: [String]
    public let consent: String
    public let heardBy: AgencyID
    public let sharedWith: [AgencyID]
  }

  /// Puts a plan together.
  /// - Parameters:
  ///   - actions: records of type `action`; those of other plans are passed over.
  ///   - voices: records of type `voice`; those about others are passed over.
  ///   - incidents: records of type `incident`; those that concern others are passed over.
  public init(
    _ plan: CaseRecord, actions: [CaseRecord], voices: [CaseRecord], incidents: [CaseRecord] = []
  ) {
    id = plan.id
    let family = plan.references("family")
    self.family = family
    needs = plan.entries("needs").map {
      Statement(agency: $0.by, text: $0.value.words ?? $0.value.description)
    }
    goals = plan.entries("goals").compactMap(\.value.words)
    reviewOn = plan.date("review_on")
    let own = actions.filter { $0.references("plan").contains(plan.id) }.map(\.id)
    let theirs = incidents.filter {
      !Set(family).isDisjoint(with: $0.references("children") + $0.references("persons"))
    }.map(\.id)
    let about = Set([plan.id] + own + theirs)
    self.actions = actions.filter { $0.references("plan").contains(plan.id) }
      .map(Action.init).sorted {
        ($0.dueOn ?? LocalDate(daysSinceEpoch: .max), $0.id)
          < ($1.dueOn ?? LocalDate(daysSinceEpoch: .max), $1.id)
      }
    let heard = voices.compactMap(Voice.init).sorted { ($0.about, $0.id) < ($1.about, $1.id) }
    self.voices = heard.filter { family.contains($0.about) }
    corrections = heard.filter { about.contains($0.about) }
  }

  /// Those of the family whom nobody has asked, as far as this agency may hear: shown until somebody
  /// has (CAFADA, key message 3). What was told to another agency alone is not known here.
  public var notYetAsked: [RecordID] {
    family.filter { person in
      !(voices + corrections).contains {
        $0.whose == person && $0.consent != "not-yet-asked" && $0.isHeard
      }
    }
  }

  /// Actions that should have been done.
  public func lateActions(on today: LocalDate) -> [Action] {
    actions.filter { $0.isLate(on: today) }
  }

  /// Whether the plan should have been looked at again.
  public func isReviewDue(on today: LocalDate) -> Bool { reviewOn.map { $0 <= today } ?? false }
}

extension FamilyPlan.Action {
  init(_ record: CaseRecord) {
    id = record.id
    task = record.text("task") ?? ""
    owner = record.agencies("owner").first
    dueOn = record.date("due_on")
    status = record.text("status") ?? "open"
  }
}

extension FamilyPlan.Voice {
  /// What one record says; nothing where it does not say about whom.
  public init?(_ record: CaseRecord) {
    guard let about = record.references("about").first,
      let heardBy = (record.entries("about") + record.entries("asked_on")).first?.by
    else { return nil }
    id = record.id
    self.about = about
    whose = record.references("whose").first ?? about
    self.heardBy = heardBy
    askedOn = record.date("asked_on")
    words = record.entries("words").compactMap(\.value.words)
    wishes = record.entries("wishes").compactMap(\.value.words)
    consent = record.text("consent") ?? "not-yet-asked"
    sharedWith = record.agencies("shared_with")
  }

  /// Whether anything was said, or refused.
  public var isHeard: Bool { !words.isEmpty || !wishes.isEmpty || consent == "refused" }
}

/// A hub's plans, those that need somebody first: late actions, then reviews, then by date.
public enum PlanBoard {
  public static func sorted(_ plans: [FamilyPlan], on today: LocalDate) -> [FamilyPlan] {
    func key(_ plan: FamilyPlan) -> (Int, LocalDate, RecordID) {
      let isUrgent = !plan.lateActions(on: today).isEmpty || plan.isReviewDue(on: today)
      return (isUrgent ? 0 : 1, plan.reviewOn ?? LocalDate(daysSinceEpoch: .max), plan.id)
    }
    return plans.sorted { key($0) < key($1) }
  }
}
