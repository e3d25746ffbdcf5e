import Agreements
import Foundation
import Node
import Records
import Replica

/// Prints a value as JSON with stable key order.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// A value in JSON: numbers and booleans as such, all else as text.
struct JSONValue: Encodable {
  let value: Value

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch value {
    case .integer(let number): try container.encode(number)
    case .boolean(let flag): try container.encode(flag)
    default: try container.encode(value.description)
    }
  }
}

struct ValueFacts: Encodable {
  let value: JSONValue
  let by: String
  let at: String
  let write: String

  init(_ value: ValueSnapshot) {
    self.value = JSONValue(value: value.value)
    by = value.by.description
    at = value.at.description
    write = value.write.description
  }
}

/// One field: a single value where the rule has one, all values where it may have several.
struct FieldFacts: Encodable {
  let rule: String
  var value: JSONValue?
  var by: String?
  var at: String?
  var write: String?
  var values: [ValueFacts]?
  var conflict: Bool?
  /// How many values stood here and were erased, where there were any.
  var withheld: Int?

  init(_ snapshot: FieldSnapshot) {
    let rule = snapshot.field.rule
    self.rule = rule.rawValue
    withheld = snapshot.withheld > 0 ? snapshot.withheld : nil
    if rule != .latest, rule != .highest {
      values = snapshot.values.map(ValueFacts.init)
      conflict = snapshot.isConflict
    }
    let hasOne = rule == .latest || rule == .highest || (rule == .review && !snapshot.isConflict)
    guard hasOne, let last = snapshot.values.last else { return }
    value = JSONValue(value: last.value)
    by = last.by.description
    at = last.at.description
    write = last.write.description
  }
}

struct RecordFacts: Encodable {
  let id: String
  let type: String
  let fields: [String: FieldFacts]
  /// What people say of it, where anybody said anything.
  let corrections: [CorrectionFacts]?

  init(_ record: RecordSnapshot, _ corrections: [CorrectionFacts] = []) {
    self.corrections = corrections.isEmpty ? nil : corrections
    id = record.id.description
    type = record.type
    fields = Dictionary(
      record.fields.map { ($0.field.name, FieldFacts($0)) }, uniquingKeysWith: { first, _ in first }
    )
  }
}

struct ConflictFacts: Encodable {
  let record: String
  let type: String
  let field: String
  let values: [ValueFacts]

  init(_ conflict: ConflictSnapshot) {
    record = conflict.record.description
    type = conflict.type
    field = conflict.field.field.name
    values = conflict.field.values.map(ValueFacts.init)
  }
}

struct HistoryFacts: Encodable {
  struct WriteFacts: Encodable {
    let field: String
    let operation: String
    let value: JSONValue?
    let write: String
  }

  let change: String
  let by: String
  /// Which of the author's devices signed it; absent where its own node did.
  let device: String?
  let at: String
  let person: String?
  let writes: [WriteFacts]

  init(_ entry: HistoryEntry) {
    change = entry.change.description
    by = entry.by.description
    device = entry.device
    at = entry.at.description
    person = entry.person
    writes = entry.writes.map {
      WriteFacts(
        field: $0.field, operation: $0.operation.rawValue,
        value: $0.value.map(JSONValue.init(value:)), write: $0.write.description)
    }
  }
}

struct QuarantineFacts: Encodable {
  let id: String
  let change: String
  let from: String
  /// Which device sent it; absent where an agency's own node did.
  let device: String?
  let author: String
  let reason: String
  let detail: String
  let held_until: String?
  let releasable: Bool

  init(_ entry: QuarantineEntry) {
    id = String(entry.id)
    change = entry.change.description
    from = entry.from.agency.description
    device = entry.from.isDevice ? entry.from.node : nil
    author = entry.author.description
    reason = entry.reason
    detail = entry.detail
    held_until = entry.heldUntil?.description
    releasable = entry.isReleasable
  }

  var text: String {
    let until = held_until.map { ", tried again at \($0)" } ?? ""
    return
      "\(id)  \(reason): \(PrintableText.shown(detail))\n    from \(from)\(device.map { "/\($0)" } ?? ""), written by \(author)\(until)"
  }
}

extension QuarantineOverflow {
  var text: String {
    "There was no room to keep aside \(changes) changes from \(peer.agency), the last at \(last): "
      + "ask it what it sends, then concord quarantine clear DIR --peer \(peer.agency)"
  }
}

struct EvidenceFacts: Encodable {
  let kind = "changes"
  let author: String
  let record: String
  let at: String
  let changes: [String]
  let found_at: String
  /// The `Entry` of the protocol that proves it, in Base64: checked with the author's key alone.
  let proof: String

  init(_ entry: EvidenceEntry) {
    author = entry.author.description
    record = entry.record.description
    at = entry.at.description
    changes = [entry.first, entry.second].map(\.description)
    found_at = entry.foundAt.description
    proof = entry.proof.base64EncodedString()
  }

  var text: String {
    """
    \(author) signed two changes of record \(record) under one stamp, \(at); neither counts
        \(changes[0])
        \(changes[1])
    """
  }
}

struct ForkFacts: Encodable {
  let kind = "streams"
  let sender: String
  let receiver: String
  let sequence: UInt64
  let heads: [String]
  let found_at: String
  /// The `StreamFork` of the protocol that proves it, in Base64: checked with the sender's key alone.
  let proof: String

  init(_ entry: ForkEntry) {
    sender = entry.sender.description
    receiver = entry.receiver.description
    sequence = entry.sequence
    heads = entry.heads.map(\.description)
    found_at = entry.foundAt.description
    proof = entry.proof.base64EncodedString()
  }

  var text: String {
    """
    \(sender) signed two streams to \(receiver) that differ at entry \(sequence); found \(found_at)
        \(heads[0])
        \(heads[1])
    """
  }
}

struct ExplanationFacts: Encodable {
  let shared: Bool
  let reason: String
  let rule: String
  let agreement: String?
  let version: Int?
  let purpose: String?
  let legal_basis: [String]?

  init(_ explanation: Explanation, _ partnership: Partnership) {
    let decision = explanation.decision
    shared = decision.isAllowed
    reason =
      explanation.hasValue || !decision.isAllowed
      ? decision.reason : "\(decision.reason), but no value is here yet"
    rule = decision.ruleName
    agreement = decision.lineage
    version = decision.version
    let agreed = decision.agreement.flatMap { partnership.term(digest: $0)?.agreement }
    let grant = agreed?.grants.first { $0.id == decision.grant }
    purpose = grant?.purpose ?? agreed?.purpose
    legal_basis = grant.map { $0.legalBasis.isEmpty ? agreed?.legalBasis ?? [] : $0.legalBasis }
  }

  func text(_ field: String, _ asker: String) -> String {
    let verdict = shared ? "gets" : "does not get"
    var lines = ["\(asker) \(verdict) \(field): \(reason)"]
    if let agreement, let version { lines.append("Agreement: \(agreement), version \(version)") }
    if shared, let purpose { lines.append("Purpose: \(purpose)") }
    if shared, let legal_basis {
      lines.append("Legal basis: \(legal_basis.joined(separator: "; "))")
    }
    return lines.map(PrintableText.shown).joined(separator: "\n")
  }
}
