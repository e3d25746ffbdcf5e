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
    let voices = try node.caseRecords("voice").compactMap(FamilyPlan.Voice.init)
    let parties = try node.replica.partnership().parties.filter { $0 != node.agency }
    var lines = [
      "OFFICIAL-SENSITIVE", "",
      "What \(node.configuration.name) holds about your family, and who gets it from us",
      "Printed on \(PeopleTime.text(node.clock.now()))", "",
    ]
    let hidden = Set(plan.family).subtracting(people)
    for record in [id] + people + plan.actions.map(\.id) {
      guard let snapshot = try? node.replica.record(record) else { continue }
      lines += try Self.lines(of: snapshot, at: node, parties: parties, hidden)
      for voice in voices where voice.about == record && voice.heardBy == node.agency {
        lines += voice.words.map { "  In your words: \"\(PrintableText.shown($0))\"" }
        lines += voice.wishes.map { "  What you want: \(PrintableText.shown($0))" }
      }
      lines.append("")
    }
    lines.append(
      "If something is wrong, tell us: what you say is kept beside what is written here.")
    text = lines.joined(separator: "\n")
  }

  private static func lines(
    of record: RecordSnapshot, at node: LocalNode, parties: [AgencyID], _ hidden: Set<RecordID>
  ) throws -> [String] {
    let title = try node.replica.partnership().recordType(record.type)?.title ?? record.type
    var lines = [PrintableText.shown(title)]
    for field in record.fields {
      let values = try field.values.map {
        "\(PrintableText.shown(try Self.words($0.value, at: node, hidden))) (\($0.by))"
      }
      guard !values.isEmpty else { continue }
      lines.append(
        "  \(PrintableText.shown(field.field.title)): \(values.joined(separator: " | "))")
      let readers = try parties.filter { agency in
        try node.replica.explain(record.id, field.field.name, for: agency, now: node.clock.now())
          .decision.isAllowed
      }
      let list = readers.isEmpty ? "nobody" : readers.map(\.description).joined(separator: ", ")
      lines.append("    shared with: \(list)")
    }
    return lines
  }

  /// A value as people say it: a record by its name, times as in a letter.
  private static func words(
    _ value: Value, at node: LocalNode, _ hidden: Set<RecordID>
  ) throws -> String {
    switch value {
    case .reference(let record) where hidden.contains(record): "another of the family"
    case .reference(let record): try node.names(of: [record])[record] ?? "a record"
    case .date(let date): PeopleTime.text(date)
    case .instant(let instant): PeopleTime.text(instant)
    case .boolean(let isTrue): isTrue ? "yes" : "no"
    default: value.description
    }
  }
}
