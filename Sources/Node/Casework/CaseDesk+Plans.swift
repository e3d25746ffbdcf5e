import Agreements
public import Casework
public import Records
import Replica

extension BundledTexts {
  /// How the core profile's vocabularies of judgement compare.
  /// - Throws: `DocumentError`.
  public static func crosswalk() throws -> Crosswalk {
    try Crosswalk(
      String(decoding: PackageResources.crosswalk_yaml, as: UTF8.self), source: "core.yaml")
  }
}

/// What is entered about an action.
public struct ActionRequest: Hashable, Sendable {
  public var task: String
  public var owner: AgencyID
  public var dueOn: LocalDate
  /// The school whose part it is, which then sees it.
  public var school: AgencyID?
  public var person: String?

  /// States who does what by when.
  public init(task: String, owner: AgencyID, dueOn: LocalDate) {
    self.task = task
    self.owner = owner
    self.dueOn = dueOn
  }
}

/// What somebody said.
public struct VoiceRequest: Hashable, Sendable {
  /// A person, or the record that somebody puts right beside the professional's text.
  public var about: RecordID
  /// Whose words these are, where they are about a record.
  public var whose: RecordID?
  public var askedOn: LocalDate
  public var words: String?
  public var wishes: String?
  /// A term of the vocabulary `consent`.
  public var consent: String
  public var shareWith: [AgencyID] = []
  public var person: String?
  /// The record's id, where a form gives it one: sent twice, nothing is said twice.
  public var id: RecordID?

  /// States who was asked when and what they agreed to.
  public init(about: RecordID, askedOn: LocalDate, consent: String) {
    self.about = about
    self.askedOn = askedOn
    self.consent = consent
  }
}

/// Plans with families (OE Plus).
extension CaseDesk {
  /// All plans here, those that need somebody first.
  /// - Throws: `ReplicaError`.
  public func plans() throws -> [FamilyPlan] {
    let actions = Self.byTarget(of: ["plan"], try caseRecords("action"))
    let voices = Self.byTarget(of: ["about"], try caseRecords("voice"))
    let incidents = Self.byTarget(of: ["children", "persons"], try caseRecords("incident"))
    let plans = try caseRecords("plan").map { plan in
      Self.plan(
        plan, actions: { actions[$0] ?? [] }, voices: { voices[$0] ?? [] },
        incidents: { incidents[$0] ?? [] })
    }
    return PlanBoard.sorted(plans, on: LondonTime(now).date)
  }

  private static func byTarget(
    of fields: [String], _ records: [CaseRecord]
  ) -> [RecordID: [CaseRecord]] {
    records.reduce(into: [:]) { found, record in
      for target in Set(fields.flatMap(record.references)) {
        found[target, default: []].append(record)
      }
    }
  }

  /// One plan.
  /// - Throws: `ReplicaError.notFound`.
  public func plan(_ id: RecordID) throws -> FamilyPlan {
    try Self.plan(
      caseRecord(id, type: "plan"), actions: { try caseRecords("action", about: $0) },
      voices: { try caseRecords("voice", about: $0) },
      incidents: { try caseRecords("incident", about: $0) })
  }

  /// The plans of one family.
  /// - Throws: `ReplicaError`.
  public func plans(of person: RecordID) throws -> [FamilyPlan] {
    let plans = try caseRecords("plan", about: person).map(\.id).map(plan)
      .filter { $0.family.contains(person) }
    return PlanBoard.sorted(plans, on: LondonTime(now).date)
  }

  /// Puts a plan together from what refers to it, to its actions and to its family.
  private static func plan(
    _ plan: CaseRecord, actions: (RecordID) throws -> [CaseRecord],
    voices: (RecordID) throws -> [CaseRecord], incidents: (RecordID) throws -> [CaseRecord]
  ) rethrows -> FamilyPlan {
    let family = Set(plan.references("family")).sorted()
    let own = try actions(plan.id)
    let theirs = once(try family.flatMap(incidents))
    let heard = once(
      try ([plan.id] + own.map(\.id) + theirs.map(\.id) + family).flatMap(voices))
    return FamilyPlan(plan, actions: own, voices: heard, incidents: theirs)
  }

  /// Each record once, though it may refer to several others.
  private static func once(_ records: [CaseRecord]) -> [CaseRecord] {
    var seen: Set<RecordID> = []
    return records.filter { seen.insert($0.id).inserted }
  }

  /// Lets a notification grow into a plan: the family is who the notification and its incident
  /// concern, so nothing is typed twice. Started again, the same plan is found.
  /// - Returns: the plan's id, and whether it is new.
  /// - Throws: `ReplicaError`, or `NodeError` where the notification names no child.
  public func startPlan(
    from notification: RecordID, reviewOn: LocalDate?, goals: String?, person: String?
  ) throws -> (id: RecordID, isNew: Bool) {
    let found = try self.notification(notification)
    guard let child = found.child else {
      throw NodeError("notification \(notification) names no child that this agency may see")
    }
    let id = CaseIDs.plan(from: notification)
    if (try? caseRecord(id, type: "plan")) != nil { return (id, false) }
    var family: Set<RecordID> = [child]
    if let incident = found.incident.flatMap({ try? caseRecord($0, type: "incident") }) {
      family.formUnion(incident.references("children"))
      family.formUnion(incident.references("persons"))
    }
    family = Set(family.flatMap(try sameChildren().all))
    for adult in try caseRecords("adult")
    where !family.isDisjoint(with: adult.references("children")) {
      family.insert(adult.id)
    }
    var assignments: [Edit.Assignment] = family.sorted().map {
      .add(field: "family", text: "\($0)")
    }
    if let reviewOn { assignments.append(.set(field: "review_on", text: "\(reviewOn)")) }
    if let goals { assignments.append(.set(field: "goals", text: goals)) }
    _ = try put([Edit(type: "plan", record: id, assignments: assignments, person: person)])
    return (id, true)
  }

