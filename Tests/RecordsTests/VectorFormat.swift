import Foundation
import Records
import Testing

// The vectors' JSON, in the spelling of the files.

protocol NamedVector: Decodable, Sendable, CustomTestStringConvertible {
  var name: String { get set }
}

extension NamedVector {
  var testDescription: String { name }
}

struct ChangeParts: Sendable {
  let publicKey: Data
  let header: Data
  let proof: Data
  let openings: [Opening]

  func verified() throws(ChangeError) -> (ChangeHeader, [DisclosedChange.CheckedWrite]) {
    guard let key = VerifyingKey(publicKey) else { throw .badSignature }
    let header = try ChangeHeader(header)
    let change = DisclosedChange(header: header, proof: try Proof(proof), openings: openings)
    return (header, try change.verify(by: key))
  }
}

struct OpeningFields: Decodable, Sendable {
  let salt: String
  let write: String
}

protocol ChangeVector: NamedVector {
  var public_key: String { get }
  var header: String { get }
  var proof: String { get }
  var openings: [OpeningFields] { get }
}

extension ChangeVector {
  var parts: ChangeParts {
    func data(_ text: String) -> Data {
      guard let data = Data(hexadecimal: text) else { preconditionFailure("\(name): not hex") }
      return data
    }
    return ChangeParts(
      publicKey: data(public_key), header: data(header), proof: data(proof),
      openings: openings.map { Opening(salt: data($0.salt), bytes: data($0.write)) })
  }
}

struct AcceptedChange: ChangeVector {
  var name = ""
  let public_key: String
  let header: String
  let proof: String
  let openings: [OpeningFields]
  let change_id: String
  let key_id: String
  let write_ids: [String]
  let header_fields: HeaderFields
  let writes: [WriteFields]
  let secret: String?

  enum CodingKeys: CodingKey {
    case public_key, header, proof, openings, change_id, key_id, write_ids, header_fields, writes
    case secret
  }
}

struct RejectedChange: ChangeVector {
  var name = ""
  let public_key: String
  let header: String
  let proof: String
  let openings: [OpeningFields]
  let reason: String
  let description: String

  enum CodingKeys: CodingKey { case public_key, header, proof, openings, reason, description }
}

struct HeaderFields: Decodable, Sendable, Equatable {
  let lineage: String
  let agreement_digest: String
  let record_type: String
  let record_id: String
  let author: String
  let key_id: String
  let hlc: String
  let commitments: Int

  init(_ header: ChangeHeader) {
    lineage = header.lineage
    agreement_digest = header.agreement.description
    record_type = header.recordType
    record_id = header.record.bytes.hexadecimal
    author = header.author.description
    key_id = header.key.description
    hlc = header.time.bytes.hexadecimal
    commitments = header.commitments.count
  }
}

struct SeenFields: Decodable, Sendable, Equatable {
  let key_id: String
  let hlc: String

  static func list(_ context: [KeyID: HLC]) -> [SeenFields] {
    context.sorted { $0.key < $1.key }.map {
      SeenFields(key_id: $0.key.description, hlc: $0.value.bytes.hexadecimal)
    }
  }
}

struct WriteFields: Decodable, Sendable, Equatable {
  let field: String
  let operation: String
  let value: ValueFields?
  let context: [SeenFields]
  let removes: [String]

  init(_ write: Write) {
    field = write.field
    operation = write.operation.rawValue
    value = write.value.map(ValueFields.init)
    context = SeenFields.list(write.context)
    removes = write.removes.map(\.description)
  }
}

struct ValueFields: Decodable, Sendable, Equatable {
  let kind: String
  let value: String

  /// Compares bytes: to Swift, canonically equivalent texts are equal.
  static func == (left: ValueFields, right: ValueFields) -> Bool {
    left.kind == right.kind && left.value.utf8.elementsEqual(right.value.utf8)
  }

  init(_ value: Value) {
    (kind, self.value) =
      switch value {
      case .text(let text): ("text", text)
      case .integer(let number): ("integer", String(number))
      case .boolean(let flag): ("boolean", String(flag))
      case .date(let date): ("date", String(date.daysSinceEpoch))
      case .instant(let instant): ("instant", String(instant.milliseconds))
      case .term(let term): ("term", term)
      case .reference(let id): ("reference", id.bytes.hexadecimal)
      case .agency(let id): ("agency", id.description)
      case .identifier(let text): ("identifier", text)
      }
  }
}

struct MergeVector: NamedVector {
  var name = ""
  let rule: String
  let vocabulary: [String]?
  let versions: [VersionFields]
  let result: Result

  enum CodingKeys: CodingKey { case rule, vocabulary, versions, result }

  struct Result: Decodable, Sendable {
    let visible: [String]
    let conflict: Bool
    let next_author: String
    let next_context: [SeenFields]
  }

  /// Every order of the versions, and every version twice.
  var orders: [[Int]] {
    let indices = Array(versions.indices)
    return Self.permutations(indices) + [indices + indices]
  }

  private static func permutations(_ items: [Int]) -> [[Int]] {
    guard let first = items.first else { return [[]] }
    return permutations(Array(items.dropFirst())).flatMap { rest in
      (0...rest.count).map { Array(rest[..<$0]) + [first] + Array(rest[$0...]) }
    }
  }
}

struct VersionFields: Decodable, Sendable {
  let id: String
  let author: String
  let key_id: String
  let hlc: String
  let may_lower: Bool
  let write: WriteFields

  func version() throws -> Version {
    Version(
      id: try #require(WriteID(hexadecimal: id)), author: try #require(AgencyID(author)),
      key: try #require(KeyID(hexadecimal: key_id)), time: try stamp(hlc), write: try parsed(),
      mayLower: may_lower)
  }

  /// The vectors of merging write texts and terms alone.
  private func parsed() throws -> Write {
    var value: Value?
    if let fields = write.value {
      value = fields.kind == "term" ? .term(fields.value) : .text(fields.value)
    }
    var context: [KeyID: HLC] = [:]
    for seen in write.context {
      context[try #require(KeyID(hexadecimal: seen.key_id))] = try stamp(seen.hlc)
    }
    let removes = try write.removes.map { try #require(WriteID(hexadecimal: $0)) }
    switch write.operation {
    case "set": return .set(write.field, to: try #require(value), over: context)
    case "clear": return .clear(write.field, over: context)
    case "add": return .add(try #require(value), to: write.field)
    default: return .remove(try #require(value), from: write.field, adds: removes)
    }
  }

  private func stamp(_ text: String) throws -> HLC {
    HLC(rawValue: try #require(UInt64(text, radix: 16)))
  }
}
