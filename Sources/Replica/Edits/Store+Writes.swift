import Agreements
import Records

extension Store {
  /// The writes that an edit amounts to, over what is here now.
  func writes(for edit: Edit) throws -> [Write] {
    guard let type = partnership.recordType(edit.type) else {
      guard !partnership.lineages.isEmpty else { throw ReplicaError.noAgreement }
      throw ReplicaError.unknownType(edit.type, known: partnership.recordTypeNames)
    }
    let known = try self.type(of: edit.record)
    if let known, known != edit.type { throw ReplicaError.otherType(edit.record, type: known) }
    guard !edit.assignments.isEmpty else { throw ReplicaError.change(.empty) }
    if edit.type == Self.restrictionType {
      try checkSealedFields(edit)
      try checkSetter(edit)
    }
    var writes: [Write] = []
    for assignment in edit.assignments {
      writes += try self.writes(for: assignment, of: edit.record, type: type)
    }
    if let person = edit.person, !writes.isEmpty {
      writes.append(.add(.text(person), to: Field.person.name))
    }
    return writes
  }

  /// A misspelt name would seal nothing.
  private func checkSealedFields(_ edit: Edit) throws {
    var record: RecordID?
    var names: [String] = []
    for case .set(let field, let text) in edit.assignments where field == "record" {
      record = RecordID(text)
    }
    for assignment in edit.assignments {
      switch assignment {
      case .set("fields", let text), .add("fields", let text): names.append(text)
      default: break
      }
    }
    if record == nil, !names.isEmpty {
      let view = try view("record", of: edit.record, type: edit.type)
      for case .reference(let target)? in view?.versions.map(\.write.value) ?? [] {
        record = target
      }
    }
    let type = try record.flatMap { try self.type(of: $0) }
    let types = type.map { [$0] } ?? partnership.recordTypeNames
    let known = Set(types.flatMap { partnership.recordType($0)?.fields.map(\.name) ?? [] })
    for name in names where !known.contains(name) {
      throw ReplicaError.unknownField(name, type: type ?? "record", known: known.sorted())
    }
  }

  private func writes(
    for assignment: Edit.Assignment, of record: RecordID, type: RecordType
  ) throws -> [Write] {
    let name = assignment.field
    guard let (field, profile) = partnership.field(name, of: type.name), field != .person,
      let state = try state(name, of: record, type: type.name)
    else {
      throw ReplicaError.unknownField(name, type: type.name, known: type.fields.map(\.name))
    }
    switch assignment {
    case .set(_, let text):
      return try set(try value(text, of: field, in: profile), field, state)
    case .add(_, let text):
      try require(!field.rule.isRegister, field, "it has one value; write \(name)=VALUE")
      return add(try value(text, of: field, in: profile), name, state)
    case .remove(_, let text):
      try require(field.rule == .set, field, "nothing can be taken from it")
      let value = try field.value(text, in: profile)
      let adds = state.adds(of: value)
      try require(!adds.isEmpty, field, "it does not contain that value")
      return [.remove(value, from: name, adds: adds)]
    case .clear:
      return try clear(field, state)
    }
  }

  /// Reads a value as typed; a reference to a record that is here must lead to one of its type.
  private func value(_ text: String, of field: Field, in profile: Profile) throws -> Value {
    let value = try field.value(text, in: profile)
    guard case .reference(let target) = field.type, target != Profile.anyTarget,
      case .reference(let id) = value, let type = try type(of: id), type != target
    else { return value }
    throw ReplicaError.value(
      ValueError(
        field: field.name,
        expected: "the id of a record of type \(target); \(id) is of type \(type)"))
  }

  private func set(_ value: Value, _ field: Field, _ state: FieldState) throws -> [Write] {
    switch field.rule {
    case .log: return [.add(value, to: field.name)]
    case .set:
      let others = Set(state.versions.compactMap(\.write.value)).subtracting([value])
      let removals = others.sorted { $0.description < $1.description }.map {
        Write.remove($0, from: field.name, adds: state.adds(of: $0))
      }
      return removals + add(value, field.name, state)
    case .latest, .eachAgency, .review, .highest:
      if field.isOnce, !state.versions.isEmpty {
        // Somebody else may have said the same a moment ago, as the issuer of a ledger does: then
        // there is nothing left to write.
        if state.versions.allSatisfy({ $0.write.value == value }) { return [] }
        throw ReplicaError.alreadyIssued(field: field.name)
      }
      return [.set(field.name, to: value, over: state.context(for: me.agency))]
    }
  }

  private func add(_ value: Value, _ field: String, _ state: FieldState) -> [Write] {
    let isThere = state.rule == .set && !state.adds(of: value).isEmpty
    return isThere ? [] : [.add(value, to: field)]
  }

  private func clear(_ field: Field, _ state: FieldState) throws -> [Write] {
    switch field.rule {
    case .log:
      throw ReplicaError.notWithRule(
        field: field.name, rule: .log, problem: "what was entered stays")
    case .set:
      let values = Set(state.versions.compactMap(\.write.value))
      return values.sorted { $0.description < $1.description }.map {
        .remove($0, from: field.name, adds: state.adds(of: $0))
      }
    case .latest, .eachAgency, .review, .highest:
      if field.isOnce, !state.versions.isEmpty {
        throw ReplicaError.alreadyIssued(field: field.name)
      }
      // There is nothing to clear, and nobody gets a record that holds nothing.
      guard !state.versions.isEmpty else { return [] }
      return [.clear(field.name, over: state.context(for: me.agency))]
    }
  }

  private func require(_ condition: Bool, _ field: Field, _ problem: String) throws {
    guard condition else {
      throw ReplicaError.notWithRule(field: field.name, rule: field.rule, problem: problem)
    }
  }
}
