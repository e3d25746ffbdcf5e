import Agreements
import Casework
import Node
import Records
import Replica

extension DemoStory {
  /// A value as a person would say it.
  fileprivate func shown(_ value: Value) -> String {
    switch value {
    case .instant(let instant): PeopleTime.text(instant)
    case .date(let date): PeopleTime.text(date)
    case .reference(child): "the child"
    case .reference(adult): "the adult"
    case .reference(incident): "the incident"
    case .reference(notification), .reference(unopened): "the notification"
    case .reference(sibling): "the other child"
    case .reference(plan): "the plan"
    default: value.description
    }
  }
}

/// What one agency sees of the demo's records, and what is withheld from it and why.
struct DemoTable: Encodable {
  let agency: String
  let title: String
  private(set) var rows: [Row] = []

  struct Row: Encodable {
    let record: String
    let field: String
    /// What the agency sees; nothing where it is withheld.
    let sees: [Seen]?
    let withheld: String?
    let rule: String?
  }

  /// A value and who says so.
  struct Seen: Encodable {
    let value: String
    let by: String
  }

  init(of agency: DemoAgency, in story: DemoStory) throws {
    self.agency = agency.id.description
    title = agency.title
    for record in story.records {
      let own = try? agency.replica.record(record)
      for (type, field, holder) in try Self.fields(of: record, in: story) {
        if let seen = own?.field(field), !seen.values.isEmpty {
          rows.append(
            Row(
              record: type, field: field,
              sees: seen.values.map { Seen(value: story.shown($0.value), by: "\($0.by)") },
              withheld: nil, rule: nil))
        } else {
          let decision = try holder.replica.explain(
            record, field, for: agency.id, now: holder.node.clock.now()
          ).decision
          rows.append(
            Row(
              record: type, field: field, sees: nil, withheld: decision.reason,
              rule: decision.ruleName))
        }
      }
    }
  }

  /// Every field of a record that any node holds, with a node that holds it.
  private static func fields(
    of record: RecordID, in story: DemoStory
  ) throws -> [(type: String, field: String, holder: DemoAgency)] {
    var fields: [(type: String, field: String, holder: DemoAgency)] = []
    for holder in story.agencies {
      guard let snapshot = try? holder.replica.record(record) else { continue }
      for field in snapshot.fields.map(\.field.name)
      where !fields.contains(where: { $0.field == field }) {
        fields.append((snapshot.type, field, holder))
      }
    }
    return fields
  }

  /// The table for people: what it sees line by line, what is withheld by reason.
  var text: String {
    var lines = ["", "\(title) (\(agency)) sees"]
    for row in rows {
      guard let sees = row.sees else { continue }
      lines.append("  \(Self.padded("\(row.record).\(row.field)", 26))\(Self.shown(sees))")
    }
    lines.append("and is not shown")
    for reason in reasons {
      let fields = rows.filter { $0.withheld == reason }.map { "\($0.record).\($0.field)" }
        .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      lines.append("  \(fields.joined(separator: ", "))")
      lines.append("    because \(reason)")
    }
    return lines.joined(separator: "\n")
  }

  private var reasons: [String] {
    rows.compactMap(\.withheld).reduce(into: []) { reasons, reason in
      if !reasons.contains(reason) { reasons.append(reason) }
    }
  }

  /// Several values stand with who says what; which of them is meant, a person has to tell.
  private static func shown(_ values: [Seen]) -> String {
    guard values.count > 1 else { return values.map { shortened($0.value) }.joined() }
    return values.map { "\($0.by): \(shortened($0.value))" }.joined(separator: " | ")
  }

  private static func shortened(_ text: String) -> String {
    text.count > 60 ? text.prefix(57) + "..." : text
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
