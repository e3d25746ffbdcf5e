import Agreements
import FoundationEssentials
import Records
import Replica

/// What one node knows, read from its log, and what routes and seals follow from it: a model of the
/// simulator's own, by which it judges what the node sends.
struct Knowledge {
  /// One write of the log.
  struct Fact {
    let id: WriteID
    let change: ChangeID
    let record: RecordID
    let type: String
    let author: AgencyID
    let key: KeyID
    let time: HLC
    /// Without a value where it was erased.
    let write: Write
  }

  private(set) var position: Int64 = 0
  private(set) var facts: [WriteID: Fact] = [:]
  private(set) var changes: Set<ChangeID> = []
  private(set) var entries: [LogEntry] = []
  /// Writes whose values were erased.
  let erased: Set<WriteID>
  /// Changes that count for nothing: their author signed another under the same stamp.
  let disputed: Set<ChangeID>
  private var fields: [RecordID: [String: [WriteID]]] = [:]
  private var types: [RecordID: String] = [:]
  private var restrictions: Set<RecordID> = []
  private var routes: [RecordID: [String: Set<AgencyID>]] = [:]
  private var ways: [RecordID: [String: Set<RecordID>]] = [:]
  /// What records are part of, and sealed with.
  private var wholes: [RecordID: [String: Set<RecordID>]] = [:]
  private let profile: Profile

  init(_ profile: Profile, erased: Set<WriteID> = [], disputed: Set<ChangeID> = []) {
    self.profile = profile
    self.erased = erased
    self.disputed = disputed
  }

  /// Whether a write is here with its value.
  func holds(_ write: WriteID) -> Bool { facts[write] != nil && !erased.contains(write) }

  /// Takes in what the log has beyond what is known.
  mutating func take(_ log: [LogEntry]) throws {
    for entry in log {
      position = entry.position
      let header = entry.header
      let fact = Fact(
        id: entry.id, change: header.id, record: header.record, type: header.recordType,
        author: header.author, key: header.key, time: header.time,
        write: entry.isErased
          ? try Write(remains: entry.opening.bytes, before: header.time)
          : try Write(entry.opening.bytes, before: header.time))
      entries.append(entry)
      facts[fact.id] = fact
      changes.insert(fact.change)
      types[fact.record] = fact.type
      if fact.type == "restriction" { restrictions.insert(fact.record) }
      fields[fact.record, default: [:]][fact.write.field, default: []].append(fact.id)
      follow(fact)
    }
  }

  /// The records that are known.
  var records: [RecordID] { types.keys.sorted() }

  func type(of record: RecordID) -> String? { types[record] }

  /// How many records are known.
  var count: Int { types.count }

  /// The writes of a record.
  func facts(of record: RecordID) -> [Fact] {
    fieldNames(of: record).flatMap { fields[record]?[$0]?.compactMap { facts[$0] } ?? [] }
  }

  /// The agencies to which routes lead from a record, through at most two references, sealed or not.
  func agencies(near record: RecordID) -> Set<AgencyID> {
    var (near, found): (Set<RecordID>, Set<AgencyID>) = ([record], [])
    for _ in 0..<3 {
      for record in near {
        for agencies in routes[record, default: [:]].values { found.formUnion(agencies) }
      }
      near = near.reduce(into: []) { next, record in
        for targets in ways[record, default: [:]].values { next.formUnion(targets) }
      }
    }
    return found
  }

  /// The names of a record's fields of which something is known.
  func fieldNames(of record: RecordID) -> [String] { fields[record, default: [:]].keys.sorted() }

  /// The writes of a field that count, those without their values too.
  func writes(_ field: String, of record: RecordID) -> [Fact] {
    fields[record]?[field]?.compactMap { facts[$0] }.filter { !disputed.contains($0.change) } ?? []
  }

  func definition(_ field: String, of type: String) -> Field? {
    field == "_person" ? .person : profile.field(field, of: type)
  }

  /// The versions that stand. Of a `highest` register more may stand here than people see.
  func standing(_ field: String, of record: RecordID) -> [Fact] {
    guard let type = types[record], let rule = definition(field, of: type)?.rule else { return [] }
    return Self.standing(writes(field, of: record), rule)
  }

  /// What one agency's writes of a field amount to by themselves; of all agencies, each by itself.
  private func standing(_ field: String, of record: RecordID, by author: AgencyID?) -> [Fact] {
    guard let type = types[record], let rule = definition(field, of: type)?.rule else { return [] }
    let byAuthor = Dictionary(grouping: writes(field, of: record), by: \.author)
    return byAuthor.filter { author == nil || $0.key == author }
      .flatMap { Self.standing($0.value, rule) }
  }

