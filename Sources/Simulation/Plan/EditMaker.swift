import Agreements
import FoundationEssentials
import Records
import Replica

/// Draws what people write: fields that the author may write, with values that their types allow.
struct EditMaker {
  let cast: Cast
  let profile: Profile
  let version: GrantTable.Version
  let table: GrantTable
  let records: [String: [RecordID]]

  /// Draws an edit of one to three fields; nothing where the agency may write none.
  func edit(
    of record: RecordID, _ type: String, by player: Player, action: Int,
    using generator: inout SeededGenerator
  ) -> Edit? {
    let fields = (profile.recordTypes[type]?.fields ?? []).filter {
      isWritable($0, of: type, by: player) || Int.random(in: 0..<200, using: &generator) == 0
    }
    guard !fields.isEmpty else { return nil }
    // Now and then nearly everything is filled in at once: as many writes as a size class holds.
    let isWide = Int.random(in: 0..<15, using: &generator) == 0
    let count = min(Int.random(in: isWide ? 7...9 : 1...3, using: &generator), fields.count)
    var assignments: [Edit.Assignment] = []
    for field in fields.shuffled(using: &generator).prefix(count) {
      if let assignment = assignment(field, action, assignments.count, &generator) {
        assignments.append(assignment)
      }
    }
    guard !assignments.isEmpty else { return nil }
    let person =
      Bool.random(using: &generator) ? "person \(Marker.text(action: action, value: 99))" : nil
    return Edit(type: type, record: record, assignments: assignments, person: person)
  }

  /// Who may write something about a type.
  func authors(of type: String) -> [Int] {
    let fields = profile.recordTypes[type]?.fields ?? []
    return cast.honest.filter { index in
      fields.contains { isWritable($0, of: type, by: cast.players[index]) }
    }
  }

  private func isWritable(_ field: Field, of type: String, by player: Player) -> Bool {
    if case .identifier = field.type { return false }
    return table.mayWrite(player.id, field, of: type, under: version)
  }

  private func assignment(
    _ field: Field, _ action: Int, _ place: Int, _ generator: inout SeededGenerator
  ) -> Edit.Assignment? {
    let drawn = Int.random(in: 0..<20, using: &generator)
    if drawn == 0, field.rule != .log, !field.isOnce { return .clear(field: field.name) }
    guard let text = value(of: field, Marker.text(action: action, value: place), &generator) else {
      return nil
    }
    if field.rule == .set, drawn < 4 { return .remove(field: field.name, text: text) }
    if field.rule == .set || field.rule == .log { return .add(field: field.name, text: text) }
    return .set(field: field.name, text: text)
  }

  /// A value as a person types it.
  func value(
    of field: Field, _ mark: String, _ generator: inout SeededGenerator
  ) -> String? {
    switch field.type {
    case .text:
      let words = Int.random(in: 1...12, using: &generator)
      return "\(mark) " + Array(repeating: "example", count: words).joined(separator: " ")
    case .integer: return String(Int.random(in: 0...1000, using: &generator))
    case .boolean: return Bool.random(using: &generator) ? "true" : "false"
    case .date:
      let days = Int.random(in: 0..<365, using: &generator)
      return cast.firstDay.advanced(byDays: days).description
    case .instant:
      let part = Int64.random(in: 0..<86_400_000, using: &generator)
      return Instant(utc: cast.firstDay).advanced(byMilliseconds: part).description
    case .vocabulary(let name):
      return profile.vocabularies[name]?.terms.randomElement(using: &generator)
    case .agency: return agency(for: field, &generator)
    case .reference(let target):
      let types = target == "any" ? records.keys.sorted() : [target]
      let targets = types.flatMap { records[$0, default: []] }
      return targets.randomElement(using: &generator)?.description
    case .identifier: return nil
    }
  }

  private func agency(for field: Field, _ generator: inout SeededGenerator) -> String? {
    let schools = cast.players.filter { $0.kind == .school }
    let choice = field.name == "school" && !schools.isEmpty ? schools : cast.players
    return choice.randomElement(using: &generator)?.id.description
  }
}
