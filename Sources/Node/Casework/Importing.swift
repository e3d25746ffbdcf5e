import Casework
import Records
import Replica

/// Turns rows into edits, finding children that are here already.
struct Importing {
  let mapping: ImportMapping
  private var children = ChildBlocks()
  /// What stands or is about to, by child and field.
  private(set) var facts: [RecordID: [String: Set<String>]] = [:]
  private let said: SameChildren
  private let incidents: [RecordID: CaseRecord]
  private let person: String?
  private(set) var edits: [Edit] = []
  private(set) var rows: [Imported] = []
  private(set) var proposals: [ImportOutcome.Proposal] = []
  /// Rows whose incident was here before.
  private(set) var before = 0

  /// One row, and the records that it became.
  struct Imported {
    let row: ImportTable.Row
    let child: RecordID
    let incident: RecordID
    let isNew: Bool
  }

  init(
    mapping: ImportMapping, known: [CaseRecord], said: SameChildren, incidents: [CaseRecord],
    person: String?
  ) {
    self.mapping = mapping
    for child in known {
      children.add(ChildIdentity(child))
      facts[child.id] = child.fields.mapValues { Set($0.map { "\($0.value)" }) }
    }
    self.said = said
    self.incidents = Dictionary(
      incidents.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    self.person = person
  }

  /// The schools that a child's record will name.
  func schools(of child: RecordID) -> [AgencyID] {
    facts[child]?["school", default: []].compactMap(AgencyID.init).sorted() ?? []
  }

  mutating func take(_ row: ImportTable.Row) {
    let incident = CaseIDs.imported("incident", from: mapping.name, key: row.key)
    let own = CaseIDs.imported("child", from: mapping.name, key: row.key)
    if let known = incidents[incident] {
      before += 1
      let named = known.references("children")
      let child = named.contains(own) ? own : named.first ?? own
      rows.append(Imported(row: row, child: child, incident: incident, isNew: false))
      return
    }
    let child = child(of: row, own)
    rows.append(Imported(row: row, child: child, incident: incident, isNew: true))
    write(row.values["child"] ?? [:], of: child)
    var assignments = Self.assignments(row.values["incident"] ?? [:])
    assignments.append(.add(field: "children", text: "\(child)"))
    edits.append(
      Edit(type: "incident", record: incident, assignments: assignments, person: person))
  }

  /// The child that is here already by a number of its own, where the row says nothing else of it; else
  /// a new one, with whoever may be the same.
  private mutating func child(of row: ImportTable.Row, _ own: RecordID) -> RecordID {
    if children.contains(own) { return own }
    let fields = row.values["child"] ?? [:]
    let identity = ChildIdentity(
      record: own, name: fields["name"],
      dateOfBirth: fields["date_of_birth"].flatMap(LocalDate.init), address: fields["address"],
      nhsNumber: fields["nhs_number"]?.filter { $0 != " " }, upn: fields["upn"])
    var likely: [ImportOutcome.Proposal] = []
    for other in children.candidates(for: identity) where said.verdict(own, other.record) == nil {
      let differs = ImportedChild.differences(of: fields, from: facts[other.record] ?? [:])
      switch ChildMatching.compare(identity, other) {
      case .same where differs.isEmpty: return other.record
      case .same:
        likely.append(
          .init(line: row.line, child: own, other: other.record, weight: nil, differs: differs))
      case .likely(let weight):
        likely.append(
          .init(line: row.line, child: own, other: other.record, weight: weight, differs: differs))
      case .different: break
      }
    }
    proposals += likely
    children.add(identity)
    return own
  }

  /// Only what nobody has said yet is written: an export is no newer than what people entered.
  private mutating func write(_ fields: [String: String], of child: RecordID) {
    let new = fields.filter { facts[child]?[$0.key, default: []].isEmpty ?? true }
    guard !new.isEmpty else { return }
    for (field, text) in new { facts[child, default: [:]][field] = [text] }
    edits.append(
      Edit(type: "child", record: child, assignments: Self.assignments(new), person: person))
  }

  private static func assignments(_ fields: [String: String]) -> [Edit.Assignment] {
    fields.sorted { $0.key < $1.key }.map { .set(field: $0.key, text: $0.value) }
  }
}