  private static func standing(_ all: [Fact], _ rule: MergeRule) -> [Fact] {
    switch rule {
    case .log: return all.filter { $0.write.operation == .add }
    case .set:
      let gone = Set(all.flatMap(\.write.removes))
      return all.filter { $0.write.operation == .add && !gone.contains($0.id) }
    case .latest: return all.max(by: precedes).map { [$0] } ?? []
    case .highest: return all
    case .review, .eachAgency:
      return all.filter { version in
        !all.contains { other in
          (rule == .review || other.author == version.author)
            && (other.write.context[version.key].map { $0 >= version.time } ?? false)
        }
      }
    }
  }

  /// Whether routes lead from a record to an agency, through at most two references.
  /// - Parameter throughSealed: whether they may lead through records that are sealed from it.
  func concerns(
    _ record: RecordID, _ agency: AgencyID, throughSealed isThroughSealed: Bool
  ) -> Bool {
    var near: Set<RecordID> = [record]
    for _ in 0..<3 {
      for record in near
      where routes[record]?.values.contains(where: { $0.contains(agency) }) == true {
        return true
      }
      near = near.reduce(into: []) { next, record in
        for targets in ways[record, default: [:]].values { next.formUnion(targets) }
      }
      if !isThroughSealed { near = near.filter { !isSealed(of: $0, from: agency) } }
    }
    return false
  }

  /// Whether a whole record is sealed from an agency, or a field of it. A seal is itself kept from
  /// those it seals from, and what each agency wrote of it counts by itself: nobody lifts another's.
  func isSealed(_ field: String? = nil, of record: RecordID, from agency: AgencyID) -> Bool {
    if isItselfSealed(field, of: record, from: agency) { return true }
    // What is part of a record is sealed with it.
    var parts: Set<RecordID> = [record]
    for _ in 0..<2 {
      parts = Set(parts.flatMap { wholes[$0, default: [:]].values.joined() })
      if parts.contains(where: { isItselfSealed(nil, of: $0, from: agency) }) { return true }
    }
    return false
  }

  private func isItselfSealed(
    _ field: String?, of record: RecordID, from agency: AgencyID
  ) -> Bool {
    restrictions.contains { restriction in
      let authors = Set(
        standing("kept_from", of: restriction, by: nil).filter {
          $0.write.value == .agency(agency)
        }.map(\.author))
      return authors.contains { author in
        if restriction == record { return true }
        guard
          standing("record", of: restriction, by: author).contains(where: {
            $0.write.value == .reference(record)
          })
        else { return false }
        let fields = standing("fields", of: restriction, by: author).compactMap(\.write.value)
        return fields.isEmpty || field.map { fields.contains(.text($0)) } ?? false
      }
    }
  }

  /// The writes under the rule `latest` that stand, in a stable order.
  var latest: [Fact] {
    facts.values.filter { fact in
      definition(fact.write.field, of: fact.type)?.rule == .latest && holds(fact.id)
        && standing(fact.write.field, of: fact.record).contains { $0.id == fact.id }
    }.sorted { $0.id < $1.id }
  }

  private static func precedes(_ left: Fact, _ right: Fact) -> Bool {
    (left.time, left.author, left.key, left.id) < (right.time, right.author, right.key, right.id)
  }

  /// Follows a routing field: while its values are in conflict, the routes that it gave stay.
  private mutating func follow(_ fact: Fact) {
    guard let field = definition(fact.write.field, of: fact.type),
      field.isRouting || field.isSealedWith
    else { return }
    let values = standing(field.name, of: fact.record).filter { !$0.write.isWithheld }
      .map(\.write.value)
    if field.isSealedWith {
      let targets = values.compactMap {
        if case .reference(let record) = $0 { record } else { nil }
      }
      wholes[fact.record, default: [:]][field.name] = Set(targets)
    }
    guard field.isRouting else { return }
    if field.rule == .review, Set(values).count > 1 { return }
    var agencies: Set<AgencyID> = []
    var targets: Set<RecordID> = []
    for value in values {
      switch value {
      case .agency(let agency): agencies.insert(agency)
      case .reference(let record): targets.insert(record)
      default: break
      }
    }
    routes[fact.record, default: [:]][field.name] = agencies
    ways[fact.record, default: [:]][field.name] = targets
  }
}
