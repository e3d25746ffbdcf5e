import Agreements
import Casework
import Node
import Records
import Replica

/// What a family may read of itself: what is held, who wrote it, and which agencies get it from here
/// under which purpose; with their own words, corrections among them, beside it.
struct FamilyView {
  let text: String

  /// - Parameter people: whose records are printed; of the others not even the names.
  init(of id: RecordID, for people: [RecordID], at node: LocalNode) throws {
    let plan = try node.plan(id)
    let reader = try FamilyReader(of: plan, for: people, at: node)
    var lines = [
      "OFFICIAL-SENSITIVE", "",
      "What \(node.configuration.name) holds about your family, and who gets it from us",
      "Printed on \(PeopleTime.text(node.clock.now()))", "",
    ]
    for record in [id] + people + plan.actions.map(\.id) { lines += try reader.lines(of: record) }
    for event in try reader.events() { lines += try reader.lines(of: event) }
    lines.append(
      "If something is wrong, tell us: what you say is kept beside what is written here.")
    text = lines.joined(separator: "\n")
  }
}

/// Reads a family's records for some of its people. One of the others may be the person whom the plan
/// protects from: their words, their names and what may tell of them are not printed (domain rule 13).
private struct FamilyReader {
  private let node: LocalNode
  private let people: Set<RecordID>
  private let hidden: Set<RecordID>
  private let voices: [FamilyPlan.Voice]
  private let parties: [AgencyID]
  private let partnership: Partnership

  init(of plan: FamilyPlan, for people: [RecordID], at node: LocalNode) throws {
    self.node = node
    self.people = Set(people)
    hidden = Set(plan.family).subtracting(people)
    // Nobody reads what another one said, whatever it is about.
    voices = try node.caseRecords("voice").compactMap(FamilyPlan.Voice.init)
      .filter { people.contains($0.whose) }
    partnership = try node.replica.partnership()
    parties = partnership.parties.filter { $0 != node.agency }
  }

  /// The incidents that concern the people, and the notifications about them, in order of time.
  func events() throws -> [RecordID] {
    let incidents = try node.caseRecords("incident").filter {
      !people.isDisjoint(with: $0.references("children") + $0.references("persons"))
    }
    let notifications = try node.caseRecords("notification").filter {
      !people.isDisjoint(with: $0.references("child"))
    }
    let first = Instant(milliseconds: 0)
    return (incidents + notifications).sorted {
      ($0.instant("occurred_at") ?? first, $0.id) < ($1.instant("occurred_at") ?? first, $1.id)
    }.map(\.id)
  }

  func lines(of id: RecordID) throws -> [String] {
    guard let record = try? node.replica.record(id) else { return [] }
    let title = partnership.recordType(record.type)?.title ?? record.type
    var lines = [PrintableText.shown(title)]
    for field in record.fields { lines += try self.lines(of: field, record) }
    for said in try node.replica.corrections(of: id) { lines += self.lines(of: said) }
    for voice in voices where voice.about == id { lines += self.lines(of: voice) }
    return lines + [""]
  }

  private func lines(of field: FieldSnapshot, _ record: RecordSnapshot) throws -> [String] {
    guard !field.values.isEmpty else { return [] }
    let title = PrintableText.shown(field.field.title)
    let held =
      mayTellOfOthers(field, record)
      ? "held, and not printed here: it may tell of others too. Ask us for it."
      : try field.values.map {
        "\(PrintableText.shown(try words($0.value))) (\(name(of: $0.by)))"
      }.joined(separator: " | ")
    let readers = try parties.filter { agency in
      try node.replica.explain(record.id, field.field.name, for: agency, now: node.clock.now())
        .decision.isAllowed
    }
    return ["  \(title): \(held)", "    shared with: \(list(readers))"]
  }

  /// Whether a text may be about, or by, somebody for whom this is not printed.
  private func mayTellOfOthers(_ field: FieldSnapshot, _ record: RecordSnapshot) -> Bool {
    guard case .text = field.field.type else { return false }
    switch record.type {
    case "incident":
      let found = CaseRecord(record)
      let concerned = Set(found.references("children") + found.references("persons"))
      return field.field.name != "reference" && !concerned.union(hidden).isSubset(of: people)
    case "notification": return field.field.name == "context" && !hidden.isEmpty
    case "plan": return field.field.name == "survivor_goals" && !hidden.isEmpty
    default: return false
    }
  }

  private func lines(of voice: FamilyPlan.Voice) -> [String] {
    let asked = voice.askedOn.map { ", asked on \(PeopleTime.text($0))" } ?? ""
    let own = (try? name(of: voice.whose)).flatMap { $0 } ?? "you"
    let agreed =
      switch voice.consent {
      case "hub": "may be shared"
      case "hearer-only": "only for whoever heard it"
      case "refused": "you did not want to say"
      default: "not yet asked"
      }
    return voice.words.map { "  In the words of \(own): \"\(PrintableText.shown($0))\"" }
      + voice.wishes.map { "  What \(own) wants: \(PrintableText.shown($0))" }
      + [
        "    heard by \(name(of: voice.heardBy))\(asked); agreed: \(agreed)",
        "    shared with: \(list(voice.sharedWith.filter { $0 != node.agency }))",
      ]
  }

  /// Whoever is not printed may have said it, so it is printed only where nobody is hidden.
  private func lines(of said: Correction) -> [String] {
    guard people.contains(said.record), hidden.isEmpty else { return [] }
    let answer = said.decision.map { "\($0.outcome), \(PrintableText.shown($0.reason))" }
    return [
      "  \(PrintableText.shown(said.askedBy)) said of \(said.field): \"\(PrintableText.shown(said.words))\"",
      "    our answer: \(answer ?? "not given yet")",
    ]
  }

  private func list(_ agencies: [AgencyID]) -> String {
    agencies.isEmpty ? "nobody" : agencies.map(name).joined(separator: ", ")
  }

  /// What people call an agency.
  private func name(of agency: AgencyID) -> String {
    let own = agency == node.agency ? node.configuration.name : nil
    return PrintableText.shown(own ?? partnership.card(of: agency)?.name ?? "\(agency)")
  }

  private func name(of record: RecordID) throws -> String? {
    try node.names(of: [record])[record].map(PrintableText.shown)
  }

  /// A value as people say it: a record by its name, times as in a letter.
  private func words(_ value: Value) throws -> String {
    switch value {
    case .reference(let record) where hidden.contains(record): "another of the family"
    case .reference(let record) where !people.contains(record) && isPerson(record): "somebody else"
    case .reference(let record): try name(of: record) ?? kind(of: record)
    case .agency(let agency): name(of: agency)
    case .date(let date): PeopleTime.text(date)
    case .instant(let instant): PeopleTime.text(instant)
    case .boolean(let isTrue): isTrue ? "yes" : "no"
    default: value.description
    }
  }

  private func isPerson(_ record: RecordID) -> Bool {
    guard let type = (try? node.replica.record(record))?.type else { return false }
    return type == "child" || type == "adult"
  }

  /// A record without a name, by what it is and when it was.
  private func kind(of record: RecordID) -> String {
    guard let found = try? node.replica.record(record) else { return "not shown here" }
    let title = (partnership.recordType(found.type)?.title ?? found.type).lowercased()
    let at = CaseRecord(found).instant("occurred_at").map { " of \(PeopleTime.text($0))" } ?? ""
    return "the \(PrintableText.shown(title))\(at)"
  }
}