  /// Adds an action to a plan.
  /// - Throws: `ReplicaError`, or `NodeError` where the plan is not here.
  public func addAction(to plan: RecordID, _ request: ActionRequest) throws -> RecordID {
    let parties = try replica.partnership().parties
    for (field, party) in [("owner", request.owner), ("school", request.school)] {
      guard let party, !parties.contains(party) else { continue }
      throw NodeError("\(field): \(party) takes no part in an agreement here")
    }
    let known = try self.plan(plan).actions.first {
      $0.task == request.task && $0.owner == request.owner && $0.dueOn == request.dueOn
    }
    if let known { return known.id }
    let id = newRecordID()
    var assignments: [Edit.Assignment] = [
      .set(field: "plan", text: "\(plan)"), .set(field: "task", text: request.task),
      .set(field: "owner", text: "\(request.owner)"),
      .set(field: "due_on", text: "\(request.dueOn)"), .set(field: "status", text: "open"),
    ]
    if let school = request.school {
      assignments.append(.set(field: "school", text: "\(school)"))
    }
    _ = try put([
      Edit(type: "action", record: id, assignments: assignments, person: request.person)
    ])
    return id
  }

  /// Says how far an action is. Only its owner does (domain rule 12).
  /// - Throws: `NodeError` where another agency owns it, or `ReplicaError`.
  public func setStatus(of action: RecordID, to status: String, person: String?) throws {
    let record = try caseRecord(action, type: "action")
    let owner = record.agencies("owner").first
    guard owner == agency else {
      throw NodeError(
        "action \(action) is \(owner.map { "\($0)'s" } ?? "another agency's"), which alone says how "
          + "far it is")
    }
    guard record.text("status") != status else { return }
    _ = try put([
      Edit(
        type: "action", record: action, assignments: [.set(field: "status", text: status)],
        person: person)
    ])
  }

  /// Records what somebody said, for those whom they agreed to share it with.
  /// - Throws: `ReplicaError`, or `NodeError` where nothing was said.
  public func record(_ request: VoiceRequest) throws -> RecordID {
    let isEmpty = request.words == nil && request.wishes == nil
    if isEmpty, request.consent != "refused", request.consent != "not-yet-asked" {
      throw NodeError("words: expected what was said, or wishes, or consent 'refused'")
    }
    if request.consent == "hearer-only" || request.consent == "refused",
      !request.shareWith.isEmpty
    {
      throw NodeError("share_with: nobody but the hearer may have it with this consent")
    }
    _ = try reader.record(request.about)
    if let id = request.id, (try? caseRecord(id, type: "voice")) != nil { return id }
    let whose = try speaker(of: request)
    let id = request.id ?? newRecordID()
    var assignments: [Edit.Assignment] = [
      .set(field: "about", text: "\(request.about)"), .set(field: "whose", text: "\(whose)"),
      .add(field: "asked_on", text: "\(request.askedOn)"),
      .add(field: "consent", text: request.consent),
    ]
    if let words = request.words { assignments.append(.add(field: "words", text: words)) }
    if let wishes = request.wishes { assignments.append(.add(field: "wishes", text: wishes)) }
    assignments += request.shareWith.map { .add(field: "shared_with", text: "\($0)") }
    _ = try put([
      Edit(type: "voice", record: id, assignments: assignments, person: request.person)
    ])
    return id
  }

  /// Whose words are recorded: of what is said of a plan or an incident nobody else could tell, and one
  /// person's words would be shown to another.
  private func speaker(of request: VoiceRequest) throws -> RecordID {
    let people = ["child", "adult"]
    if let whose = request.whose {
      guard people.contains(try reader.record(whose).type) else {
        throw NodeError("whose: expected a child or an adult")
      }
      _ = try reader.record(request.about)
      return whose
    }
    guard people.contains(try reader.record(request.about).type) else {
      throw NodeError("whose: say whose words these are, as they are about a record")
    }
    return request.about
  }

  /// What records are called, where this node may know.
  /// - Throws: `ReplicaError`.
  public func names(of records: [RecordID]) throws -> [RecordID: String] {
    var names: [RecordID: String] = [:]
    for id in records {
      guard let record = try? reader.record(id) else { continue }
      names[id] = CaseRecord(record).text("name")
    }
    return names
  }

  /// How agencies see the incidents of a family, each incident by itself.
  /// - Throws: `ReplicaError`.
  public func perspectives(of plan: FamilyPlan) throws -> [(incident: RecordID, Perspectives)] {
    let crosswalk = try BundledTexts.crosswalk()
    let family = Set(plan.family.flatMap(try sameChildren().all))
    return try caseRecords("incident")
      .filter { !family.isDisjoint(with: $0.references("children") + $0.references("persons")) }
      .map { ($0.id, Perspectives(on: $0, by: crosswalk)) }
  }
}
